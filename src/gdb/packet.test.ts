// Goal: packets survive the way there and back, however they are cut; what is damaged is never taken
// for one. Method: the examples of GDB's manual, and random texts in random pieces.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";
import { encodePacket, PACKET_BYTES, PacketReader } from "./packet.ts";

function read(text: string): readonly object[] {
  return new PacketReader().read(utf8Encode(text));
}

describe("packets", () => {
  it("have a checksum of two digits, and escapes where a character has a meaning", () => {
    expect(utf8Decode(encodePacket("OK"))).toBe("$OK#9a");
    expect(utf8Decode(encodePacket(""))).toBe("$#00");
    // 0x2a would start a run: `}` and 0x0a.
    expect([...encodePacket("*")]).toEqual([0x24, 0x7d, 0x0a, 0x23, 0x38, 0x37]);
  });

  it("are read one after the other, with interrupts and requests to send again between", () => {
    expect(read("+$g#67\x03$?#3f-")).toEqual([
      { kind: "packet", text: "g" },
      { kind: "interrupt" },
      { kind: "packet", text: "?" },
      { kind: "resend" },
    ]);
  });

  it("are damaged with another checksum, an escape at the end, or too much in them", () => {
    expect(read("$g#68$g#67")).toEqual([{ kind: "damaged" }, { kind: "packet", text: "g" }]);
    expect(read("$}#7d")).toEqual([{ kind: "damaged" }]);
    expect(read(`$${"a".repeat(PACKET_BYTES + 1)}#00$g#67`)).toEqual([
      { kind: "damaged" },
      { kind: "packet", text: "g" },
    ]);
  });

  it("begin anew at a dollar sign", () => {
    expect(read("$m800$g#67")).toEqual([{ kind: "packet", text: "g" }]);
  });

  it("come back as they were, in any pieces", () => {
    const texts = fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), (sent, size) => {
        const bytes = concatBytes(sent.map(encodePacket));
        const reader = new PacketReader();
        const events = [];
        for (let at = 0; at < bytes.length; at += size)
          events.push(...reader.read(bytes.subarray(at, at + size)));
        expect(events).toEqual(sent.map((text) => ({ kind: "packet", text })));
      }),
    );
  });
});
