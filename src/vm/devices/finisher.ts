// The SiFive test finisher of QEMU's virt machine: 0x5555 powers off; other values are ignored.

import { MMIO_DONE, MMIO_EXIT, MMIO_FAULT } from "../layout.ts";
import type { Board } from "./board.ts";

const POWER_OFF = 0x5555;

export function loadFinisher(board: Board): number {
  board.reply(0);
  return MMIO_DONE;
}

export function storeFinisher(board: Board, offset: number, size: number): number {
  if (size === 1) return MMIO_FAULT;
  if (offset !== 0 || (board.low & 0xffff) !== POWER_OFF) return MMIO_DONE;
  board.powerOff();
  return MMIO_EXIT;
}
