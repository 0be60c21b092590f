// INV-25: once the test-and-set of a generation is applied, the storage applies commands of its
// winner only (D11; closes H-1: a write of the old primary, late in the fabric, would overwrite a
// newer one). "repeated" is an answer from memory and applies nothing.

import { count } from "../base/words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeDisk } from "./words.ts";

interface State {
  reign: Reign;
  looked: number;
  refused: number;
}

export const STALE_WRITER: CheckerKind = defineChecker({
  name: "stale-writer",
  invariants: ["INV-25"],
  rejects: "a disk command of a superseded node that the storage applied",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "disk-apply", "test-and-set", "open-generation"],
  begin: (context): State => ({ reign: startReign(context), looked: 0, refused: 0 }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    if (desk.context.areDisksSeparate === true) return;
    if (fact.kind !== "disk-apply" || state.reign.wonAt < 0) return;
    state.looked += 1;
    if (fact.result === "fenced") state.refused += 1;
    if (fact.result !== "ok" || fact.node === state.reign.authority) return;
    desk.report({
      invariant: "INV-25",
      time: fact.time,
      message: `${at(fact.time)} the storage applied ${describeDisk(fact.disk)} of ${fact.node} (fence ${fact.fenceGeneration}, ${fact.fenceOwner}), though ${state.reign.authority} had won generation ${state.reign.generation} ${at(state.reign.wonAt)}: a stale command must be fenced`,
      facts: [state.reign.wonFact, index],
    });
  },
  describe: (state, context) => ({
    summary: `${count(state.looked, "disk command")} after a test-and-set, ${state.refused} of a superseded node refused`,
    looked: state.looked,
    idle:
      context.areDisksSeparate === true
        ? "each host writes to its own disk"
        : "no disk command after a test-and-set",
  }),
});
