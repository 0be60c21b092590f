// Links lose everything, what is in flight included.

import type { FaultKind } from "../fault.ts";

export const CUT: FaultKind = {
  name: "cut",
  aim: "links",
  summary: "links lose everything",
  needs: [],
  canEnd: true,
  bite: "cut",
  start(targets, _fault, aim) {
    targets.changeLinks(aim.links, { isCut: true });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["isCut"]),
  describe: (fault) => `${fault.target} cut`,
};
