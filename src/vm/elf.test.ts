import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { parseElf } from "./elf.ts";
import { CONFIG, newRuntime, RAM } from "../../test/support/vm/load-core.ts";

const CODE = Uint8Array.of(0x13, 0x05, 0xa0, 0x02, 0x6f, 0x00, 0x00, 0x00);

/** One loadable segment, one symbol table with `_start` and `buffer`. */
function makeElf(): Uint8Array {
  const bytes = new Uint8Array(64 + 56 + 8 + 3 * 24 + 16 + 3 * 64);
  const view = new DataView(bytes.buffer);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  u64(24, RAM);
  u64(32, 64);
  const code = 64 + 56;
  const symbols = code + 8;
  const strings = symbols + 3 * 24;
  const sections = strings + 16;
  u64(40, sections);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  view.setUint32(64, 1, true);
  u64(64 + 8, code);
  u64(64 + 24, RAM);
  u64(64 + 32, 8);
  u64(64 + 40, 4096);
  bytes.set(CODE, code);
  const symbol = (index: number, name: number, address: number, size: number): void => {
    view.setUint32(symbols + index * 24, name, true);
    view.setUint16(symbols + index * 24 + 6, 1, true);
    u64(symbols + index * 24 + 8, address);
    u64(symbols + index * 24 + 16, size);
  };
  symbol(1, 1, RAM, 8);
  symbol(2, 8, RAM + 8, 64);
  bytes.set(
    Array.from("\0_start\0buffer\0", (c) => c.charCodeAt(0)),
    strings,
  );
  view.setUint32(sections + 64 + 4, 2, true);
  u64(sections + 64 + 24, symbols);
  u64(sections + 64 + 32, 3 * 24);
  view.setUint32(sections + 64 + 40, 2, true);
  view.setUint32(sections + 128 + 4, 3, true);
  u64(sections + 128 + 24, strings);
  u64(sections + 128 + 32, 16);
  return bytes;
}

describe("the ELF loader", () => {
  it("loads segments, sets pc and knows the symbols", () => {
    const machine = newRuntime().createMachine(CONFIG);
    const loaded = machine.loadElf(makeElf());
    if (!loaded.ok) throw new Error(loaded.error);
    expect(loaded.value.entry).toBe(BigInt(RAM));
    expect([...loaded.value.symbols]).toEqual([
      ["_start", { address: RAM, size: 8 }],
      ["buffer", { address: RAM + 8, size: 64 }],
    ]);
    machine.run(10);
    expect(machine.register(10)).toBe(42n);
  });

  it("says what is wrong and where", () => {
    const broken = (change: (view: DataView) => void): string => {
      const bytes = makeElf();
      change(new DataView(bytes.buffer));
      const result = parseElf(bytes, RAM, CONFIG.ramBytes);
      return result.ok ? "ok" : result.error;
    };
    expect(broken((view) => view.setUint8(0, 0))).toMatch(/magic at byte 0/);
    expect(broken((view) => view.setUint8(4, 1))).toMatch(/64-bit/);
    expect(broken((view) => view.setUint16(18, 62, true))).toMatch(/machine 62/);
    expect(broken((view) => view.setBigUint64(24, 4n, true))).toMatch(/entry 0x4 lies outside RAM/);
    expect(broken((view) => view.setBigUint64(64 + 40, 1n << 60n, true))).toMatch(/outside RAM/);
    expect(broken((view) => view.setBigUint64(64 + 40, 1n, true))).toMatch(/smaller in memory/);
    expect(broken((view) => view.setBigUint64(64 + 8, 1n << 63n, true))).toMatch(/past the end/);
    expect(broken((view) => view.setUint32(64, 4, true))).toMatch(/nothing to load/);
    expect(broken((view) => view.setUint32(64 + 56 + 8 + 72 + 16 + 64 + 40, 9, true))).toMatch(
      /section 9/,
    );
  });

  it("never throws on a truncated file", () => {
    const whole = makeElf();
    for (let length = 0; length < whole.length; length++)
      expect(parseElf(whole.subarray(0, length), RAM, CONFIG.ramBytes).ok).toBe(false);
  });

  it("never throws on a damaged file", () => {
    const random = new Prng("vm/elf");
    for (let round = 0; round < 5000; round++) {
      const bytes = makeElf();
      for (let n = 1 + random.below(4); n > 0; n--)
        bytes[random.below(bytes.length)] = random.below(256);
      const result = parseElf(bytes, RAM, CONFIG.ramBytes);
      if (!result.ok) expect(result.error).toMatch(/^ELF: /);
    }
  });
});
