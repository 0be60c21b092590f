// The storage server hangs: nothing takes effect and nothing is answered until it goes on.

import type { FaultKind } from "../fault.ts";

export const STORAGE_STALL: FaultKind = {
  name: "storage-stall",
  aim: "storage",
  summary: "the storage server answers nothing, then goes on where it stood",
  needs: [],
  canEnd: true,
  bite: "stalled",
  start(targets) {
    targets.changeStorage({ isStalled: true });
    return 0;
  },
  end: (targets) => targets.restoreStorage(["isStalled"]),
  describe: () => "the storage server hangs",
};
