// Numbers and byte strings in guest memory, where two guest pages that follow each other lie anywhere
// in the core's memory.

import { describe, expect, it } from "vitest";
import type { CoreHost } from "./core-host.ts";
import { GuestMemory } from "./guest-memory.ts";
import { PAGE_BYTES, RAM_BASE, RESERVATION, RESERVED } from "./layout.ts";

/** Guest page 0 is the core's page 5, guest page 1 its page 3. */
const PLACES = [5, 3];
const END = RAM_BASE + 2 * PAGE_BYTES;
const BORDER = RAM_BASE + PAGE_BYTES;

function twoPages(): { readonly memory: GuestMemory; readonly words: Uint32Array } {
  const buffer = new ArrayBuffer(8 * PAGE_BYTES);
  const words = new Uint32Array(buffer);
  const place = (page: number): number => (PLACES[page] as number) * PAGE_BYTES;
  const host = {
    exports: { pageForRead: place, pageForWrite: place },
    bytes: new Uint8Array(buffer),
    words,
    maxPages: 2,
  } as unknown as CoreHost;
  return { memory: new GuestMemory(host, 2 * PAGE_BYTES), words };
}

describe("numbers in guest memory", () => {
  it("are little-endian, on one page and on two", () => {
    for (const at of [RAM_BASE + 8, BORDER - 4, BORDER - 3, BORDER - 2, BORDER - 1, END - 4]) {
      const { memory } = twoPages();
      memory.setU32(at, 0x89abcdef);
      expect([...memory.read(at, 4)], `at ${at - RAM_BASE}`).toEqual([0xef, 0xcd, 0xab, 0x89]);
      expect(memory.u32(at)).toBe(0x89abcdef);
      expect(memory.u16(at + 1)).toBe(0xabcd);
      memory.setU16(at + 1, 0x1234);
      expect(memory.u32(at)).toBe(0x891234ef);
      memory.setU8(at + 3, 0x77);
      expect(memory.u32(at)).toBe(0x771234ef);
    }
  });

  it("lie in RAM or nowhere", () => {
    const { memory } = twoPages();
    expect(() => memory.u16(END - 1)).toThrow("outside RAM");
    expect(() => memory.setU16(END - 1, 1)).toThrow("outside RAM");
    expect(() => memory.setU8(RAM_BASE - 1, 1)).toThrow("outside RAM");
    expect(() => memory.u32(END - 2)).toThrow("outside RAM");
  });

  it("end a reservation on their bytes, and no other", () => {
    for (const [at, isHeld] of [
      [RAM_BASE + 62, true],
      [RAM_BASE + 63, false],
      [RAM_BASE + 71, false],
      [RAM_BASE + 72, true],
    ] as const) {
      const { memory, words } = twoPages();
      words[RESERVED >> 2] = 1;
      words[RESERVATION >> 2] = RAM_BASE + 64;
      memory.setU16(at, 0xffff);
      expect(words[RESERVED >> 2] !== 0, `at ${at - RAM_BASE}`).toBe(isHeld);
    }
  });
});

it("copies byte strings across pages, to any place", () => {
  const { memory } = twoPages();
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  memory.write(BORDER - 50, bytes);
  expect(memory.read(BORDER - 50, 100)).toEqual(bytes);
  const out = new Uint8Array(12);
  memory.copy(BORDER - 5, 10, out, 1);
  expect([...out]).toEqual([0, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 0]);
});
