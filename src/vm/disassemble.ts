// One instruction as text: RV64GC, Zicsr, Zifencei and the privileged ones. Compressed
// instructions read as what they expand to. Names are those of the manuals, without aliases.

import { expandCompressed, ILLEGAL } from "./compressed.ts";
import { floatFused, floatLoad, floatOperation, floatStore } from "./disassemble-float.ts";

export interface Disassembled {
  readonly text: string;
  /** Bytes: 2 or 4. */
  readonly size: 2 | 4;
}

const REGISTERS: readonly string[] = (
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 " +
  "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6"
).split(" ");

const LOADS = ["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu", ""] as const;
const STORES = ["sb", "sh", "sw", "sd", "", "", "", ""] as const;
const BRANCHES = ["beq", "bne", "", "", "blt", "bge", "bltu", "bgeu"] as const;
const IMMEDIATES = ["addi", "slli", "slti", "sltiu", "xori", "srli", "ori", "andi"] as const;
const OPERATIONS = ["add", "sll", "slt", "sltu", "xor", "srl", "or", "and"] as const;
const PRODUCTS = ["mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"] as const;
const CSR_OPERATIONS = ["", "csrrw", "csrrs", "csrrc", "", "csrrwi", "csrrsi", "csrrci"] as const;

const ATOMICS: ReadonlyMap<number, string> = new Map([
  [0, "amoadd"],
  [1, "amoswap"],
  [2, "lr"],
  [3, "sc"],
  [4, "amoxor"],
  [8, "amoor"],
  [12, "amoand"],
  [16, "amomin"],
  [20, "amomax"],
  [24, "amominu"],
  [28, "amomaxu"],
]);

const SYSTEM: ReadonlyMap<number, string> = new Map([
  [0x00000073, "ecall"],
  [0x00100073, "ebreak"],
  [0x10200073, "sret"],
  [0x30200073, "mret"],
  [0x10500073, "wfi"],
]);

const CSRS: ReadonlyMap<number, string> = new Map([
  [0x001, "fflags"],
  [0x002, "frm"],
  [0x003, "fcsr"],
  [0x100, "sstatus"],
  [0x104, "sie"],
  [0x105, "stvec"],
  [0x106, "scounteren"],
  [0x10a, "senvcfg"],
  [0x140, "sscratch"],
  [0x141, "sepc"],
  [0x142, "scause"],
  [0x143, "stval"],
  [0x144, "sip"],
  [0x180, "satp"],
  [0x300, "mstatus"],
  [0x301, "misa"],
  [0x302, "medeleg"],
  [0x303, "mideleg"],
  [0x304, "mie"],
  [0x305, "mtvec"],
  [0x306, "mcounteren"],
  [0x30a, "menvcfg"],
  [0x320, "mcountinhibit"],
  [0x340, "mscratch"],
  [0x341, "mepc"],
  [0x342, "mcause"],
  [0x343, "mtval"],
  [0x344, "mip"],
  [0xb00, "mcycle"],
  [0xb02, "minstret"],
  [0xc00, "cycle"],
  [0xc01, "time"],
  [0xc02, "instret"],
  [0xf11, "mvendorid"],
  [0xf12, "marchid"],
  [0xf13, "mimpid"],
  [0xf14, "mhartid"],
]);

/** The ABI name of a register, as in "x10 is a0". */
function registerName(index: number): string {
  return REGISTERS[index] ?? `x${index}`;
}

/** The manual's name of a CSR, or its number. */
function csrName(number: number): string {
  return CSRS.get(number) ?? `0x${number.toString(16)}`;
}

/** `bits` are the 32 bits at `address`; of a compressed instruction the lower half counts. */
export function disassemble(bits: number, address: number): Disassembled {
  const isCompressed = (bits & 3) !== 3;
  const word = isCompressed ? expandCompressed(bits & 0xffff) : bits >>> 0;
  const text = word === ILLEGAL ? undefined : describe(word, address);
  const raw = isCompressed ? bits & 0xffff : bits >>> 0;
  return { text: text ?? `unknown 0x${raw.toString(16)}`, size: isCompressed ? 2 : 4 };
}

