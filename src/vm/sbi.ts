// The firmware that a supervisor-mode kernel calls (RISC-V SBI specification 2.0), inside the
// emulator: an ecall from supervisor mode is one step in which the call happens. One hart. Like a
// device it has no clock and no console of its own: a deadline and console bytes leave through the
// port, and the timer interrupt becomes pending by a delivered entry alone (design D4).

import type { Board } from "./devices/board.ts";
import { CLINT_CMP_HIGH, CLINT_CMP_LOW } from "./devices/words.ts";
import type { StateWords } from "./state-words.ts";
import * as layout from "./layout.ts";
import { MMIO_DONE, MMIO_EXIT, X } from "./layout.ts";

/** mip bits of supervisor mode. */
const SSIP = 1 << 1;
const STIP = 1 << 5;
const TWO_POW_32 = 4294967296;

const SUCCESS = 0;
const NOT_SUPPORTED = -2;
const INVALID_PARAMETER = -3;
const ALREADY_AVAILABLE = -6;

const BASE = 0x10;
const TIME = 0x54494d45;
const IPI = 0x735049;
const RFENCE = 0x52464e43;
const HSM = 0x48534d;
const SYSTEM_RESET = 0x53525354;
const DEBUG_CONSOLE = 0x4442434e;

/** Version 2.0. */
const SPECIFICATION = 0x02000000;
/** "FTSI": no registered implementation. */
const IMPLEMENTATION = 0x46545349;
const IMPLEMENTATION_VERSION = 1;
/** A debug console write takes this much at a time: its caller goes on behind it. */
const MOST_CONSOLE_BYTES = 4096;
/** Hart 0 of a mask that counts from 0; a base of all ones means every hart. */
const ONLY_HART = 1;

interface Call {
  readonly extension: number;
  readonly function: number;
  /** a0 to a2; beyond 2^53 inexact, and no valid value of any parameter but a mask's base. */
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
}

interface Answer {
  readonly error: number;
  readonly value: number;
}

type Handler = (board: Board, call: Call) => Answer;

const HANDLERS: ReadonlyMap<number, Handler> = new Map([
  [BASE, base],
  [TIME, time],
  [IPI, interprocessor],
  [RFENCE, remoteFence],
  [HSM, hartState],
  [SYSTEM_RESET, systemReset],
  [DEBUG_CONSOLE, debugConsole],
]);

/** Performs the call in the registers; an MMIO_ status. */
export function callFirmware(board: Board): number {
  const call: Call = {
    extension: argument(board, 17),
    function: argument(board, 16),
    a0: argument(board, 10),
    a1: argument(board, 11),
    a2: argument(board, 12),
  };
  const { error, value } = (HANDLERS.get(call.extension) ?? refuse)(board, call);
  setRegister(board, 10, error);
  setRegister(board, 11, value);
  const isForHost = board.isDeadline || board.outputs.length > 0 || board.isHalted;
  return isForHost ? MMIO_EXIT : MMIO_DONE;
}

function argument(board: Board, register: number): number {
  const at = X + 8 * register;
  return board.cpuWord(at) + board.cpuWord(at + 4) * TWO_POW_32;
}

/** Values are below 2^32; errors are small and negative, and are extended. */
function setRegister(board: Board, register: number, value: number): void {
  const at = X + 8 * register;
  board.setCpuWord(at, value >>> 0);
  board.setCpuWord(at + 4, value < 0 ? 0xffffffff : 0);
}

function done(value: number = 0): Answer {
  return { error: SUCCESS, value };
}

function failed(error: number): Answer {
  return { error, value: 0 };
}

function refuse(): Answer {
  return failed(NOT_SUPPORTED);
}

/** Chapter 4. */
function base(_board: Board, call: Call): Answer {
  switch (call.function) {
    case 0:
      return done(SPECIFICATION);
    case 1:
      return done(IMPLEMENTATION);
    case 2:
      return done(IMPLEMENTATION_VERSION);
    case 3:
      return done(HANDLERS.has(call.a0) ? 1 : 0);
    // Vendor, architecture and implementation of the hart: as in its registers, unknown.
    case 4:
    case 5:
    case 6:
      return done();
    default:
      return refuse();
  }
}

