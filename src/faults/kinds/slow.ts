// A host gives its VM only a share of the CPU.

import { type FaultKind, toNodes } from "../fault.ts";

export const SLOW: FaultKind = {
  name: "slow",
  aim: "node",
  summary: "the VM on a host gets only `to` per cent of its CPU",
  needs: ["percent"],
  canEnd: true,
  start: (targets, fault, aim) =>
    toNodes(aim, (node) => targets.setSpeed(node, fault.percent ?? 100)),
  end(targets, _fault, aim) {
    toNodes(aim, (node) => targets.setSpeed(node, 100));
  },
  describe: (fault, aim) => `${aim.nodes.join(", ")} slows down to ${fault.percent ?? 100} %`,
};
