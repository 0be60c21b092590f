// The interpreter: one hart, RV64GC (IMAFDC with Zicsr and Zifencei), decoded as it goes. Compressed
// instructions are looked up in a table of their expansions. The loop holds pc and the steps that
// are left in locals; everything else is in the CPU block. Interrupts can only change at a few
// instructions, so the loop ends there and nowhere else looks.

import {
  COUNT, HALTED, LOAD_TLB, PC, RESULT_LOW, RVC_UNKNOWN, STOP_DEVICE, STOP_HALT,
  STOP_LIMIT, STOP_POOL, STOP_REQUEST, STOP_TIME, STOP_WAIT, STORE_TLB, WAITING, X,
} from "../layout";
import { csrInstruction, peek, readValue, system, target } from "./csr";
import {
  EXIT, fetchAddend, fetchPage, fetchSlow, HOT, OK, POOL, RECHECK, REQUEST, RETRY, status, TIME, TRAP,
  trapCause, trapValue, WFI,
} from "./memory";
import { initialize as initializePool } from "./pool";
import { refreshProtection } from "./protection";
import { setStale, slot } from "./tlb";
import { enterException, enterInterrupt, settle, undoInterrupt } from "./trap";
import { loadInto, storeFrom } from "./access";
import { div32, div64, mulh, mulhsu, mulhu, rem32, rem64 } from "./arithmetic";
import { atomic } from "./atomic";
import { known, learn } from "./expansions";
import { floatOperation, fused } from "./float/execute";
import { loadFloat, storeFloat } from "./float/transfer";
import { chooseTiers, isTiered, runCompiled, visit } from "./tiers";
import { chooseViews, dataView } from "./view";
import { keepMarks, undoMarks } from "./walk";
import { illegal, immB, immI, immJ, immS, immU, rd, rs1, rs2, set, sext32 } from "./operands";

export { flushStores } from "./tlb";
export {
  markCode, pageForRead, pageForWrite, pagesInUse, pagesTotal,
  releaseTop, retainTop, takeDirty, trackDirty,
} from "./pool";
export { multiplyAdd } from "./float/multiply";
export { forgetTargets, setTiers } from "./tiers";
export { hashBytes, hashRam } from "./hash";
export { floatOperation, fused } from "./float/execute";
export { loadFloat, storeFloat } from "./float/transfer";
export { arithmeticDouble, arithmeticSingle } from "./float/arithmetic";
export { settle } from "./trap";
export { armWatches, changedWatch, nextPc, physicalOf, seek } from "./seek";

/** The inner loop went as far as it was told. */
const DONE: i32 = 8;

export function initialize(maxPages: i32): void {
  initializePool(maxPages);
  refreshProtection();
}

/** Another machine is in the core, or another state: nothing that was derived holds. */
export function flushAll(): void {
  refreshProtection();
}

/** Reads a CSR for a debugger into the result words; 0 when there is none (or it is `time`). */
export function readCsr(n: i32): i32 {
  if (!peek(<u32>n)) return 0;
  store<u64>(RESULT_LOW, readValue());
  return 1;
}

/** Executes steps until the count is `limit` or something else ends it: a STOP_ code. */
export function run(limit: f64): i32 {
  const goal = <u64>limit;
  if (load<u64>(HALTED)) return STOP_HALT;
  if (load<u64>(COUNT) >= goal) return STOP_LIMIT;
  settle();
  if (load<u64>(WAITING)) return STOP_WAIT;
  chooseTiers(goal - load<u64>(COUNT));
  // Where a run starts is no place of the guest's own choice: it must not become a hot one.
  let isTarget = false;
  for (;;) {
    const before = load<u64>(COUNT);
    if (before >= goal) return STOP_LIMIT;
    const hasEntered = enterInterrupt();
    let end = anySteps(goal, isTarget || hasEntered);
    // This one step alone: the marks of its fetch are its own, to be kept or taken back with it.
    while (end == RETRY) end = steps(load<u64>(COUNT) + 1);
    isTarget = true;
    if (end == TIME || end == REQUEST || end == POOL) undoMarks();
    else keepMarks();
    if (end == RECHECK || end == DONE || end == HOT) continue;
    if (end == WFI) {
      store<u64>(WAITING, 1);
      settle();
      if (load<u64>(WAITING)) return STOP_WAIT;
      continue;
    }
    if (end == EXIT) return STOP_DEVICE;
    if (end == TRAP) {
      if (load<u64>(HALTED)) return STOP_HALT;
      continue;
    }
    // The step was not executed: neither was the interrupt entry before it.
    if (hasEntered && load<u64>(COUNT) == before) undoInterrupt();
    return end == TIME ? STOP_TIME : end == REQUEST ? STOP_REQUEST : STOP_POOL;
  }
}

