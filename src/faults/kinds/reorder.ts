// Packets are overtaken by chance.

import { NEVER } from "../../sim/link.ts";
import type { FaultKind } from "../fault.ts";

export const REORDER: FaultKind = {
  name: "reorder",
  aim: "links",
  summary: "packets are overtaken by chance",
  needs: ["chance"],
  canEnd: true,
  start: (targets, fault, aim) =>
    targets.changeLinks(aim.links, { reordering: fault.chance ?? NEVER }),
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["reordering"]),
  describe: (fault) => `${fault.target} reorders packets`,
};
