// Control and status registers (privileged specification, chapters 2 to 4). WARL fields take the
// nearest legal value, or keep the old one where noted. Sstc is absent. The hardware performance
// counters read 0 and ignore writes.

import {
  ANSWER, ANSWERED, COUNT, CYCLE_OFFSET, FIRMWARE, INSTRET_OFFSET, LINES, MCAUSE, MCOUNTEREN,
  MEDELEG, MENVCFG, MEPC, MIDELEG, MIE, MIP, MMIO_EXIT, MSCRATCH, MSTATUS, MTVAL, MTVEC, PMPCFG,
  PRIVILEGE, SATP, SCAUSE, SCOUNTEREN, SENVCFG, SEPC, SSCRATCH, STVAL, STVEC, TRAPS,
} from "../layout";
import { isFloatAllowed, readFloat, statusOf, writeFloat } from "./float/csr";
import { EXIT, fail, RECHECK, setStatus, TIME, WFI } from "./memory";
import { readProtectionAddress, writeProtectionAddress, writeProtectionConfig } from "./protection";
import { flushTranslations } from "./tlb";
import { pendingBits, returnFromMachine, returnFromSupervisor } from "./trap";

@external("env", "firmwareCall") declare function firmwareCall(): i32;

/** RV64 with A, C, D, F, I, M, S and U. */
const MISA: u64 = 0x800000000014112d;
/** UXL = SXL = 64 bits. */
const XLEN_FIELDS: u64 = 0xa00000000;
const MSTATUS_WRITABLE: u64 = 0x7e79aa;
const SSTATUS_WRITABLE: u64 = 0xc6122;
const SSTATUS_READABLE: u64 = 0x80000003000de762;
/** SSIP, STIP, SEIP. */
const SUPERVISOR_BITS: u64 = 0x222;
const INTERRUPT_BITS: u64 = 0xaaa;
/** Causes 0-9, 12, 13, 15: all but the call from machine mode. */
const DELEGABLE: u64 = 0xb3ff;
const TVM: u64 = 1 << 20;
const TW: u64 = 1 << 21;
const TSR: u64 = 1 << 22;
const MXR: u64 = 1 << 19;
/** satp: no ASIDs, so nothing between the mode and the root's page number. */
const SV39: u64 = 8;
const ROOT: u64 = 0xfffffffffff;

/** The answer of csrRead. */
let value: u64 = 0;
/** Where a successful xRET goes. */
export let target: u64 = 0;

export function readValue(): u64 {
  return value;
}

/** For a debugger: whether the register exists; its value goes to readValue. The time CSR does not count. */
export function peek(n: u32): bool {
  if (n == 0xc01) return false;
  return read(n);
}

function counterIsAllowed(n: u32): bool {
  const privilege = load<u64>(PRIVILEGE);
  const bit = n & 31;
  if (privilege < 3 && !((load<u64>(MCOUNTEREN) >> bit) & 1)) return false;
  return privilege > 0 || ((load<u64>(SCOUNTEREN) >> bit) & 1) != 0;
}

@inline function give(v: u64): bool {
  value = v;
  return true;
}

function cycles(): u64 {
  return load<u64>(COUNT) + load<u64>(CYCLE_OFFSET);
}
function retired(): u64 {
  return load<u64>(COUNT) - load<u64>(TRAPS) + load<u64>(INSTRET_OFFSET);
}

/** Where a register that is simply stored lies, or 0. */
function plain(n: u32): usize {
  switch (n) {
    case 0x105: return STVEC;
    case 0x106: return SCOUNTEREN;
    case 0x10a: return SENVCFG;
    case 0x140: return SSCRATCH;
    case 0x141: return SEPC;
    case 0x142: return SCAUSE;
    case 0x143: return STVAL;
    case 0x180: return SATP;
    case 0x302: return MEDELEG;
    case 0x303: return MIDELEG;
    case 0x304: return MIE;
    case 0x305: return MTVEC;
    case 0x306: return MCOUNTEREN;
    case 0x30a: return MENVCFG;
    case 0x340: return MSCRATCH;
    case 0x341: return MEPC;
    case 0x342: return MCAUSE;
    case 0x343: return MTVAL;
    default: return 0;
  }
}