/** In either tier, until something but a jump ends it. */
function anySteps(goal: u64, isTarget: bool): i32 {
  if (!isTiered) return steps(goal);
  let counts = isTarget;
  let end = HOT;
  while (end == HOT) {
    if (!runCompiled(goal, counts)) return DONE;
    end = steps(goal);
    counts = false;
  }
  return end;
}

/** How a taken jump ends its step. */
@inline function jumped(to: u64): i32 {
  return isTiered && visit(to) ? HOT : DONE;
}

/** The tag compare also sends misaligned accesses the slow way. */
@inline function canLoad(view: usize, a: u64, size: u64): bool {
  return load<u64>(view + slot(a), LOAD_TLB) == (a & (0xfffffffffffff000 | (size - 1)));
}
@inline function loadAt(view: usize, a: u64): usize {
  return <usize>(<u32>a + load<u32>(view + slot(a), LOAD_TLB + 8));
}
@inline function canStore(view: usize, a: u64, size: u64): bool {
  return load<u64>(view + slot(a), STORE_TLB) == (a & (0xfffffffffffff000 | (size - 1)));
}
@inline function storeAt(view: usize, a: u64): usize {
  return <usize>(<u32>a + load<u32>(view + slot(a), STORE_TLB + 8));
}

/** SYSTEM: returns how the step ended; the caller has stored PC and COUNT. */
function systemStep(w: u32, pc: u64): i32 {
  const f3 = (w >> 12) & 7;
  if (f3 == 0) {
    system(w, pc);
    return status;
  }
  if (f3 == 4) return illegal(w);
  const v = csrInstruction(w, f3 > 4 ? <u64>((w >> 15) & 31) : rs1(w));
  if (status == RECHECK) set(rd(w), v);
  return status;
}

/** The bits of the instruction at pc, for mtval. */
function rawAt(pc: u64): u64 {
  return fetchSlow(pc);
}

/**
 * The hot loop. Ends when `goal` is reached (DONE), at a step that may change what interrupts can
 * be taken (RECHECK, WFI, TRAP), after a step with a message for the host (EXIT), or before a step
 * that cannot be executed yet (TIME, REQUEST, POOL). PC and COUNT are stored then.
 */
