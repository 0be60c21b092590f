// Commands and replies read back; a damaged one is as good as lost.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeCommand,
  decodeRecord,
  decodeReply,
  encodeCommand,
  encodeRecord,
  encodeReply,
  type StorageBody,
  type StorageCommand,
  type StorageReply,
} from "./storage-wire.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const name = fc.string({ unit: "binary", maxLength: 12 });
const data = fc.uint8Array({ maxLength: 1_200 });
const body: fc.Arbitrary<StorageBody> = fc.oneof(
  fc.record({
    kind: fc.constant("read" as const),
    ioId: u32,
    sector: fc.maxSafeNat(),
    sectorCount: u32,
  }),
  fc.record({
    kind: fc.constant("member-read" as const),
    ioId: u32,
    sector: fc.maxSafeNat(),
    sectorCount: u32,
  }),
  fc.record({ kind: fc.constant("write" as const), ioId: u32, sector: fc.maxSafeNat(), data }),
  fc.record({ kind: fc.constant("flush" as const), ioId: u32 }),
  fc.record({ kind: fc.constant("test-and-set" as const), generation: u32, owner: name }),
  fc.record({ kind: fc.constant("inquire" as const) }),
  fc.record({ kind: fc.constant("open" as const), generation: u32, primary: name, backup: name }),
);
const command: fc.Arbitrary<StorageCommand> = fc.record({
  vm: name,
  initiator: name,
  session: u32,
  tag: u32,
  fence: fc.record({ generation: u32, owner: name }),
  body,
});
const reply: fc.Arbitrary<StorageReply> = fc.record({
  session: u32,
  tag: u32,
  status: fc.constantFrom("ok" as const, "fenced", "error", "won", "lost"),
  data,
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const other = bytes.slice();
  const at = bit % (8 * bytes.length);
  other[at >> 3] = (other[at >> 3] as number) ^ (1 << (at & 7));
  return other;
}

describe("storage messages", () => {
  it("carry the record of a VM, or nothing that could be taken for one", () => {
    const record = { generation: 3, primary: "h1", backup: "h2", winner: "" };
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(decodeRecord(encodeRecord(record).subarray(0, 9))).toBeUndefined();
  });

  it("read back", () => {
    fc.assert(
      fc.property(command, reply, (one, other) => {
        expect(decodeCommand(encodeCommand(one))).toEqual(one);
        expect(decodeReply(encodeReply(other))).toEqual(other);
      }),
    );
  });

  it("with any flipped bit, cut off or padded, are no messages", () => {
    fc.assert(
      fc.property(command, reply, fc.nat(), fc.nat(), (one, other, bit, cut) => {
        const [first, second] = [encodeCommand(one), encodeReply(other)];
        expect(decodeCommand(flip(first, bit))).toBeUndefined();
        expect(decodeReply(flip(second, bit))).toBeUndefined();
        expect(decodeCommand(first.subarray(0, cut % first.length))).toBeUndefined();
        expect(decodeReply(second.subarray(0, cut % second.length))).toBeUndefined();
        expect(decodeCommand(Uint8Array.from([...first, 0]))).toBeUndefined();
      }),
    );
  });

  it("are never made out of noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        expect(decodeCommand(noise)).toBeUndefined();
        expect(decodeReply(noise)).toBeUndefined();
      }),
    );
  });
});
