// A few lines of assembler for tests: words, labels as strings, and references to labels as functions.

export type Item = number | string | ((at: number, labels: ReadonlyMap<string, number>) => number);

/** Assembles for address 0x80000000. Words below 0x10000 whose low bits are not 3 take two bytes. */
export function assemble(items: readonly (Item | readonly Item[])[]): Uint8Array {
  const flat = items.flat();
  const labels = new Map<string, number>();
  let at = 0;
  for (const item of flat) {
    if (typeof item === "string") labels.set(item, at);
    else at += typeof item === "number" && isHalf(item) ? 2 : 4;
  }
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  at = 0;
  for (const item of flat) {
    if (typeof item === "string") continue;
    if (typeof item === "number" && isHalf(item)) {
      view.setUint16(at, item, true);
      at += 2;
      continue;
    }
    view.setUint32(at, typeof item === "number" ? item : item(at, labels), true);
    at += 4;
  }
  return bytes;
}

function isHalf(word: number): boolean {
  return word >= 0 && word < 0x10000 && (word & 3) !== 3;
}

export function r(
  op: number,
  f3: number,
  f7: number,
  rd: number,
  rs1: number,
  rs2: number,
): number {
  return ((f7 << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | op) >>> 0;
}

export function i(op: number, f3: number, rd: number, rs1: number, imm: number): number {
  return ((imm << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | op) >>> 0;
}

export const addi = (rd: number, rs1: number, imm: number): number => i(0x13, 0, rd, rs1, imm);
export const slli = (rd: number, rs1: number, by: number): number => i(0x13, 1, rd, rs1, by);
export const add = (rd: number, a: number, b: number): number => r(0x33, 0, 0, rd, a, b);
export const load = (f3: number, rd: number, rs1: number, imm: number): number =>
  i(0x03, f3, rd, rs1, imm);
export const ld = (rd: number, rs1: number, imm: number): number => load(3, rd, rs1, imm);
export const lw = (rd: number, rs1: number, imm: number): number => load(2, rd, rs1, imm);
export const store = (f3: number, rs2: number, rs1: number, imm: number): number =>
  r(0x23, f3, (imm >> 5) & 127, imm & 31, rs1, rs2);
export const sd = (rs2: number, rs1: number, imm: number): number => store(3, rs2, rs1, imm);
export const sw = (rs2: number, rs1: number, imm: number): number => store(2, rs2, rs1, imm);
export const sb = (rs2: number, rs1: number, imm: number): number => store(0, rs2, rs1, imm);
export const csrrw = (rd: number, csr: number, rs1: number): number => i(0x73, 1, rd, rs1, csr);
export const csrrs = (rd: number, csr: number, rs1: number): number => i(0x73, 2, rd, rs1, csr);
export const csrrsi = (rd: number, csr: number, imm: number): number => i(0x73, 6, rd, imm, csr);
export const amo = (f5: number, size: 4 | 8, rd: number, address: number, rs2: number): number =>
  r(0x2f, size === 4 ? 2 : 3, f5 << 2, rd, address, rs2);
export const jalr = (rd: number, rs1: number, imm: number): number => i(0x67, 0, rd, rs1, imm);
export const ECALL = 0x00000073;
export const EBREAK = 0x00100073;
export const MRET = 0x30200073;
export const SRET = 0x10200073;
export const WFI = 0x10500073;
export const FENCE_I = 0x0000100f;

function target(labels: ReadonlyMap<string, number>, name: string): number {
  const at = labels.get(name);
  if (at === undefined) throw new Error(`no label ${name}`);
  return at;
}

/** A branch by its funct3. */
export function branch(f3: number, rs1: number, rs2: number, label: string): Item {
  return (at, labels) => {
    const o = target(labels, label) - at;
    const upper = (((o >> 12) & 1) << 6) | ((o >> 5) & 63);
    return r(0x63, f3, upper, (((o >> 1) & 15) << 1) | ((o >> 11) & 1), rs1, rs2);
  };
}

export const beq = (a: number, b: number, label: string): Item => branch(0, a, b, label);
export const bne = (a: number, b: number, label: string): Item => branch(1, a, b, label);

export function jal(rd: number, label: string): Item {
  return (at, labels) => {
    const o = target(labels, label) - at;
    const bits = ((o >> 20) << 31) | (((o >> 1) & 0x3ff) << 21) | (((o >> 11) & 1) << 20);
    return (bits | (((o >> 12) & 255) << 12) | (rd << 7) | 0x6f) >>> 0;
  };
}

/** The address of a label, by auipc and addi. */
export function la(rd: number, label: string): readonly Item[] {
  return [
    (at, labels) => (((target(labels, label) - at + 0x800) & 0xfffff000) | (rd << 7) | 0x17) >>> 0,
    (at, labels) => {
      const o = target(labels, label) - (at - 4);
      return addi(rd, rd, ((o << 20) >> 20) & 0xfff);
    },
  ];
}

/** Any 64-bit constant. */
export function li(rd: number, value: number | bigint): readonly number[] {
  const v = BigInt.asIntN(64, BigInt(value));
  const low = Number(BigInt.asIntN(12, v));
  if (v === BigInt(low)) return [addi(rd, 0, low & 0xfff)];
  if (v === BigInt.asIntN(32, v)) {
    const upper = Number(BigInt.asIntN(32, v - BigInt(low)));
    return [((upper & 0xfffff000) | (rd << 7) | 0x37) >>> 0, i(0x1b, 0, rd, rd, low & 0xfff)];
  }
  return [...li(rd, (v - BigInt(low)) >> 12n), slli(rd, rd, 12), addi(rd, rd, low & 0xfff)];
}
