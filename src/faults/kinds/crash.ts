// A host loses power: everything volatile is gone.

import { type FaultKind, toNodes } from "../fault.ts";

export const CRASH: FaultKind = {
  name: "crash",
  aim: "node",
  summary: "a host loses power; it does not come back",
  needs: [],
  canEnd: false,
  losesHost: "for-good",
  start: (targets, _fault, aim) => toNodes(aim, (node) => targets.crash(node)),
  end() {},
  describe: (_fault, aim) => `${aim.nodes.join(", ")} crashes`,
};
