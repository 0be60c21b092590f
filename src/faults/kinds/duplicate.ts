// Packets arrive twice by chance.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const DUPLICATE: FaultKind = {
  name: "duplicate",
  aim: "links",
  summary: "packets arrive twice by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "duplicated",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { duplication: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["duplication"]),
  describe: (fault) => `${fault.target} duplicates packets`,
};
