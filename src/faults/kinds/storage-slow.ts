// The storage server takes several times as long for everything.

import type { FaultKind } from "../fault.ts";

export const STORAGE_SLOW: FaultKind = {
  name: "storage-slow",
  aim: "storage",
  summary: "the storage server takes so many `times` as long",
  needs: ["times"],
  canEnd: true,
  bite: "slowed",
  start(targets, fault) {
    targets.changeStorage({ slowTimes: fault.times ?? 1 });
    return 0;
  },
  end: (targets) => targets.restoreStorage(["slowTimes"]),
  describe: (fault) => `the storage server takes ${fault.times ?? 1} times as long`,
};
