// No fault, but it comes by a schedule like one: an operator gives the VM another share of its CPU
// . A control entry carries it to the backup.

import { type FaultKind, toNodes } from "../fault.ts";

export const CPU_SHARE: FaultKind = {
  name: "cpu-share",
  aim: "node",
  summary: "an operator gives the VM another share of its CPU, on both hosts",
  needs: ["percent"],
  canEnd: false,
  isOperation: true,
  start: (targets, { percent }, aim) =>
    toNodes(aim, (node) => targets.command(node, { do: "cpu-share", percent: percent ?? 100 })),
  end() {},
  describe: ({ percent }, aim) => `gives the VM of ${aim.nodes.join(", ")} ${percent} % of its CPU`,
};
