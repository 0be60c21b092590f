// The storage server is off and comes back: commands in flight are lost, what was applied stays, in a
// cache with a battery, too.

import type { FaultKind } from "../fault.ts";

export const STORAGE_OUTAGE: FaultKind = {
  name: "storage-outage",
  aim: "storage",
  summary: "the storage server is off, then restarts with its disk and its durable record",
  needs: [],
  canEnd: true,
  bite: "outage",
  start(targets) {
    targets.setStorageDown(true);
    return 0;
  },
  end: (targets) => targets.setStorageDown(false),
  describe: () => "the storage server is off",
};
