// The storage server loses power and its volatile cache: writes that were answered and not flushed are
// undone. It says so with an error to the next flush. Needs `topology.storage.cache: volatile`.

import type { FaultKind } from "../fault.ts";

export const LOST_CACHE: FaultKind = {
  name: "lost-cache",
  aim: "storage",
  summary: "the storage server restarts and has lost the writes that were not flushed",
  needs: [],
  canEnd: true,
  bite: "cache-lost",
  start(targets) {
    targets.setStorageDown(true);
    targets.loseCache();
    return 0;
  },
  end: (targets) => targets.setStorageDown(false),
  describe: () => "the storage server is off, and its cache is lost",
};
