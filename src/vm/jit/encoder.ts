// Bytes of WebAssembly: LEB128 numbers, the few instructions that a region needs by name, and the
// sections of a module. Labels are counted as they are opened, so a branch names the label itself.

import { assert } from "../../base/assert.ts";

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;

/** One-byte instructions without an immediate. */
export const OP = {
  else: 0x05,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i64GeS: 0x59,
  i64GeU: 0x5a,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64DivS: 0x7f,
  i64DivU: 0x80,
  i64RemS: 0x81,
  i64RemU: 0x82,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  f32Eq: 0x5b,
  f32Ne: 0x5c,
  f32Lt: 0x5d,
  f32Gt: 0x5e,
  f32Le: 0x5f,
  f64Eq: 0x61,
  f64Ne: 0x62,
  f64Lt: 0x63,
  f64Gt: 0x64,
  f64Le: 0x65,
  f32Abs: 0x8b,
  f32Sqrt: 0x91,
  f32Add: 0x92,
  f32Sub: 0x93,
  f32Mul: 0x94,
  f32Div: 0x95,
  f32Min: 0x96,
  f32Max: 0x97,
  f64Abs: 0x99,
  f64Neg: 0x9a,
  f64Sqrt: 0x9f,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  f64Div: 0xa3,
  f64Min: 0xa4,
  f64Max: 0xa5,
  i32TruncF64S: 0xaa,
  i32TruncF64U: 0xab,
  i64TruncF64S: 0xb0,
  i64TruncF64U: 0xb1,
  f32ConvertI32S: 0xb2,
  f32ConvertI32U: 0xb3,
  f32ConvertI64S: 0xb4,
  f32ConvertI64U: 0xb5,
  f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7,
  f64ConvertI32U: 0xb8,
  f64ConvertI64S: 0xb9,
  f64ConvertI64U: 0xba,
  f64PromoteF32: 0xbb,
  i32ReinterpretF32: 0xbc,
  i64ReinterpretF64: 0xbd,
  f32ReinterpretI32: 0xbe,
  f64ReinterpretI64: 0xbf,
} as const;

/** Instructions with an alignment and an offset. */
export const MEM = {
  i32Load: 0x28,
  i64Load: 0x29,
  f64Load: 0x2b,
  i64Load8S: 0x30,
  i64Load8U: 0x31,
  i64Load16S: 0x32,
  i64Load16U: 0x33,
  i64Load32S: 0x34,
  i64Load32U: 0x35,
  i32Store: 0x36,
  i64Store: 0x37,
  f64Store: 0x39,
  i64Store8: 0x3c,
  i64Store16: 0x3d,
  i64Store32: 0x3e,
} as const;

const VOID = 0x40;
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const END = 0x0b;
const FIRST_BYTES = 4096;

/** A label that was opened: what branchTo() wants. */
export type Label = number;

