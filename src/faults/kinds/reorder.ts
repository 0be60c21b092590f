// Packets are overtaken by chance.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const REORDER: FaultKind = {
  name: "reorder",
  aim: "links",
  summary: "packets are overtaken by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "reordered",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { reordering: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["reordering"]),
  describe: (fault) => `${fault.target} reorders packets`,
};
