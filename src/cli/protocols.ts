// Protocols by name.

import type { Protocol } from "../ft/protocol.ts";
import { KNOWN_PROTOCOLS, knownProtocol } from "../protocols/registry.ts";
import { UsageError } from "./usage-error.ts";

export function findProtocol(name: string): Protocol {
  const found = knownProtocol(name);
  if (found !== undefined) return found.protocol;
  const names = KNOWN_PROTOCOLS.map(({ protocol }) => protocol.name).join(", ");
  throw new UsageError(`no protocol ${name}; expected one of ${names}`);
}
