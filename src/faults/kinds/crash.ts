// A host loses power: everything volatile is gone.

import type { FaultKind } from "../fault.ts";

export const CRASH: FaultKind = {
  name: "crash",
  aim: "node",
  summary: "a host loses power; it does not come back",
  needs: [],
  canEnd: false,
  start(targets, _fault, aim) {
    for (const node of aim.nodes) targets.crash(node);
  },
  end() {},
  describe: (_fault, aim) => `${aim.nodes.join(", ")} crashes`,
};
