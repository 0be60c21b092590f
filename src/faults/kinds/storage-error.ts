// Commands on blocks are answered with an error by chance, and do not take effect.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const STORAGE_ERROR: FaultKind = {
  name: "storage-error",
  aim: "storage",
  summary: "the storage answers reads, writes and flushes with an error by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "errored",
  start(targets, fault) {
    targets.changeStorage({ errors: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets) => targets.restoreStorage(["errors"]),
  describe: () => "the storage server answers with errors",
};
