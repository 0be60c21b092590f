// The next write of a host stays in the fabric for long and lands late, whatever has become of its
// sender meanwhile (H-1, SCN-30).

import { formatDuration, NO_TIME } from "../../base/time.ts";
import type { FaultKind } from "../fault.ts";

export const DELAYED_COMMAND: FaultKind = {
  name: "delayed-command",
  aim: "node",
  summary: "the next write of a host reaches the storage late, `by` a duration",
  needs: ["by"],
  canEnd: false,
  bite: "command-delayed",
  start(targets, fault, aim) {
    for (const node of aim.nodes) targets.delayNextWrite(node, fault.by ?? NO_TIME);
    return 0;
  },
  end() {},
  describe: (fault, aim) =>
    `the next write of ${aim.nodes.join(", ")} lands ${formatDuration(fault.by ?? NO_TIME)} late`,
};
