// A host stands still, hypervisor and all, and goes on later as if nothing had been.

import { type FaultKind, toNodes } from "../fault.ts";

export const PAUSE: FaultKind = {
  name: "pause",
  aim: "node",
  summary: "a host executes nothing, then goes on",
  needs: [],
  canEnd: true,
  start: (targets, _fault, aim) => toNodes(aim, (node) => targets.pause(node)),
  end(targets, _fault, aim) {
    toNodes(aim, (node) => targets.resume(node));
  },
  describe: (_fault, aim) => `${aim.nodes.join(", ")} stands still`,
};
