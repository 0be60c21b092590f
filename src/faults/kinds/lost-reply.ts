// A command takes effect, but its answer is lost by chance: it is sent again (SCN-23).

import { NEVER } from "../../sim/chance.ts";
import type { FaultKind } from "../fault.ts";

export const LOST_REPLY: FaultKind = {
  name: "lost-reply",
  aim: "storage",
  summary: "answers of the storage are lost by chance, after the command took effect",
  needs: ["chance"],
  canEnd: true,
  bite: "reply-lost",
  start(targets, fault) {
    targets.changeStorage({ lostReplies: fault.chance ?? NEVER });
    return 0;
  },
  end: (targets) => targets.restoreStorage(["lostReplies"]),
  describe: () => "the storage server's answers are lost",
};
