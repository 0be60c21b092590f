// No fault, but it comes by a schedule like one: an operator switches the VM off.

import { type FaultKind, toNodes } from "../fault.ts";

export const POWER_OFF: FaultKind = {
  name: "power-off",
  aim: "node",
  summary: "an operator switches the VM off",
  needs: [],
  canEnd: false,
  isOperation: true,
  start: (targets, _fault, aim) =>
    toNodes(aim, (node) => targets.command(node, { do: "power-off" })),
  end() {},
  describe: (_fault, aim) => `switches the VM off at ${aim.nodes.join(", ")}`,
};
