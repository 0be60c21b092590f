// Links keep what arrives and hand it over when they are let go: at once and in order, or, with `by`,
// so much later, after newer packets: old packets come back.

import { NO_TIME } from "../../base/time.ts";
import type { FaultKind } from "../fault.ts";

export const HOLD: FaultKind = {
  name: "hold",
  aim: "links",
  summary: "links keep everything back; with `by` it comes back after newer packets",
  needs: [],
  takes: ["by"],
  canEnd: true,
  bite: "held",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, {
      isHeld: true,
      heldReturn: fault.by ?? NO_TIME,
    });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["isHeld", "heldReturn"]),
  describe: (fault) => `${fault.target} held`,
};
