// A host's clock is set: forward, or back, which no clock of a guest may show (SCN-56, R-4.5).

import { formatDuration } from "../../base/time.ts";
import { type FaultKind, toNodes } from "../fault.ts";

export const CLOCK_STEP: FaultKind = {
  name: "clock-step",
  aim: "node",
  summary: "a host's clock is set forward or back, `by` a duration",
  needs: ["by"],
  canEnd: false,
  start: (targets, fault, aim) => toNodes(aim, (node) => targets.stepClock(node, fault.by ?? 0)),
  end() {},
  describe: (fault, aim) =>
    `the clock of ${aim.nodes.join(", ")} is set ${formatDuration(fault.by ?? 0)} on`,
};
