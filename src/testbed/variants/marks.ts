// All marks, and which of them a protocol can come to. The house's test holds this list to the code,
// and docs/requirements.md shows it.

import type { Layer, Mark } from "./mark.ts";
import { MARKS_OF_THE_PROTOCOL } from "./marks-of-the-protocol.ts";
import { MARKS_OF_THE_SYSTEM } from "./marks-of-the-system.ts";

export const MARKS: readonly Mark[] = [...MARKS_OF_THE_PROTOCOL, ...MARKS_OF_THE_SYSTEM];

export function findMark(name: string): Mark | undefined {
  return MARKS.find((mark) => mark.name === name);
}

/** A protocol of a user's own marks what it likes: only the world around it is known. */
export function marksFor(protocol: string = "vm-ft"): readonly Mark[] {
  const layers = LAYERS.get(protocol) ?? ["world"];
  return MARKS.filter(({ layer }) => layers.includes(layer));
}

/** Those that a campaign of the swarm has to meet. */
export function requiredMarks(protocol: string = "vm-ft"): readonly Mark[] {
  return marksFor(protocol).filter(({ rare }) => rare === undefined);
}

const LAYERS: ReadonlyMap<string, readonly Layer[]> = new Map([
  ["vm-ft", ["world", "pair", "log", "vm-ft"]],
  ["epochs", ["world", "pair", "log", "epochs"]],
  ["checkpoints", ["world", "pair", "checkpoints"]],
  ["colo", ["world", "pair", "colo"]],
]);
