// A host's clock is wrong by so much for a while, and is set right again at the end (SCN-56).

import { formatDuration } from "../../base/time.ts";
import { type FaultKind, toNodes } from "../fault.ts";

export const CLOCK_SKEW: FaultKind = {
  name: "clock-skew",
  aim: "node",
  summary: "a host's clock is wrong `by` a duration, then set right",
  needs: ["by"],
  canEnd: true,
  start: (targets, fault, aim) => toNodes(aim, (node) => targets.stepClock(node, fault.by ?? 0)),
  end(targets, fault, aim) {
    toNodes(aim, (node) => targets.stepClock(node, 0 - (fault.by ?? 0)));
  },
  describe: (fault, aim) =>
    `the clock of ${aim.nodes.join(", ")} is wrong by ${formatDuration(fault.by ?? 0)}`,
};
