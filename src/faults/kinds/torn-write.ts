// Power goes in the middle of writes of several sectors: some of their sectors are written, the others
// are not (SCN-53). Of the storage server, which comes back, or of the host that was sending them.

import type { FaultKind } from "../fault.ts";

export const TORN_WRITE: FaultKind = {
  name: "torn-write",
  aim: "node-or-storage",
  summary: "power goes in the middle of writes: some sectors written, others not",
  needs: [],
  canEnd: true,
  losesHost: "for-good",
  bite: "torn",
  start(targets, _fault, aim) {
    const [node] = aim.nodes;
    targets.tearWrites(node ?? "");
    if (node === undefined) targets.setStorageDown(true);
    else targets.crash(node);
    return 0;
  },
  end(targets, _fault, aim) {
    if (aim.nodes.length === 0) targets.setStorageDown(false);
  },
  describe: (_fault, aim) =>
    `power goes in the middle of writes of ${aim.nodes[0] ?? "the storage server"}`,
};
