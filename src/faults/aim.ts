// Where a fault strikes, of the world as it is at that moment.

import type { Aim, FaultKind } from "./fault.ts";
import { type NamedLink, resolveLinks } from "./link-names.ts";

export interface AimWorld {
  readonly links: readonly NamedLink[];
  /** A role's node at this moment; other names stay as they are. */
  nodeOf(name: string): string;
}

export function aimOf(kind: FaultKind, target: string, world: AimWorld): Aim {
  const nodeOf = (name: string): string => world.nodeOf(name);
  if (kind.aim === "links") return { nodes: [], links: resolveLinks(target, world.links, nodeOf) };
  const isNode = mayTouchHost(kind) && target !== "storage";
  return { nodes: isNode ? [nodeOf(target)] : [], links: [] };
}

export function mayTouchHost(kind: FaultKind): boolean {
  return kind.aim === "node" || kind.aim === "node-or-storage";
}
