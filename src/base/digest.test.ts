// The identity of runs: whatever is mixed in a different way gives another digest, and a digest that
// is restored goes on as if it had never been interrupted.

import { crc32 as zlibCrc } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "./crc32.ts";
import { Digest, hashBytes } from "./digest.ts";

function digestOf(mix: (digest: Digest) => void): string {
  const digest = new Digest();
  mix(digest);
  return digest.toString();
}

describe("digest", () => {
  it("is the same on every machine and in every version", () => {
    const text = digestOf((digest) => {
      digest.text("actor");
      digest.integer(-1);
      digest.integer(Number.MAX_SAFE_INTEGER);
      digest.bytes(Uint8Array.from([1, 2, 3, 4, 5]));
    });
    expect(text).toMatchInlineSnapshot(`"8fb3586c0ab8953f"`);
    expect(text).toMatch(/^[0-9a-f]{16}$/);
  });

  it("tells lengths, splits and orders apart", () => {
    const samples = [
      digestOf((d) => d.text("ab")),
      digestOf((d) => d.text("ba")),
      digestOf((d) => (d.text("a"), d.text("b"))),
      digestOf((d) => (d.text(""), d.text("ab"))),
      digestOf((d) => d.bytes(Uint8Array.from([0x61, 0x62]))),
      digestOf((d) => d.bytes(Uint8Array.from([0x61, 0x62, 0]))),
      digestOf((d) => d.bytes(Uint8Array.from([0x61, 0x62, 0, 0]))),
      digestOf((d) => d.integer(0)),
      digestOf((d) => d.integer(4_294_967_296)),
      digestOf((d) => d.integer(-4_294_967_296)),
      digestOf(() => undefined),
    ];
    expect(new Set(samples).size).toBe(samples.length);
  });

  it("changes with any single bit of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, bit) => {
        const other = bytes.slice();
        const at = bit % (8 * bytes.length);
        other[at >> 3] = (other[at >> 3] as number) ^ (1 << (at & 7));
        expect(hashBytes(other)).not.toBe(hashBytes(bytes));
      }),
    );
  });

  it("does not collide in a hundred thousand small inputs", () => {
    const seen = new Set<string>();
    for (let value = 0; value < 100_000; value++) seen.add(digestOf((d) => d.integer(value)));
    expect(seen.size).toBe(100_000);
  });

  it("goes on from a snapshot, also when it was used in between", () => {
    const digest = new Digest();
    digest.text("before");
    const kept = digest.snapshot();
    digest.text("after");
    const expected = digest.toString();
    digest.text("something else");
    digest.restore(kept);
    digest.text("after");
    expect(digest.toString()).toBe(expected);
  });
});

describe("crc32", () => {
  it("has the standard's check value", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  it("detects every single flipped bit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (bytes, bit) => {
        const other = bytes.slice();
        const at = bit % (8 * bytes.length);
        other[at >> 3] = (other[at >> 3] as number) ^ (1 << (at & 7));
        expect(crc32(other)).not.toBe(crc32(bytes));
      }),
    );
  });

  it.skipIf(typeof zlibCrc !== "function")("agrees with the platform's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(crc32(bytes)).toBe(zlibCrc(bytes));
      }),
    );
  });
});
