// Log entries and messages read back exactly; damaged entries are refused and never replayed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, concatBytes } from "../base/bytes.ts";
import {
  decodeEntry,
  encodeEntry,
  entryBytes,
  type EntryBody,
  hashEntry,
  type LogEntry,
} from "./log-entry.ts";
import { packed, plainLength } from "./compression.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 200 });
const body: fc.Arbitrary<EntryBody> = fc.oneof(
  fc.record({ kind: fc.constant("timer" as const) }),
  fc.record({ kind: fc.constant("net-rx" as const), frames: fc.array(bytes, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant("disk-done" as const),
    ioId: u32,
    status: fc.constantFrom("ok" as const, "error" as const),
    data: bytes,
  }),
  fc.record({ kind: fc.constant("uart-rx" as const), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant("time" as const), ticks: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("entropy" as const), bytes }),
  fc.record({
    kind: fc.constant("output" as const),
    outputClass: fc.constantFrom("network" as const, "console" as const, "disk" as const),
    ordinal: fc.maxSafeNat(),
    ioId: u32,
    hash: fc.string({ unit: fc.constantFrom("0", "1", "9", "a", "f"), maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant("progress" as const),
    state: fc.constantFrom("running" as const, "waiting" as const),
  }),
);
const entry: fc.Arbitrary<LogEntry> = fc.record({
  lsn: fc.maxSafeNat(),
  count: fc.maxSafeNat(),
  phase: fc.constantFrom("before" as const, "during" as const),
  group: fc.maxSafeNat(),
  isGroupEnd: fc.boolean(),
  clock: fc.integer({ min: -4_000_000_000_000_000, max: 5_000_000_000_000_000 }),
  body,
});
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant("entries" as const),
    generation: u32,
    entries: fc.array(entry, { maxLength: 6 }),
    releasedThrough: fc.maxSafeNat(),
  }),
  fc.record({
    kind: fc.constant("ack" as const),
    generation: u32,
    through: fc.maxSafeNat(),
    executed: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constant("hello" as const), generation: u32, next: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant("heartbeat" as const),
    generation: u32,
    sequence: fc.maxSafeNat(),
  }),
);

function flip(of: Uint8Array, bit: number): Uint8Array {
  const other = of.slice();
  const at = bit % (8 * of.length);
  other[at >> 3] = (other[at >> 3] as number) ^ (1 << (at & 7));
  return other;
}

function decodeOrRefuse(encoded: Uint8Array): LogEntry | undefined {
  try {
    return decodeEntry(new ByteReader(encoded));
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return undefined;
  }
}

describe("log entries", () => {
  it("read back, one after the other", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const input = new ByteReader(concatBytes(entries.map(encodeEntry)));
        for (const one of entries) expect(decodeEntry(input)).toEqual(one);
        expect(input.left).toBe(0);
        for (const one of entries) expect(entryBytes(one)).toBe(encodeEntry(one).length);
      }),
    );
  });

  it("with any flipped bit or cut off are refused", () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat(), (one, bit, cut) => {
        const encoded = encodeEntry(one);
        expect(decodeOrRefuse(flip(encoded, bit))).toBeUndefined();
        expect(decodeOrRefuse(encoded.subarray(0, cut % encoded.length))).toBeUndefined();
      }),
    );
  });

  it("are told apart by what they say and where, not by their lsn", () => {
    fc.assert(
      fc.property(entry, entry, (a, b) => {
        const isSame = (x: LogEntry, y: LogEntry): boolean =>
          JSON.stringify([x.count, x.phase, x.body]) === JSON.stringify([y.count, y.phase, y.body]);
        expect(hashEntry({ ...a, lsn: b.lsn, clock: b.clock, group: b.group })).toBe(hashEntry(a));
        expect(hashEntry(a) === hashEntry(b)).toBe(isSame(a, b));
      }),
    );
  });
});

describe("messages", () => {
  it("read back", () => {
    fc.assert(
      fc.property(message, (one) => {
        expect(decodeMessage(encodeMessage(one))).toEqual(one);
      }),
    );
  });

  it("cut off are none", () => {
    fc.assert(
      fc.property(message, fc.nat(), (one, cut) => {
        const encoded = encodeMessage(one);
        expect(decodeMessage(encoded.subarray(0, cut % encoded.length))).toBeUndefined();
      }),
    );
  });

  it("are read out of noise without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        expect(() => decodeMessage(noise)).not.toThrow();
      }),
    );
  });

  it("bring no entry that is not whole: one damaged, all refused", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), fc.nat(), (entries, bit) => {
        const encoded = encodeMessage({
          kind: "entries",
          generation: 1,
          entries,
          releasedThrough: 0,
        });
        const head = 1 + 4 + 8 + 4;
        const damaged = encoded.slice();
        damaged.set(flip(encoded.subarray(head), bit), head);
        expect(decodeMessage(damaged)).toBeUndefined();
      }),
    );
  });
});

describe("packed messages (R-7.5)", () => {
  const entries = fc.record({
    kind: fc.constant("entries" as const),
    generation: u32,
    entries: fc.array(entry, { maxLength: 12 }),
    releasedThrough: fc.maxSafeNat(),
  });
  const frames = Array.from({ length: 8 }, (_, at) => ({
    lsn: at + 1,
    count: 1_000 * at,
    phase: "before" as const,
    group: at + 1,
    isGroupEnd: true,
    clock: at,
    body: { kind: "net-rx" as const, frames: [new Uint8Array(600).fill(at)] },
  }));
  const wire = encodeMessage({
    kind: "entries",
    generation: 7,
    entries: frames,
    releasedThrough: 3,
  });

  it("read back, are never longer, and say how long they were", () => {
    fc.assert(
      fc.property(entries, (one) => {
        const plain = encodeMessage(one);
        const short = packed(plain);
        expect(short.length).toBeLessThanOrEqual(plain.length);
        expect(plainLength(short)).toBe(plain.length);
        expect(decodeMessage(short)).toEqual(one);
      }),
    );
  });

  it("are much shorter where the log repeats itself", () => {
    expect(packed(wire).length).toBeLessThan(wire.length / 5);
    expect(packed(wire)).toEqual(packed(wire.slice()));
  });

  it("with any flipped bit behind their generation, or cut off, are refused", () => {
    const short = packed(wire);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (bit, cut) => {
        const damaged = short.slice();
        damaged.set(flip(short.subarray(5), bit), 5);
        expect(decodeMessage(damaged)).toBeUndefined();
        expect(decodeMessage(short.subarray(0, cut % short.length))).toBeUndefined();
      }),
    );
  });

  it("that unpack to more or less than they say, or say too much, are refused", () => {
    const short = packed(wire);
    const length = new ByteReader(short.subarray(5)).u32();
    for (const said of [0, 1, length - 1, length + 1, 2 * length, 0xffff_ffff]) {
      const lying = short.slice();
      new DataView(lying.buffer).setUint32(5, said, true);
      expect(decodeMessage(lying)).toBeUndefined();
    }
  });
});