function describe(word: number, address: number): string | undefined {
  const f3 = (word >> 12) & 7;
  const d = registerName((word >> 7) & 31);
  const a = registerName((word >> 15) & 31);
  const b = registerName((word >> 20) & 31);
  const imm = word >> 20;
  switch ((word >> 2) & 31) {
    case 0:
      return named(LOADS[f3], `${d},${imm}(${a})`);
    case 1:
      return floatLoad(word, { d, a });
    case 3:
      return f3 === 0 ? "fence" : f3 === 1 ? "fence.i" : undefined;
    case 4:
      return immediate(word, f3, `${d},${a}`, "");
    case 5:
      return `auipc ${d},0x${(word >>> 12).toString(16)}`;
    case 6:
      return f3 === 0 || f3 === 1 || f3 === 5 ? immediate(word, f3, `${d},${a}`, "w") : undefined;
    case 8:
      return named(STORES[f3], `${b},${((word >> 25) << 5) | ((word >> 7) & 31)}(${a})`);
    case 9:
      return floatStore(word, { d, a });
    case 11:
      return atomic(word, f3, { d, a, b });
    case 12:
      return operation(word, f3, `${d},${a},${b}`, "");
    case 13:
      return `lui ${d},0x${(word >>> 12).toString(16)}`;
    case 14:
      return operation(word, f3, `${d},${a},${b}`, "w");
    case 16:
    case 17:
    case 18:
    case 19:
      return floatFused(word);
    case 20:
      return floatOperation(word, { d, a });
    case 24:
      return named(BRANCHES[f3], `${a},${b},${hex(address + branchOffset(word))}`);
    case 25:
      return f3 === 0 ? `jalr ${d},${imm}(${a})` : undefined;
    case 27:
      return `jal ${d},${hex(address + jumpOffset(word))}`;
    case 28:
      return system(word, f3, { d, a, b });
    default:
      return undefined;
  }
}

function named(name: string, operands: string): string | undefined {
  return name === "" ? undefined : `${name} ${operands}`;
}

function hex(address: number): string {
  return address < 0 ? `-0x${(-address).toString(16)}` : `0x${address.toString(16)}`;
}

function branchOffset(word: number): number {
  const high = (word >> 31) << 12;
  return high | ((word << 4) & 0x800) | ((word >> 20) & 0x7e0) | ((word >> 7) & 0x1e);
}

function jumpOffset(word: number): number {
  const high = (word >> 31) << 20;
  return high | (word & 0xff000) | ((word >> 9) & 0x800) | ((word >> 20) & 0x7fe);
}

function immediate(word: number, f3: number, operands: string, suffix: string): string | undefined {
  if (f3 !== 1 && f3 !== 5) return `${IMMEDIATES[f3]}${suffix} ${operands},${word >> 20}`;
  const bits = suffix === "w" ? 5 : 6;
  const kind = (word >>> 20) >> bits;
  const arithmetic = suffix === "w" ? 0x20 : 0x10;
  if (kind !== 0 && (f3 !== 5 || kind !== arithmetic)) return undefined;
  const name = kind === 0 ? IMMEDIATES[f3] : "srai";
  return `${name}${suffix} ${operands},0x${((word >>> 20) & ((1 << bits) - 1)).toString(16)}`;
}

function operation(word: number, f3: number, operands: string, suffix: string): string | undefined {
  const f7 = word >>> 25;
  const isShort = suffix === "w";
  if (f7 === 1)
    return isShort && f3 > 0 && f3 < 4 ? undefined : `${PRODUCTS[f3]}${suffix} ${operands}`;
  if (isShort && f3 !== 0 && f3 !== 1 && f3 !== 5) return undefined;
  if (f7 === 0) return `${OPERATIONS[f3]}${suffix} ${operands}`;
  if (f7 !== 0x20 || (f3 !== 0 && f3 !== 5)) return undefined;
  return `${f3 === 0 ? "sub" : "sra"}${suffix} ${operands}`;
}

interface Operands {
  readonly d: string;
  readonly a: string;
  readonly b: string;
}

function atomic(word: number, f3: number, { d, a, b }: Operands): string | undefined {
  const name = ATOMICS.get(word >>> 27);
  if (name === undefined || (f3 !== 2 && f3 !== 3)) return undefined;
  const order = ((word >> 26) & 1 ? "aq" : "") + ((word >> 25) & 1 ? "rl" : "");
  const full = `${name}.${f3 === 2 ? "w" : "d"}${order === "" ? "" : `.${order}`}`;
  if (name !== "lr") return `${full} ${d},${b},(${a})`;
  return b === "zero" ? `${full} ${d},(${a})` : undefined;
}

function system(word: number, f3: number, { d, a, b }: Operands): string | undefined {
  if (f3 === 0) {
    if (word >>> 25 === 9 && ((word >> 7) & 31) === 0) return `sfence.vma ${a},${b}`;
    return SYSTEM.get(word >>> 0);
  }
  const source = f3 > 4 ? `${(word >> 15) & 31}` : a;
  return named(CSR_OPERATIONS[f3], `${d},${csrName(word >>> 20)},${source}`);
}
