// A host's clock runs too fast or too slow (SCN-56).

import { type FaultKind, toNodes } from "../fault.ts";

export const CLOCK_DRIFT: FaultKind = {
  name: "clock-drift",
  aim: "node",
  summary: "a host's clock runs `ppm` parts in a million too fast",
  needs: ["ppm"],
  canEnd: true,
  start: (targets, fault, aim) => toNodes(aim, (node) => targets.driftClock(node, fault.ppm ?? 0)),
  end(targets, _fault, aim) {
    toNodes(aim, (node) => targets.restoreDrift(node));
  },
  describe: (fault, aim) => `the clock of ${aim.nodes.join(", ")} drifts by ${fault.ppm ?? 0} ppm`,
};
