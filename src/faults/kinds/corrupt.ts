// One bit of a packet is flipped by chance.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const CORRUPT: FaultKind = {
  name: "corrupt",
  aim: "links",
  summary: "one bit of a packet is flipped by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "corrupted",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { corruption: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["corruption"]),
  describe: (fault) => `${fault.target} corrupts packets`,
};
