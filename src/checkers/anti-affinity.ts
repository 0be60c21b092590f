// INV-32: primary and backup are never on one host: not when a backup is placed, not when a generation
// is opened, and not while one of them moves. One host that fails would take both.

import { count } from "../base/words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at } from "./words.ts";

interface State {
  looked: number;
}

export const ANTI_AFFINITY: CheckerKind = defineChecker({
  name: "anti-affinity",
  invariants: ["INV-32"],
  rejects: "a backup on the host of its primary",
  property: "safety",
  appliesTo: "any",
  hears: ["placement", "open-generation"],
  begin: (): State => ({ looked: 0 }),
  observe(state, fact, index, desk) {
    state.looked += 1;
    if (fact.primary !== fact.backup) return;
    const what =
      fact.kind === "placement"
        ? "the cluster service named it for the backup"
        : `generation ${fact.generation} was opened with it alone`;
    desk.report({
      invariant: "INV-32",
      time: fact.time,
      message: `${at(fact.time)} the VM runs on ${fact.primary}, and ${what}: one failure would take both`,
      facts: [index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.looked, "placement")}, always on two hosts`,
    looked: state.looked,
    idle: "nobody was placed anywhere",
  }),
});
