// The VM alone hangs; its hypervisor goes on sending heartbeats and reading its links (SCN-11).

import { type FaultKind, toNodes } from "../fault.ts";

export const STALL: FaultKind = {
  name: "stall",
  aim: "node",
  summary: "the VM on a host executes nothing, its hypervisor goes on",
  needs: [],
  canEnd: true,
  start: (targets, _fault, aim) => toNodes(aim, (node) => targets.stall(node)),
  end(targets, _fault, aim) {
    toNodes(aim, (node) => targets.unstall(node));
  },
  describe: (_fault, aim) => `the VM on ${aim.nodes.join(", ")} hangs`,
};
