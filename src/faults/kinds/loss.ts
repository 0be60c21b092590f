// Packets are lost by chance.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const LOSS: FaultKind = {
  name: "loss",
  aim: "links",
  summary: "packets are lost by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "lost",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { loss: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["loss"]),
  describe: (fault) => `${fault.target} loses packets`,
};
