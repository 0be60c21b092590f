// A host's failure detector fires though its peer is well: any detector can be wrong, and nothing
// about safety may depend on it (R-3.4, SCN-37).

import { type FaultKind, toNodes } from "../fault.ts";

export const FALSE_ALARM: FaultKind = {
  name: "false-alarm",
  aim: "node",
  summary: "a host's failure detector suspects a peer that is well",
  needs: [],
  canEnd: false,
  start: (targets, _fault, aim) => toNodes(aim, (node) => targets.alarm(node)),
  end() {},
  describe: (_fault, aim) => `${aim.nodes.join(", ")} suspects a peer that is well`,
};
