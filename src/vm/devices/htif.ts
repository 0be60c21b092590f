// The host-target interface, as far as bare test programs use it: `tohost`, a word of 8 bytes in RAM
// whose stores are reported. An odd value ends the run (1: passed; n: failed in test n >> 1). Device 1,
// command 1 prints a byte. Anything else (system calls by pointer) has nobody to answer it, and ends
// the run with its value too.

import { HALTED, HALTED_BY_TEST, MMIO_DONE, MMIO_EXIT } from "../layout.ts";
import type { Board } from "./board.ts";

const WORD_BYTES = 8;
const CONSOLE_PUT = 0x0101n;

export function readTohost(board: Board): bigint {
  const bytes = board.memory.read(board.config.tohost ?? 0, WORD_BYTES);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

/** After a store to it. */
export function tohostStored(board: Board): number {
  const value = readTohost(board);
  if (value === 0n) return MMIO_DONE;
  if (value >> 48n === CONSOLE_PUT) {
    board.outputs.push({ class: "console", bytes: Uint8Array.of(Number(value & 0xffn)) });
    board.memory.write(board.config.tohost ?? 0, new Uint8Array(WORD_BYTES));
  } else {
    board.setCpuWord(HALTED, HALTED_BY_TEST);
  }
  return MMIO_EXIT;
}
