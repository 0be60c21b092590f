// Protocols by name, and a user's own out of a JavaScript file.

import type { Protocol } from "../ft/protocol.ts";
import { KNOWN_PROTOCOLS, knownProtocol } from "../protocols/registry.ts";
import { userProtocol } from "../protocols/user-protocol.ts";
import { closest } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";
import { loadUserModule } from "./user-module.ts";

export function findProtocol(name: string): Protocol {
  const found = knownProtocol(name);
  if (found !== undefined) return found.protocol;
  const names = KNOWN_PROTOCOLS.map(({ protocol }) => protocol.name);
  throw new UsageError(
    `no protocol ${name}${closest(name, names)}; expected one of ${names.join(", ")}, or a file.js`,
  );
}

/** What is no name is a file: `./mine.js`. */
export async function loadProtocol(nameOrFile: string): Promise<Protocol> {
  if (!isUserProtocol(nameOrFile)) return findProtocol(nameOrFile);
  return userProtocol(nameOrFile, await loadUserModule(nameOrFile));
}

export function isUserProtocol(nameOrFile: string): boolean {
  return /[/\\]|\.m?js$/.test(nameOrFile);
}
