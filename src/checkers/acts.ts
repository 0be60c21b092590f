// What counts as acting on the world. Disk reads and flushes are not outputs: they change
// nothing that anybody could see, so they need no ack and bind nobody.

import type { Fact, FactOf, NodeName } from "../history/fact.ts";

export type Release = FactOf<"release">;

export function isOutput(fact: Release | FactOf<"output">): boolean {
  return fact.outputClass !== "disk" || fact.disk?.op === "write";
}

/** The node that shows by this fact that it is live: it takes inputs of its own, speaks or announces. */
export function liveActor(fact: Fact): NodeName | null {
  if (fact.kind === "crossing") return fact.isLive ? fact.node : null;
  if (fact.kind === "announce") return fact.node;
  if (fact.kind === "release") return isOutput(fact) ? fact.node : null;
  return null;
}
