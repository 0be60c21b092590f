// Commands on blocks are answered with an error by chance, and do not take effect: everybody's, or those
// of the host that it names.

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const STORAGE_ERROR: FaultKind = {
  name: "storage-error",
  aim: "node-or-storage",
  summary: "the storage answers reads, writes and flushes with an error by chance",
  needs: ["chance"],
  canEnd: true,
  bite: "errored",
  start(targets, fault, aim) {
    targets.changeStorage({ errors: fault.chance ?? NEVER, errorsOf: aim.nodes[0] ?? "" });
    return 0;
  },
  end: (targets) => targets.restoreStorage(["errors", "errorsOf"]),
  describe: (_fault, aim) =>
    `the storage server answers${aim.nodes[0] === undefined ? "" : ` ${aim.nodes[0]}`} with errors`,
};
