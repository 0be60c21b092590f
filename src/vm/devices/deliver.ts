// Which device an asynchronous entry is for.

import { assertNever } from "../../base/assert.ts";
import type { Entry } from "../exit.ts";
import type { Board } from "./board.ts";
import { deliverTimer } from "./clint.ts";
import { deliverByte } from "./uart16550.ts";
import { completeDisk } from "./virtio-blk.ts";
import { deliverFrames } from "./virtio-net.ts";

export function deliver(board: Board, entry: Entry): void {
  switch (entry.kind) {
    case "timer":
      return deliverTimer(board);
    case "net-rx":
      return deliverFrames(board, entry.frames);
    case "disk-done":
      return completeDisk(board, entry);
    case "uart-rx":
      return deliverByte(board, entry.byte);
    default:
      return assertNever(entry, "entry");
  }
}
