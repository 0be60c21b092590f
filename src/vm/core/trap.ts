// Traps: entry, return, and which interrupt is taken (privileged specification, chapters 3.1.6 to
// 3.1.9, 3.3.2 and 4.1). The reservation is dropped on every trap entry and every xRET.

import {
  HALTED, LINES, MCAUSE, MEDELEG, MEPC, MIDELEG, MIE, MIP, MSTATUS, MTVAL, MTVEC, PC, PRIVILEGE,
  RESERVATION, RESERVED, SCAUSE, SEPC, STVAL, STVEC, TRAPS, UNDO, WAITING,
} from "../layout";

export const INTERRUPT: u64 = 0x8000000000000000;
const SIE: u64 = 1 << 1;
const MIE_BIT: u64 = 1 << 3;
const SPIE: u64 = 1 << 5;
const MPIE: u64 = 1 << 7;
const SPP: u64 = 1 << 8;
const MPP: u64 = 3 << 11;
const MPRV: u64 = 1 << 17;
const INSTRUCTION_ACCESS_FAULT: u64 = 1;
const UNDO_WORDS = 11;

@inline export function pendingBits(): u64 {
  return load<u64>(MIP) | load<u64>(LINES);
}

export function dropReservation(): void {
  store<u64>(RESERVED, 0);
  store<u64>(RESERVATION, 0);
}

/** A waiting hart resumes when an enabled interrupt is pending, whatever the global enables say. */
export function settle(): void {
  if (pendingBits() & load<u64>(MIE)) store<u64>(WAITING, 0);
}

function enter(cause: u64, value: u64, pc: u64): u64 {
  const privilege = load<u64>(PRIVILEGE);
  const isInterrupt = (cause & INTERRUPT) != 0;
  const delegated = load<u64>(isInterrupt ? MIDELEG : MEDELEG) >> (cause & 63);
  let status = load<u64>(MSTATUS);
  let vector: u64 = 0;
  if (privilege < 3 && (delegated & 1) != 0) {
    store<u64>(SCAUSE, cause);
    store<u64>(SEPC, pc);
    store<u64>(STVAL, value);
    status = (status & ~(SPIE | SPP)) | ((status & SIE) << 4) | (privilege << 8);
    store<u64>(MSTATUS, status & ~SIE);
    store<u64>(PRIVILEGE, 1);
    vector = load<u64>(STVEC);
  } else {
    store<u64>(MCAUSE, cause);
    store<u64>(MEPC, pc);
    store<u64>(MTVAL, value);
    status = (status & ~(MPIE | MPP)) | ((status & MIE_BIT) << 4) | (privilege << 11);
    store<u64>(MSTATUS, status & ~MIE_BIT);
    store<u64>(PRIVILEGE, 3);
    vector = load<u64>(MTVEC);
  }
  dropReservation();
  const base = vector & ~3;
  return isInterrupt && (vector & 1) != 0 ? base + ((cause & 63) << 2) : base;
}

/**
 * Takes an exception and returns the new pc. The step does not retire. When machine mode cannot
 * even fetch the handler it is running, nothing can ever change again: that halts the machine, with
 * the first cause still in mcause and mepc.
 */
export function enterException(cause: u64, value: u64, pc: u64): u64 {
  store<u64>(TRAPS, load<u64>(TRAPS) + 1);
  const isLost =
    cause == INSTRUCTION_ACCESS_FAULT && load<u64>(PRIVILEGE) == 3 && pc == (load<u64>(MTVEC) & ~3);
  if (isLost) {
    store<u64>(HALTED, 2);
    return pc;
  }
  return enter(cause, value, pc);
}

/** The cause of the interrupt to take before the next step, or 0. Order: chapter 3.1.9. */
function choose(): u64 {
  const pending = pendingBits() & load<u64>(MIE);
  if (!pending) return 0;
  const privilege = load<u64>(PRIVILEGE);
  const status = load<u64>(MSTATUS);
  const delegated = load<u64>(MIDELEG);
  let taken: u64 = 0;
  if (privilege < 3 || (status & MIE_BIT) != 0) taken = pending & ~delegated;
  if (!taken && (privilege < 1 || (privilege == 1 && (status & SIE) != 0)))
    taken = pending & delegated;
  if (!taken) return 0;
  if (taken & (1 << 11)) return INTERRUPT | 11;
  if (taken & (1 << 3)) return INTERRUPT | 3;
  if (taken & (1 << 7)) return INTERRUPT | 7;
  if (taken & (1 << 9)) return INTERRUPT | 9;
  if (taken & (1 << 1)) return INTERRUPT | 1;
  return INTERRUPT | 5;
}

@inline function saved(i: i32): usize {
  return UNDO + (<usize>i << 3);
}

/**
 * Enters the handler of a pending interrupt; true when it did. What it overwrites is kept: if the
 * handler's first step turns out to need an answer, the entry is taken back, so that the state at
 * a count is the same whether or not somebody looked at it between (design D4).
 */
export function enterInterrupt(): bool {
  const cause = choose();
  if (!cause) return false;
  for (let i = 0; i < UNDO_WORDS; i++) store<u64>(saved(i), load<u64>(undoSource(i)));
  store<u64>(PC, enter(cause, 0, load<u64>(PC)));
  return true;
}

export function undoInterrupt(): void {
  for (let i = 0; i < UNDO_WORDS; i++) store<u64>(undoSource(i), load<u64>(saved(i)));
}

function undoSource(i: i32): usize {
  switch (i) {
    case 0: return PC;
    case 1: return MSTATUS;
    case 2: return PRIVILEGE;
    case 3: return MCAUSE;
    case 4: return MEPC;
    case 5: return MTVAL;
    case 6: return SCAUSE;
    case 7: return SEPC;
    case 8: return STVAL;
    case 9: return RESERVED;
    default: return RESERVATION;
  }
}

/** mret; returns the new pc. */
export function returnFromMachine(): u64 {
  let status = load<u64>(MSTATUS);
  const previous = (status >> 11) & 3;
  status = (status & ~(MIE_BIT | MPP)) | ((status & MPIE) >> 4) | MPIE;
  if (previous != 3) status &= ~MPRV;
  store<u64>(MSTATUS, status);
  store<u64>(PRIVILEGE, previous);
  dropReservation();
  return load<u64>(MEPC);
}

/** sret; returns the new pc. */
export function returnFromSupervisor(): u64 {
  let status = load<u64>(MSTATUS);
  const previous = (status >> 8) & 1;
  status = (status & ~(SIE | SPP | MPRV)) | ((status & SPIE) >> 4) | SPIE;
  store<u64>(MSTATUS, status);
  store<u64>(PRIVILEGE, previous);
  dropReservation();
  return load<u64>(SEPC);
}