export class Code {
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #depth = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  op(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    for (const byte of bytes) this.op(byte);
  }

  unsigned(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.op((rest % 128) | 128);
    this.op(rest);
  }

  /** A signed safe integer. */
  signed(value: number): void {
    let rest = value;
    for (; rest < -64 || rest > 63; rest = Math.floor(rest / 128))
      this.op((((rest % 128) + 128) % 128) | 128);
    this.op(rest & 127);
  }

  i32(value: number): void {
    this.op(0x41);
    this.signed(value | 0);
  }

  i64(value: number): void {
    assert(Number.isSafeInteger(value), () => `no constant: ${value}`);
    this.op(0x42);
    this.signed(value);
  }

  /** The i64 with just this bit set. */
  bit(number: number): void {
    this.i64(1);
    this.i64(number);
    this.op(OP.i64Shl);
  }

  float(format: 32 | 64, value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    this.op(format === 32 ? 0x43 : 0x44);
    if (format === 32) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    for (let at = 0; at < format >> 3; at++) this.op(view.getUint8(at));
  }

  call(index: number): void {
    this.op(0x10);
    this.unsigned(index);
  }

  get(local: number): void {
    this.op(0x20);
    this.unsigned(local);
  }

  set(local: number): void {
    this.op(0x21);
    this.unsigned(local);
  }

  tee(local: number): void {
    this.op(0x22);
    this.unsigned(local);
  }

  /** A load or store; the address is on the stack. No alignment is promised. */
  memory(op: number, offset: number = 0): void {
    this.op(op);
    this.op(0);
    this.unsigned(offset);
  }

  block(): Label {
    return this.#open(BLOCK, VOID);
  }

  loop(): Label {
    return this.#open(LOOP, VOID);
  }

  /** With a result when a type is given. */
  if(type: number = VOID): Label {
    return this.#open(IF, type);
  }

  end(): void {
    this.#depth -= 1;
    this.op(END);
  }

  branchTo(label: Label): void {
    this.op(0x0c);
    this.unsigned(this.#depth - label);
  }

  branchIf(label: Label): void {
    this.op(0x0d);
    this.unsigned(this.#depth - label);
  }

  /** The last label is taken for every index beyond the list. */
  branchTable(labels: readonly Label[]): void {
    this.op(0x0e);
    this.unsigned(labels.length - 1);
    for (const label of labels) this.unsigned(this.#depth - label);
  }

  /** The end of a function. */
  finish(): void {
    assert(this.#depth === 0, "a label is open");
    this.op(END);
  }

  #open(op: number, type: number): Label {
    this.op(op);
    this.op(type);
    this.#depth += 1;
    return this.#depth;
  }
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** A function body: its locals by type, and its instructions with the end. */
export interface Body {
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly code: Uint8Array;
}

export interface ImportedFunction {
  readonly name: string;
  readonly type: FunctionType;
}

/**
 * A module that imports `env.memory` and functions, and exports its own functions, all of one type,
 * as "0", "1" and so on. Calls count the imported functions first.
 */
export function encodeModule(
  imports: readonly ImportedFunction[],
  type: FunctionType,
  bodies: readonly Body[],
): Uint8Array {
  const out = new Code();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.op(byte);
  section(out, 1, imports.length + 1, (code) => {
    for (const { parameters, results } of [...imports.map((each) => each.type), type]) {
      code.op(0x60);
      list(code, parameters);
      list(code, results);
    }
  });
  section(out, 2, imports.length + 1, (code) => {
    name(code, "env");
    name(code, "memory");
    for (const byte of [2, 0, 1]) code.op(byte);
    for (const [index, each] of imports.entries()) {
      name(code, "env");
      name(code, each.name);
      code.op(0);
      code.unsigned(index);
    }
  });
  section(out, 3, bodies.length, (code) => {
    for (let n = 0; n < bodies.length; n++) code.unsigned(imports.length);
  });
  section(out, 7, bodies.length, (code) => {
    for (let n = 0; n < bodies.length; n++) {
      name(code, `${n}`);
      code.op(0);
      code.unsigned(imports.length + n);
    }
  });
  section(out, 10, bodies.length, (code) => {
    for (const body of bodies) putBody(code, body);
  });
  return out.bytes;
}

function section(out: Code, id: number, count: number, fill: (code: Code) => void): void {
  const inner = new Code();
  inner.unsigned(count);
  fill(inner);
  out.op(id);
  out.unsigned(inner.length);
  out.append(inner.bytes);
}

function putBody(code: Code, { locals, code: instructions }: Body): void {
  const inner = new Code();
  inner.unsigned(locals.length);
  for (const [count, type] of locals) {
    inner.unsigned(count);
    inner.op(type);
  }
  code.unsigned(inner.length + instructions.length);
  code.append(inner.bytes);
  code.append(instructions);
}

function list(code: Code, types: readonly number[]): void {
  code.unsigned(types.length);
  for (const type of types) code.op(type);
}

/** ASCII only. */
function name(code: Code, text: string): void {
  code.unsigned(text.length);
  for (let at = 0; at < text.length; at++) code.op(text.charCodeAt(at));
}