/** Chapter 6. All ones, in effect never, is how a kernel takes a deadline back. */
function time(board: Board, call: Call): Answer {
  if (call.function !== 0) return refuse();
  board.set(CLINT_CMP_LOW, board.cpuWord(X + 8 * 10));
  board.set(CLINT_CMP_HIGH, board.cpuWord(X + 8 * 10 + 4));
  board.setPending(STIP, false);
  board.isDeadline = true;
  return done();
}

/** Whether a hart mask names this hart and no other. */
function namesOnlyHart(board: Board, mask: number, baseRegister: number): boolean {
  const at = X + 8 * baseRegister;
  const low = board.cpuWord(at);
  const high = board.cpuWord(at + 4);
  if (low === 0xffffffff && high === 0xffffffff) return true;
  return low === 0 && high === 0 && mask === ONLY_HART;
}

/** Chapter 7. */
function interprocessor(board: Board, call: Call): Answer {
  if (call.function !== 0) return refuse();
  if (!namesOnlyHart(board, call.a0, 11)) return failed(INVALID_PARAMETER);
  board.setPending(SSIP, true);
  return done();
}

/** Chapter 8. Translations and instructions are never stale here (ADR 5), so fences have no work. */
function remoteFence(board: Board, call: Call): Answer {
  if (call.function > 2) return refuse();
  return namesOnlyHart(board, call.a0, 11) ? done() : failed(INVALID_PARAMETER);
}

/** Chapter 9. The only hart is always started; when it stops, nothing is left that runs. */
function hartState(board: Board, call: Call): Answer {
  switch (call.function) {
    case 0:
      return failed(call.a0 === 0 ? ALREADY_AVAILABLE : INVALID_PARAMETER);
    case 1:
      board.powerOff();
      return done();
    case 2:
      return call.a0 === 0 ? done() : failed(INVALID_PARAMETER);
    default:
      return refuse();
  }
}

/** Chapter 10: shutdown, cold and warm reboot all end this machine's life. */
function systemReset(board: Board, call: Call): Answer {
  if (call.function !== 0) return refuse();
  if (call.a0 > 2) return failed(INVALID_PARAMETER);
  board.powerOff();
  return done();
}

/** Chapter 12. Nobody types: a read finds nothing. */
function debugConsole(board: Board, call: Call): Answer {
  switch (call.function) {
    case 0:
      return writeConsole(board, call);
    case 1:
      return done();
    case 2:
      board.outputs.push({ class: "console", bytes: Uint8Array.of(call.a0 % 256) });
      return done();
    default:
      return refuse();
  }
}

function writeConsole(board: Board, { a0: bytes, a1: address, a2: upper }: Call): Answer {
  if (upper !== 0 || !board.memory.contains(address, bytes)) return failed(INVALID_PARAMETER);
  const taken = Math.min(bytes, MOST_CONSOLE_BYTES);
  if (taken > 0) board.outputs.push({ class: "console", bytes: board.memory.read(address, taken) });
  return done(taken);
}

/** Every exception but calls from supervisor and machine mode goes to the kernel. */
const DELEGATED_EXCEPTIONS = 0xb1ffn;
const DELEGATED_INTERRUPTS = 0x222n;
/** cycle, time and instret: a program's own clock_gettime reads the time without asking. */
const COUNTERS = 7n;
const ALL_MEMORY = 0x3fffffffffffffn;
/** One naturally aligned region with every right. */
const PMP_OPEN = 0x1fn;
const SUPERVISOR = 1n;

/** What firmware leaves behind when it starts a kernel: hart 0 in a0, the device tree in a1. */
export function startKernel(words: StateWords, entry: number, deviceTree: number): void {
  words.setBig(layout.MEDELEG, DELEGATED_EXCEPTIONS);
  words.setBig(layout.MIDELEG, DELEGATED_INTERRUPTS);
  words.setBig(layout.MCOUNTEREN, COUNTERS);
  words.setBig(layout.SCOUNTEREN, COUNTERS);
  words.setBig(layout.PMPADDR, ALL_MEMORY);
  words.setBig(layout.PMPCFG, PMP_OPEN);
  words.setBig(layout.PRIVILEGE, SUPERVISOR);
  words.setBig(X + 8 * 10, 0n);
  words.setBig(X + 8 * 11, BigInt(deviceTree));
  words.setBig(layout.PC, BigInt(entry));
}
