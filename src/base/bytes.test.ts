// Codecs read back what they wrote, however the writer has to grow; reading past the end is refused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  fromHex,
  toHex,
  utf8Decode,
  utf8Encode,
} from "./bytes.ts";

const field = fc.oneof(
  fc.record({ kind: fc.constantFrom("u8" as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({
    kind: fc.constantFrom("u16" as const, "u16be" as const),
    value: fc.integer({ min: 0, max: 0xffff }),
  }),
  fc.record({
    kind: fc.constantFrom("u32" as const, "u32be" as const),
    value: fc.integer({ min: 0, max: 0xffff_ffff }),
  }),
  fc.record({ kind: fc.constant("u64" as const), value: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant("sized" as const),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({ kind: fc.constant("text" as const), value: fc.string({ unit: "binary" }) }),
);
type Field = typeof field extends fc.Arbitrary<infer F> ? F : never;

function write(out: ByteWriter, { kind, value }: Field): void {
  if (kind === "sized") out.sized(value);
  else if (kind === "text") out.text(value);
  else out[kind](value);
}

describe("writer and reader", () => {
  it("give back any sequence of fields, from any initial capacity", () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), fc.nat(20), (fields, capacity) => {
        const out = new ByteWriter(capacity);
        for (const one of fields) write(out, one);
        const bytes = out.finish();
        expect(bytes.length).toBe(out.length);
        const input = new ByteReader(bytes);
        for (const { kind, value } of fields) expect(input[kind]()).toEqual(value);
        expect(input.left).toBe(0);
        expect(input.offset).toBe(bytes.length);
      }),
    );
  });

  it("keep the first bytes when one field outgrows everything before it", () => {
    const out = new ByteWriter(1).u8(7).u32(0x01020304).bytes(new Uint8Array(1000).fill(9)).u16(5);
    const bytes = out.finish();
    expect([...bytes.subarray(0, 6)]).toEqual([7, 4, 3, 2, 1, 9]);
    expect([...bytes.subarray(1004)]).toEqual([9, 5, 0]);
  });

  it("let what was finished go: later writes do not reach it", () => {
    const out = new ByteWriter(8).u8(1);
    const before = out.finish();
    out.u8(2);
    expect([...before]).toEqual([1]);
    expect([...out.finish()]).toEqual([1, 2]);
  });

  it("put the network's order and our own where they belong", () => {
    const bytes = new ByteWriter().u16(0x0102).u16be(0x0102).u32be(0x01020304).finish();
    expect(toHex(bytes)).toBe("0201010201020304");
  });

  it("refuse what is no u64", () => {
    for (const bad of [-1, 0.5, 9_007_199_254_740_992, Number.NaN])
      expect(() => new ByteWriter().u64(bad)).toThrow("not a u64");
  });

  it("refuse to read past the end, wherever the end is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), fc.nat(7), (bytes, cut) => {
        const input = new ByteReader(bytes.subarray(0, cut));
        expect(() => input.u64()).toThrow(RangeError);
        expect(input.left).toBe(cut);
      }),
    );
  });

  it("read a view in the middle of a buffer at the right offset", () => {
    const whole = Uint8Array.from([9, 9, 1, 0, 0, 0, 9]);
    expect(new ByteReader(whole.subarray(2, 6)).u32()).toBe(1);
  });
});

describe("text", () => {
  it("is UTF-8, as the platform's own encoder has it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = utf8Encode(text);
        expect([...bytes]).toEqual([...new TextEncoder().encode(text)]);
        expect(utf8Decode(bytes)).toBe(text);
      }),
    );
  });

  // Was a defect (bytes.ts, utf8Encode): half a surrogate pair becomes three bytes of no UTF-8.
  it("has a replacement character for half a surrogate pair", () => {
    for (const half of ["\ud800", "a\udc00b"])
      expect([...utf8Encode(half)]).toEqual([...new TextEncoder().encode(half)]);
  });

  it("decodes any bytes at all, and never into a lone surrogate", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = utf8Decode(bytes);
        expect(utf8Decode(utf8Encode(text))).toBe(text);
        expect(/\p{Surrogate}/u.test(text)).toBe(false);
      }),
    );
  });

  it("gives one replacement character for each bad byte", () => {
    const bad: readonly (readonly number[])[] = [
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
      [0xe2, 0x82],
    ];
    for (const bytes of bad)
      expect(utf8Decode(Uint8Array.from(bytes))).toBe("\ufffd".repeat(bytes.length));
    expect(utf8Decode(Uint8Array.from([0x61, 0xe2, 0x62]))).toBe("a\ufffdb");
  });
});

describe("byte strings", () => {
  it("survive hexadecimal, joining and comparison", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }), (parts) => {
        const joined = concatBytes(parts);
        expect([...joined]).toEqual(parts.flatMap((part) => [...part]));
        expect(fromHex(toHex(joined))).toEqual(joined);
        expect(toHex(joined)).toBe(Buffer.from(joined).toString("hex"));
        expect(equalBytes(joined, joined.slice())).toBe(true);
        if (joined.length === 0) return;
        const other = joined.slice();
        other[other.length - 1] = (other[other.length - 1] as number) ^ 1;
        expect(equalBytes(joined, other)).toBe(false);
        expect(equalBytes(joined, joined.subarray(1))).toBe(false);
      }),
    );
  });

  it("have an even number of hexadecimal digits", () => {
    expect(() => fromHex("abc")).toThrow("odd number");
  });
});
