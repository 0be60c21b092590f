// What comes to a random program from outside, and before which step.

import type { Prng } from "../../src/base/prng.ts";
import type { Entry } from "../../src/vm/exit.ts";
import { CODE_AT, CODE_PAGES, DATA_AT, DATA_PAGES, PAGE, entryOf } from "./map.ts";

/** An entry, or bytes that a device writes into RAM. */
export type Happening =
  | { readonly at: number; readonly kind: "entry"; readonly entry: Entry }
  | {
      readonly at: number;
      readonly kind: "write";
      readonly address: number;
      readonly bytes: Uint8Array;
    };

/** Distances between two are below one of these. */
const GAPS = [3, 40, 700, 3000, 3000, 6000] as const;

export function happenings(random: Prng, steps: number): readonly Happening[] {
  const all: Happening[] = [];
  let at = 0;
  for (;;) {
    at += 1 + random.below(random.pick(GAPS));
    if (at >= steps) return all;
    all.push(happening(random, at));
  }
}

function happening(random: Prng, at: number): Happening {
  switch (random.below(8)) {
    case 0:
      return { at, kind: "entry", entry: { kind: "uart-rx", byte: random.below(256) } };
    case 1:
    case 2:
      return { at, kind: "write", ...write(random) };
    default:
      return { at, kind: "entry", entry: { kind: "timer" } };
  }
}

/** Into data, code or page tables. */
function write(random: Prng): { readonly address: number; readonly bytes: Uint8Array } {
  const bytes = Uint8Array.from({ length: 1 + random.below(40) }, () => random.below(256));
  const range = random.below(4);
  if (range === 0)
    return { address: CODE_AT + random.below(CODE_PAGES * PAGE - bytes.length), bytes };
  if (range < 3) {
    // A bit of the permissions, so that the tables do not fall to ruins.
    return {
      address: entryOf(random),
      bytes: Uint8Array.of(random.pick([0xdf, 0x1f, 0xcf, 0x0b])),
    };
  }
  return { address: DATA_AT + random.below(DATA_PAGES * PAGE - bytes.length), bytes };
}
