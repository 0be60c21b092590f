// Links take longer; what is sent later still arrives later.

import { NO_TIME } from "../../base/time.ts";
import type { FaultKind } from "../fault.ts";

export const DELAY: FaultKind = {
  name: "delay",
  aim: "links",
  summary: "links take longer, `by` a duration",
  needs: ["by"],
  canEnd: true,
  bite: "delayed",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { extraLatency: fault.by ?? NO_TIME });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["extraLatency"]),
  describe: (fault) => `${fault.target} slower`,
};
