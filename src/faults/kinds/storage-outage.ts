// The storage server loses power and comes back: commands in flight are lost, what was applied stays.

import type { FaultKind } from "../fault.ts";

export const STORAGE_OUTAGE: FaultKind = {
  name: "storage-outage",
  aim: "storage",
  summary: "the storage server is off, then restarts with its disk and its durable record",
  needs: [],
  canEnd: true,
  start: (targets) => targets.setStorageDown(true),
  end: (targets) => targets.setStorageDown(false),
  describe: () => "the storage server is off",
};
