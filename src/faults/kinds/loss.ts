// Packets are lost by chance.

import { NEVER } from "../../sim/link.ts";
import type { FaultKind } from "../fault.ts";

export const LOSS: FaultKind = {
  name: "loss",
  aim: "links",
  summary: "packets are lost by chance",
  needs: ["chance"],
  canEnd: true,
  start: (targets, fault, aim) => targets.changeLinks(aim.links, { loss: fault.chance ?? NEVER }),
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["loss"]),
  describe: (fault) => `${fault.target} loses packets`,
};
