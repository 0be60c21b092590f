// A host loses power and comes back with everything volatile forgotten. What it ran is gone: its new
// hypervisor reads the record of the VM from the storage and stays out (SCN-21).

import { type FaultKind, toNodes } from "../fault.ts";

export const RESTART: FaultKind = {
  name: "restart",
  aim: "node",
  summary: "a host loses power, comes back knowing nothing, and must stay out",
  needs: [],
  canEnd: true,
  losesHost: "for-a-while",
  start: (targets, _fault, aim) => toNodes(aim, (node) => targets.crash(node)),
  end(targets, _fault, aim) {
    toNodes(aim, (node) => targets.restart(node));
  },
  describe: (_fault, aim) => `${aim.nodes.join(", ")} loses power for a while`,
};
