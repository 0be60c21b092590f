// INV-21: every write that a client was told about is on the disk at the end, where a recovery would
// look for it. The testbed reads the disk; this compares.

import { count } from "../base/words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at } from "./words.ts";

interface State {
  records: number;
  acknowledged: number;
}

export const DISK_AUDIT: CheckerKind = defineChecker({
  name: "disk-audit",
  invariants: ["INV-21"],
  rejects: "an acknowledged write that the disk does not hold at the end",
  property: "safety",
  appliesTo: "any",
  hears: ["disk-audit"],
  begin: (): State => ({ records: 0, acknowledged: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind !== "disk-audit") return;
    state.records += fact.records;
    state.acknowledged += fact.acknowledged;
    if (fact.missing === "" && fact.found >= fact.acknowledged) return;
    const which = fact.missing === "" ? "" : `; the first is ${fact.missing}`;
    desk.report({
      invariant: "INV-21",
      time: fact.time,
      message: `${at(fact.time)} a recovery from the disk would not find ${count(fact.acknowledged - fact.found, "acknowledged write")} of ${fact.acknowledged}${which}`,
      facts: [index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.acknowledged, "acknowledged write")}, all on disk (${count(state.records, "record")})`,
    looked: state.acknowledged,
    idle: "no acknowledged write to look for on the disk, or a guest whose disk nobody can read",
  }),
});
