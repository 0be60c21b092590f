// No fault, but it comes by a schedule like one: an operator moves the VM of a host to another host
// . The primary's, or the backup's: whoever is asked.

import { type FaultKind, SPARE, toNodes } from "../fault.ts";

export const MOVE: FaultKind = {
  name: "move",
  aim: "node",
  summary: "an operator moves a host's VM to another host (VMotion)",
  needs: ["onto"],
  canEnd: false,
  isOperation: true,
  start: (targets, { onto }, aim) =>
    toNodes(aim, (node) => targets.command(node, { do: "move", to: onto ?? "" })),
  end() {},
  describe: ({ onto }, aim) =>
    `moves the VM of ${aim.nodes.join(", ")} to ${onto === SPARE ? "a spare host" : onto}`,
};