@inline function isProtectionAddress(n: u32): bool {
  return n >= 0x3b0 && n < 0x3c0;
}

/** Registers that read 0 and ignore writes: ids, triggers, event selectors, mcountinhibit. */
function isZero(n: u32): bool {
  if (n >= 0x320 && n <= 0x33f) return n == 0x320 || n >= 0x323;
  if (n >= 0xb03 && n <= 0xb1f) return true;
  if (n >= 0x7a0 && n <= 0x7a3) return true;
  return n >= 0xf11 && n <= 0xf15;
}

function read(n: u32): bool {
  const at = plain(n);
  if (at) return give(load<u64>(at));
  switch (n) {
    case 1:
    case 2:
    case 3: return give(readFloat(n));
    case 0x100: return give((statusOf() | XLEN_FIELDS) & SSTATUS_READABLE);
    case 0x104: return give(load<u64>(MIE) & load<u64>(MIDELEG));
    case 0x144: return give(pendingBits() & load<u64>(MIDELEG));
    case 0x300: return give(statusOf() | XLEN_FIELDS);
    case 0x301: return give(MISA);
    case 0x344: return give(pendingBits());
    case 0x3a0: return give(load<u64>(PMPCFG));
    case 0x3a2: return give(load<u64>(PMPCFG + 8));
    case 0xb00:
    case 0xc00: return give(cycles());
    case 0xb02:
    case 0xc02: return give(retired());
    default: break;
  }
  if (isProtectionAddress(n)) return give(readProtectionAddress(n - 0x3b0));
  if (n >= 0xc03 && n <= 0xc1f) return give(0);
  return isZero(n) && give(0);
}

/** The bit pattern that a simply stored register keeps of what was written. */
function legal(n: u32, old: u64, v: u64): u64 {
  switch (n) {
    case 0x105:
    case 0x305: return v & ~2;
    case 0x106:
    case 0x306: return v & 7;
    case 0x10a:
    case 0x30a: return v & 1;
    case 0x141:
    case 0x341: return v & ~1;
    case 0x180: return legalRoot(old, v);
    case 0x302: return v & DELEGABLE;
    case 0x303: return v & SUPERVISOR_BITS;
    case 0x304: return v & INTERRUPT_BITS;
    default: return v;
  }
}

/** A mode that is not here leaves satp as it was. Bare has no root. */
function legalRoot(old: u64, v: u64): u64 {
  if (v >> 60 == 0) return 0;
  return v >> 60 == SV39 ? v & ((SV39 << 60) | ROOT) : old;
}

function write(n: u32, v: u64): void {
  const at = plain(n);
  if (at) {
    const old = load<u64>(at);
    const next = legal(n, old, v);
    store<u64>(at, next);
    if (n == 0x180 && next != old) flushTranslations();
    return;
  }
  if (isProtectionAddress(n)) return writeProtectionAddress(n - 0x3b0, v);
  switch (n) {
    case 1:
    case 2:
    case 3: return writeFloat(n, v);
    case 0x100: return writeStatus(v, SSTATUS_WRITABLE);
    case 0x300: return writeStatus(v, MSTATUS_WRITABLE);
    case 0x104: return merge(MIE, v, load<u64>(MIDELEG));
    case 0x144: return merge(MIP, v, load<u64>(MIDELEG) & 2);
    case 0x344: return merge(MIP, v, SUPERVISOR_BITS);
    case 0x3a0: return writeProtectionConfig(0, v);
    case 0x3a2: return writeProtectionConfig(8, v);
    // The value written is what the next instruction reads: this step itself does not count on top.
    case 0xb00: store<u64>(CYCLE_OFFSET, v - load<u64>(COUNT) - 1); break;
    case 0xb02: store<u64>(INSTRET_OFFSET, v - (load<u64>(COUNT) + 1 - load<u64>(TRAPS))); break;
    default: break;
  }
}

