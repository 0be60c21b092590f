// Protocols by name.

import { UNPROTECTED } from "../ft/unprotected.ts";
import { VM_FT } from "../ft/vm-ft.ts";
import type { Protocol } from "../ft/protocol.ts";
import { UsageError } from "./usage-error.ts";

export const PROTOCOLS: readonly Protocol[] = [VM_FT, UNPROTECTED];

export function findProtocol(name: string): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol.name === name);
  if (found !== undefined) return found;
  const names = PROTOCOLS.map((protocol) => protocol.name).join(", ");
  throw new UsageError(`no protocol ${name}; expected one of ${names}`);
}
