// The CLINT: software interrupt, timer compare and time (SiFive FU540 manual, chapter 9), one hart.
// The machine has no clock. mtime is asked of the host; mtimecmp is only remembered and told to the
// host, and the timer interrupt becomes pending by a delivered entry alone (design D4).

import { ANSWER, ANSWERED, MMIO_DONE, MMIO_EXIT, MMIO_FAULT, MMIO_REQUEST } from "../layout.ts";
import type { Board } from "./board.ts";
import { CLINT_CMP_HIGH, CLINT_CMP_LOW, CLINT_MSIP } from "./words.ts";

const MSIP_BIT = 1 << 3;
const STIP_BIT = 1 << 5;
const MTIP_BIT = 1 << 7;
const NEVER = 0xffffffff;

const MSIP = 0;
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;

export function resetClint(board: Board): void {
  board.set(CLINT_CMP_LOW, NEVER);
  board.set(CLINT_CMP_HIGH, NEVER);
}

export function loadClint(board: Board, offset: number, size: number): number {
  if (size < 4) return MMIO_FAULT;
  if (offset === MSIP) board.reply(board.get(CLINT_MSIP));
  else if (offset === MTIMECMP) board.reply(board.get(CLINT_CMP_LOW), board.get(CLINT_CMP_HIGH));
  else if (offset === MTIMECMP + 4) board.reply(board.get(CLINT_CMP_HIGH));
  else if (offset === MTIME || offset === MTIME + 4) return loadTime(board, offset === MTIME);
  else board.reply(0);
  return MMIO_DONE;
}

function loadTime(board: Board, isLow: boolean): number {
  if (board.cpuWord(ANSWERED) === 0) {
    board.want = { kind: "time" };
    return MMIO_REQUEST;
  }
  const low = board.cpuWord(ANSWER);
  const high = board.cpuWord(ANSWER + 4);
  board.reply(isLow ? low : high, high);
  board.setCpuWord(ANSWERED, 0);
  board.setCpuWord(ANSWER, 0);
  board.setCpuWord(ANSWER + 4, 0);
  return MMIO_DONE;
}

/** mtime cannot be written: the write is ignored. */
export function storeClint(board: Board, offset: number, size: number): number {
  if (size < 4) return MMIO_FAULT;
  if (offset === MSIP) {
    board.set(CLINT_MSIP, board.low & 1);
    board.setPending(MSIP_BIT, (board.low & 1) !== 0);
    return MMIO_DONE;
  }
  if (offset !== MTIMECMP && offset !== MTIMECMP + 4) return MMIO_DONE;
  if (offset === MTIMECMP) board.set(CLINT_CMP_LOW, board.low);
  else board.set(CLINT_CMP_HIGH, board.low);
  if (size === 8) board.set(CLINT_CMP_HIGH, board.high);
  board.setPending(timerBit(board), false);
  board.isDeadline = true;
  return MMIO_EXIT;
}

/** Firmware hands machine mode's timer interrupt on to supervisor mode at once (sbi.ts). */
function timerBit({ config }: Board): number {
  return config.firmware === "sbi" ? STIP_BIT : MTIP_BIT;
}

/** The TIMER entry. */
export function deliverTimer(board: Board): void {
  board.setPending(timerBit(board), true);
}

/** mtimecmp while a timer entry is owed for it; undefined when none is (delivered, or never). */
export function timerDeadline(board: Board, pendingBits: number): number | undefined {
  const ticks = board.get(CLINT_CMP_HIGH) * 4294967296 + board.get(CLINT_CMP_LOW);
  return (pendingBits & timerBit(board)) !== 0 || !Number.isSafeInteger(ticks) ? undefined : ticks;
}