function merge(at: usize, v: u64, mask: u64): void {
  store<u64>(at, (load<u64>(at) & ~mask) | (v & mask));
}

/** MPP keeps its old value when 2 is written: there is no such mode. */
function writeStatus(v: u64, mask: u64): void {
  const old = load<u64>(MSTATUS);
  let next = (old & ~mask) | (v & mask);
  if (((next >> 11) & 3) == 2) next = (next & ~0x1800) | (old & 0x1800);
  store<u64>(MSTATUS, next);
  if ((next ^ old) & MXR) flushTranslations();
}

function isAllowed(n: u32, isWrite: bool): bool {
  const privilege = <u32>load<u64>(PRIVILEGE);
  if (privilege < ((n >> 8) & 3)) return false;
  if (isWrite && n >> 10 == 3) return false;
  if (n >= 0xc00 && n <= 0xc1f && !counterIsAllowed(n)) return false;
  if (n <= 3 && !isFloatAllowed()) return false;
  return !(n == 0x180 && privilege == 1 && (load<u64>(MSTATUS) & TVM) != 0);
}

/** csrrw, csrrs, csrrc and their immediate forms; `operand` is rs1's value or the immediate. */
export function csrInstruction(word: u32, operand: u64): u64 {
  const n = word >> 20;
  const source = (word >> 15) & 31;
  const kind = (word >> 12) & 3;
  const isWrite = kind == 1 || source != 0;
  setStatus(RECHECK);
  if (!isAllowed(n, isWrite)) return illegal(word);
  if (n == 0xc01) {
    if (!load<u64>(ANSWERED)) {
      setStatus(TIME);
      return 0;
    }
    const ticks = load<u64>(ANSWER);
    store<u64>(ANSWERED, 0);
    store<u64>(ANSWER, 0);
    return ticks;
  }
  if (!read(n)) return illegal(word);
  const old = value;
  if (isWrite) {
    // A set or clear of mip works on the software half of SEIP, not on what the PLIC drives.
    const base = n == 0x344 ? load<u64>(MIP) : old;
    if (kind == 1) write(n, operand);
    else write(n, kind == 2 ? base | operand : base & ~operand);
  }
  return old;
}

function illegal(word: u32): u64 {
  fail(2, word);
  return 0;
}

/** Whether this privilege may execute a SYSTEM instruction with funct3 = 0. */
function mayExecute(word: u32): bool {
  const privilege = load<u64>(PRIVILEGE);
  const traps = privilege == 1 ? load<u64>(MSTATUS) : 0;
  if (word == 0x00000073 || word == 0x00100073) return true;
  if (word == 0x30200073) return privilege == 3;
  if (word == 0x10200073) return privilege >= 1 && (traps & TSR) == 0;
  if (word == 0x10500073) return privilege >= 1 && (traps & TW) == 0;
  const isFence = word >> 25 == 9 && ((word >> 7) & 31) == 0;
  return isFence && privilege >= 1 && (traps & TVM) == 0;
}

/** Firmware in the emulator answers supervisor mode in this step; otherwise it is an exception. */
function environmentCall(): void {
  const privilege = load<u64>(PRIVILEGE);
  if (privilege != 1 || !load<u32>(FIRMWARE)) fail(8 + privilege, 0);
  else if (firmwareCall() == MMIO_EXIT) setStatus(EXIT);
}

/**
 * ecall, ebreak, xRET, wfi, sfence.vma: SYSTEM with funct3 = 0. (Written with ifs: AssemblyScript
 * 0.28.20 drops what follows a switch whose cases all return, even when one breaks inside an if.)
 */
export function system(word: u32, pc: u64): void {
  setStatus(RECHECK);
  if (!mayExecute(word)) fail(2, word);
  else if (word == 0x00000073) environmentCall();
  else if (word == 0x00100073) fail(3, pc);
  else if (word == 0x30200073) target = returnFromMachine();
  else if (word == 0x10200073) target = returnFromSupervisor();
  else if (word == 0x10500073) setStatus(WFI);
  // sfence.vma: no translation that is kept was ever out of date.
}
