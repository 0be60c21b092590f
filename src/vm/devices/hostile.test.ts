import { describe, expect, it } from "vitest";
import { Driver, INDIRECT, NEXT, WRITE } from "../../../test/support/vm/driver.ts";
import { storm } from "../../../test/support/vm/hostile-rings.ts";
import { CONFIG, RAM } from "../../../test/support/vm/load-core.ts";

const NEEDS_RESET = 0x40;
const BUFFER = RAM + 0x200000;

describe("a hostile driver", () => {
  const breaches: readonly (readonly [string, (driver: Driver) => void])[] = [
    [
      "a loop",
      (d) => d.describe(d.desc(0, 1), 0, { address: BUFFER, length: 64, flags: NEXT, next: 0 }),
    ],
    [
      "a buffer outside RAM",
      (d) => d.describe(d.desc(0, 1), 0, { address: 0x1000, length: 64, flags: 0, next: 0 }),
    ],
    [
      "a buffer across the end",
      (d) =>
        d.describe(d.desc(0, 1), 0, {
          address: RAM + CONFIG.ramBytes - 8,
          length: 64,
          flags: 0,
          next: 0,
        }),
    ],
    [
      "no length",
      (d) => d.describe(d.desc(0, 1), 0, { address: BUFFER, length: 0, flags: 0, next: 0 }),
    ],
    [
      "a huge length",
      (d) => d.describe(d.desc(0, 1), 0, { address: RAM, length: 0xffffffff, flags: 0, next: 0 }),
    ],
    [
      "a wild next",
      (d) => d.describe(d.desc(0, 1), 0, { address: BUFFER, length: 64, flags: NEXT, next: 999 }),
    ],
    [
      "a writable buffer to send",
      (d) => d.describe(d.desc(0, 1), 0, { address: BUFFER, length: 64, flags: WRITE, next: 0 }),
    ],
    [
      "an indirect table not negotiated",
      (d) => d.describe(d.desc(0, 1), 0, { address: BUFFER, length: 64, flags: INDIRECT, next: 0 }),
    ],
    ["an index far ahead", (d) => d.offer(0, 1, [0], 9)],
    ["a wild head", (d) => d.offer(0, 1, [77], 1)],
  ];
  it.each(breaches)("%s stops the device until it is reset", (_name, prepare) => {
    const driver = new Driver();
    driver.start(0, 0, 2, 8);
    driver.describe(driver.desc(0, 1), 0, { address: BUFFER, length: 72, flags: 0, next: 0 });
    driver.offer(0, 1, [0], 1);
    prepare(driver);
    expect(driver.notify(0, 1)).toEqual({ kind: "limit" });
    expect(driver.status(0) & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(driver.notify(0, 1)).toEqual({ kind: "limit" });
    driver.start(0, 0, 2, 8);
    expect(driver.status(0)).toBe(15);
    driver.describe(driver.desc(0, 1), 0, { address: BUFFER, length: 72, flags: 0, next: 0 });
    driver.offer(0, 1, [0], 1);
    expect(driver.notify(0, 1).kind).toBe("output");
  });

  it("queues that reach outside RAM never become ready", () => {
    for (const [offset, value] of [
      [0x80, 0x80000008],
      [0x84, 1],
      [0x90, 0xfffffffe],
      [0xa0, 4],
      [0x38, 3],
      [0x38, 0],
      [0x38, 512],
    ] as const) {
      const driver = new Driver();
      driver.start(0, 0, 2, 8);
      const at = (register: number): number => driver.register(0, register);
      driver.poke(at(0x44), 0);
      driver.poke(at(offset), value);
      driver.poke(at(0x44), 1);
      expect(driver.status(0) & NEEDS_RESET).toBe(NEEDS_RESET);
    }
  });

  it("survives thousands of random rings, the same way twice", () => {
    const first = storm("a", 4000);
    expect(storm("a", 4000)).toEqual(first);
    expect(storm("b", 4000).hash).not.toBe(first.hash);
    const all = ["network", "disk", "entropy", "received", "broken", "read ok", "write ok"];
    expect(first.seen.has("too many commands in flight")).toBe(false);
    for (const what of all) expect([what, (first.seen.get(what) ?? 0) > 100]).toEqual([what, true]);
  });
});