function steps(goal: u64): i32 {
  let pc = load<u64>(PC);
  let left: i64 = <i64>(goal - load<u64>(COUNT));
  chooseViews();
  setStale(false);
  const view = dataView;
  // A page that pc is not in: the first fetch finds out where it is.
  let page = pc - 0x10000;
  let host: u32 = 0;
  let end = DONE;
  while (left > 0) {
    left--;
    let w: u32;
    if (pc - page <= 4092) {
      w = load<u32>(<usize>(<u32>pc + host));
    } else {
      w = fetchSlow(pc);
      if (status != OK) {
        end = status;
        break;
      }
      page = fetchPage;
      host = fetchAddend;
    }
    let next: u64;
    if ((w & 3) == 3) {
      next = pc + 4;
    } else {
      next = pc + 2;
      w = known(w & 0xffff);
    }
    switch (((w << 1) & 0xf8) | ((w >> 12) & 7)) {
      case 0: { // lb
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 1)) set(rd(w), <u64>(<i64>load<i8>(loadAt(view, a))));
        else end = loadInto(w, a);
        break;
      }
      case 1: { // lh
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 2)) set(rd(w), <u64>(<i64>load<i16>(loadAt(view, a))));
        else end = loadInto(w, a);
        break;
      }
      case 2: { // lw
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 4)) set(rd(w), <u64>(<i64>load<i32>(loadAt(view, a))));
        else end = loadInto(w, a);
        break;
      }
      case 3: { // ld
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 8)) set(rd(w), load<u64>(loadAt(view, a)));
        else end = loadInto(w, a);
        break;
      }
      case 4: { // lbu
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 1)) set(rd(w), <u64>load<u8>(loadAt(view, a)));
        else end = loadInto(w, a);
        break;
      }
      case 5: { // lhu
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 2)) set(rd(w), <u64>load<u16>(loadAt(view, a)));
        else end = loadInto(w, a);
        break;
      }
      case 6: { // lwu
        const a = rs1(w) + immI(w);
        if (canLoad(view, a, 4)) set(rd(w), <u64>load<u32>(loadAt(view, a)));
        else end = loadInto(w, a);
        break;
      }
      case 10: // flw
      case 11: // fld
        end = loadFloat(w);
        break;
      case 24: // fence
      case 25: // fence.i: memory is the truth, nothing is cached
        break;
      case 32: set(rd(w), rs1(w) + immI(w)); break; // addi
      case 33: // slli
        if (w >> 26) end = illegal(w);
        else set(rd(w), rs1(w) << ((w >> 20) & 63));
        break;
      case 34: set(rd(w), <u64>(<i64>rs1(w) < <i64>immI(w))); break; // slti
      case 35: set(rd(w), <u64>(rs1(w) < immI(w))); break; // sltiu
      case 36: set(rd(w), rs1(w) ^ immI(w)); break; // xori
      case 37: // srli, srai
        if (w >> 26 == 0) set(rd(w), rs1(w) >> ((w >> 20) & 63));
        else if (w >> 26 == 0x10) set(rd(w), <u64>(<i64>rs1(w) >> ((w >> 20) & 63)));
        else end = illegal(w);
        break;
      case 38: set(rd(w), rs1(w) | immI(w)); break; // ori
      case 39: set(rd(w), rs1(w) & immI(w)); break; // andi
      case 40: case 41: case 42: case 43: case 44: case 45: case 46: case 47: // auipc
        set(rd(w), pc + immU(w));
        break;
      case 48: set(rd(w), sext32(rs1(w) + immI(w))); break; // addiw
      case 49: // slliw
        if (w >> 25) end = illegal(w);
        else set(rd(w), sext32(rs1(w) << ((w >> 20) & 31)));
        break;
      case 53: // srliw, sraiw
        if (w >> 25 == 0) set(rd(w), sext32(<u64>(<u32>rs1(w) >> ((w >> 20) & 31))));
        else if (w >> 25 == 0x20) set(rd(w), <u64>(<i64>(<i32>rs1(w) >> ((w >> 20) & 31))));
        else end = illegal(w);
        break;
      case 64: { // sb
        const a = rs1(w) + immS(w);
        if (canStore(view, a, 1)) store<u8>(storeAt(view, a), <u8>rs2(w));
        else end = storeFrom(w, a);
        break;
      }
      case 65: { // sh
        const a = rs1(w) + immS(w);
        if (canStore(view, a, 2)) store<u16>(storeAt(view, a), <u16>rs2(w));
        else end = storeFrom(w, a);
        break;
      }
      case 66: { // sw
        const a = rs1(w) + immS(w);
        if (canStore(view, a, 4)) store<u32>(storeAt(view, a), <u32>rs2(w));
        else end = storeFrom(w, a);
        break;
      }
      case 67: { // sd
        const a = rs1(w) + immS(w);
        if (canStore(view, a, 8)) store<u64>(storeAt(view, a), rs2(w));
        else end = storeFrom(w, a);
        break;
      }
      case 74: // fsw
      case 75: // fsd
        end = storeFloat(w);
        break;
      case 90:
        end = atomic(w, 4);
        break;
      case 91:
        end = atomic(w, 8);
        break;
      case 96: { // add, sub, mul
        const f7 = w >> 25;
        if (f7 == 0) set(rd(w), rs1(w) + rs2(w));
        else if (f7 == 0x20) set(rd(w), rs1(w) - rs2(w));
        else if (f7 == 1) set(rd(w), rs1(w) * rs2(w));
        else end = illegal(w);
        break;
      }
      case 97: // sll, mulh
        if (w >> 25 == 0) set(rd(w), rs1(w) << (rs2(w) & 63));
        else if (w >> 25 == 1) set(rd(w), mulh(rs1(w), rs2(w)));
        else end = illegal(w);
        break;
      case 98: // slt, mulhsu
        if (w >> 25 == 0) set(rd(w), <u64>(<i64>rs1(w) < <i64>rs2(w)));
        else if (w >> 25 == 1) set(rd(w), mulhsu(rs1(w), rs2(w)));
        else end = illegal(w);
        break;
      case 99: // sltu, mulhu
        if (w >> 25 == 0) set(rd(w), <u64>(rs1(w) < rs2(w)));
        else if (w >> 25 == 1) set(rd(w), mulhu(rs1(w), rs2(w)));
        else end = illegal(w);
        break;
      case 100: // xor, div
        if (w >> 25 == 0) set(rd(w), rs1(w) ^ rs2(w));
        else if (w >> 25 == 1) set(rd(w), div64(rs1(w), rs2(w)));
        else end = illegal(w);
        break;
      case 101: { // srl, sra, divu
        const f7 = w >> 25;
        if (f7 == 0) set(rd(w), rs1(w) >> (rs2(w) & 63));
        else if (f7 == 0x20) set(rd(w), <u64>(<i64>rs1(w) >> (rs2(w) & 63)));
        else if (f7 == 1) {
          const b = rs2(w);
          set(rd(w), b ? rs1(w) / b : u64.MAX_VALUE);
        } else end = illegal(w);
        break;
      }
      case 102: // or, rem
        if (w >> 25 == 0) set(rd(w), rs1(w) | rs2(w));
        else if (w >> 25 == 1) set(rd(w), rem64(rs1(w), rs2(w)));
        else end = illegal(w);
        break;
      case 103: // and, remu
        if (w >> 25 == 0) set(rd(w), rs1(w) & rs2(w));
        else if (w >> 25 == 1) {
          const b = rs2(w);
          set(rd(w), b ? rs1(w) % b : rs1(w));
        } else end = illegal(w);
        break;
      case 104: case 105: case 106: case 107: case 108: case 109: case 110: case 111: // lui
        set(rd(w), immU(w));
        break;
      case 112: { // addw, subw, mulw
        const f7 = w >> 25;
        if (f7 == 0) set(rd(w), sext32(rs1(w) + rs2(w)));
        else if (f7 == 0x20) set(rd(w), sext32(rs1(w) - rs2(w)));
        else if (f7 == 1) set(rd(w), sext32(rs1(w) * rs2(w)));
        else end = illegal(w);
        break;
      }
      case 113: // sllw
        if (w >> 25) end = illegal(w);
        else set(rd(w), sext32(rs1(w) << (rs2(w) & 31)));
        break;
      case 116: // divw
        if (w >> 25 != 1) end = illegal(w);
        else set(rd(w), div32(<i32>rs1(w), <i32>rs2(w)));
        break;
      case 117: { // srlw, sraw, divuw
        const f7 = w >> 25;
        if (f7 == 0) set(rd(w), sext32(<u64>(<u32>rs1(w) >> (<u32>rs2(w) & 31))));
        else if (f7 == 0x20) set(rd(w), <u64>(<i64>(<i32>rs1(w) >> (<i32>rs2(w) & 31))));
        else if (f7 == 1) {
          const b = <u32>rs2(w);
          set(rd(w), b ? sext32(<u64>(<u32>rs1(w) / b)) : u64.MAX_VALUE);
        } else end = illegal(w);
        break;
      }
      case 118: // remw
        if (w >> 25 != 1) end = illegal(w);
        else set(rd(w), rem32(<i32>rs1(w), <i32>rs2(w)));
        break;
      case 119: // remuw
        if (w >> 25 != 1) end = illegal(w);
        else {
          const b = <u32>rs2(w);
          set(rd(w), sext32(<u64>(b ? <u32>rs1(w) % b : <u32>rs1(w))));
        }
        break;
      case 128: case 129: case 130: case 131: case 132: case 133: case 134: case 135: // fmadd
      case 136: case 137: case 138: case 139: case 140: case 141: case 142: case 143: // fmsub
      case 144: case 145: case 146: case 147: case 148: case 149: case 150: case 151: // fnmsub
      case 152: case 153: case 154: case 155: case 156: case 157: case 158: case 159: // fnmadd
        end = fused(w);
        break;
      case 160: case 161: case 162: case 163: case 164: case 165: case 166: case 167: // OP-FP
        end = floatOperation(w);
        break;
      case 192: // beq
        if (rs1(w) == rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 193: // bne
        if (rs1(w) != rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 196: // blt
        if (<i64>rs1(w) < <i64>rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 197: // bge
        if (<i64>rs1(w) >= <i64>rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 198: // bltu
        if (rs1(w) < rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 199: // bgeu
        if (rs1(w) >= rs2(w)) {
          next = pc + immB(w);
          end = jumped(next);
        }
        break;
      case 200: { // jalr
        const to = (rs1(w) + immI(w)) & ~1;
        set(rd(w), next);
        next = to;
        end = jumped(next);
        break;
      }
      case 216: case 217: case 218: case 219: case 220: case 221: case 222: case 223: // jal
        set(rd(w), next);
        next = pc + immJ(w);
        end = jumped(next);
        break;
      case 224: case 225: case 226: case 227: case 228: case 229: case 230: case 231:
        store<u64>(COUNT, goal - <u64>left - 1);
        end = systemStep(w, pc);
        if (w == 0x30200073 || w == 0x10200073) next = target;
        break;
      default:
        if (w == RVC_UNKNOWN) {
          learn(<u32>rawAt(pc) & 0xffff);
          left++;
          continue;
        }
        end = illegal(w);
    }
    if (end != DONE) {
      if (end == OK) {
        end = DONE;
      } else {
        if (end == RECHECK || end == EXIT || end == WFI || end == HOT) pc = next;
        break;
      }
    }
    pc = next;
  }
  return finish(goal, left, pc, end);
}

function finish(goal: u64, left: i64, pc: u64, end: i32): i32 {
  let done = goal - <u64>left;
  let at = pc;
  if (end == TRAP) {
    const value = trapCause == 2 ? rawAt(pc) : trapValue;
    at = enterException(trapCause, value, pc);
    end = TRAP;
  } else if (end == TIME || end == REQUEST || end == POOL || end == RETRY) {
    done--;
  }
  store<u64>(COUNT, done);
  store<u64>(PC, at);
  return end;
}
