// The encoder against the engine that reads it: numbers of every length, labels, and whole modules.

import { describe, expect, it } from "vitest";
import { Code, encodeModule, F64, type FunctionType, I32, I64, MEM, OP } from "./encoder.ts";

const TO_LONG: FunctionType = { parameters: [I64], results: [I64] };

type Function = (...values: readonly unknown[]) => unknown;

function build(fill: (code: Code) => void, type: FunctionType = TO_LONG): Function {
  const code = new Code();
  fill(code);
  code.finish();
  const body = { locals: [[1, I64] as const], code: code.bytes };
  const bytes = encodeModule([], type, [body]) as Uint8Array<ArrayBuffer>;
  expect(WebAssembly.validate(bytes)).toBe(true);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports["0"] as Function;
}

describe("numbers", () => {
  it("come out of a function as they went into its code", () => {
    const constant: FunctionType = { parameters: [], results: [I64] };
    const values: number[] = [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    for (let power = 1; power < Number.MAX_SAFE_INTEGER / 2; power *= 2)
      for (const near of [-1, 0, 1]) values.push(power + near, near - power);
    for (const value of values)
      expect(build((code) => code.i64(value), constant)()).toBe(BigInt(value));
  });

  it("of 32 bits wrap", () => {
    const constant: FunctionType = { parameters: [], results: [I32] };
    for (const value of [0, 1, -1, 63, 64, 127, 128, 0x7fffffff, -0x80000000])
      expect(build((code) => code.i32(value), constant)()).toBe(value);
    expect(build((code) => code.i32(0xffffffff), constant)()).toBe(-1);
  });

  it("of floating point keep their bits", () => {
    const constant: FunctionType = { parameters: [], results: [F64] };
    for (const value of [0, -0, 1.5, 5e-324, 1.7976931348623157e308, -2147483649])
      expect(build((code) => code.float(64, value), constant)()).toBe(value);
  });

  it("that are no safe integers are refused", () => {
    expect(() => new Code().i64(Number.MAX_SAFE_INTEGER + 1)).toThrow("no constant");
  });
});

describe("labels", () => {
  it("are found from any depth", () => {
    const sum = build((code) => {
      const out = code.block();
      const again = code.loop();
      code.get(0);
      code.op(OP.i64Eqz);
      code.branchIf(out);
      code.get(1);
      code.get(0);
      code.op(OP.i64Add);
      code.set(1);
      code.get(0);
      code.i64(1);
      code.op(OP.i64Sub);
      code.tee(0);
      code.i64(50);
      code.op(OP.i64GtS);
      code.if();
      code.branchTo(again);
      code.end();
      code.branchTo(again);
      code.end();
      code.end();
      code.get(1);
    });
    expect(sum(100n)).toBe(5050n);
  });

  it("make a table whose last one is the default", () => {
    const pick = build(
      (code) => {
        const labels = [code.block(), code.block(), code.block()];
        code.get(0);
        code.branchTable(labels);
        for (const result of [30, 20]) {
          code.end();
          code.i64(result);
          code.op(OP.return);
        }
        code.end();
        code.i64(10);
      },
      { parameters: [I32], results: [I64] },
    );
    expect([0, 1, 2, 3, -1].map((index) => pick(index))).toEqual([10n, 20n, 30n, 30n, 30n]);
  });

  it("that stay open are a mistake", () => {
    const code = new Code();
    code.block();
    expect(() => code.finish()).toThrow("a label is open");
  });
});

describe("modules", () => {
  it("have as many functions as they were given, more than a byte can count", () => {
    const type: FunctionType = { parameters: [], results: [I64] };
    const bodies = Array.from({ length: 300 }, (_, n) => {
      const code = new Code();
      code.i64(n * 1000);
      code.finish();
      return { locals: [], code: code.bytes };
    });
    const bytes = encodeModule([], type, bodies) as Uint8Array<ArrayBuffer>;
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory },
    });
    expect((exports["299"] as Function)()).toBe(299_000n);
  });

  it("read and write the memory that they are given", () => {
    const swap = build((code) => {
      code.i32(0);
      code.memory(MEM.i64Load, 64);
      code.i32(0);
      code.get(0);
      code.memory(MEM.i64Store, 64);
    });
    expect([swap(5n), swap(-7n), swap(0n)]).toEqual([0n, 5n, -7n]);
  });

  it("call what they import", () => {
    const type: FunctionType = { parameters: [I64], results: [I64] };
    const code = new Code();
    code.get(0);
    code.call(0);
    code.finish();
    const bodies = [{ locals: [], code: code.bytes }];
    const bytes = encodeModule([{ name: "double", type }], type, bodies);
    const env = {
      memory: new WebAssembly.Memory({ initial: 1 }),
      double: (value: bigint) => value * 2n,
    };
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    const { exports } = new WebAssembly.Instance(module, { env });
    expect((exports["0"] as Function)(21n)).toBe(42n);
  });
});
