// Laying a kernel out in RAM: where things go, and one line for each file that is cut or absurd.

import { describe, expect, it } from "vitest";
import { imageOf } from "../../test/support/vm/kernel.ts";
import { layOutLinux, type LinuxProgram } from "./linux-image.ts";

const RAM = 0x80000000;
const RAM_BYTES = 16 << 20;
const KERNEL = imageOf(new Uint8Array(10_000));
const PROGRAM: LinuxProgram = {
  kernel: KERNEL,
  initramfs: new Uint8Array(5_000).fill(7),
  commandLine: "quiet",
};

function changed(at: number, value: bigint): Uint8Array {
  const kernel = KERNEL.slice();
  new DataView(kernel.buffer).setBigUint64(at, value, true);
  return kernel;
}

describe("a kernel's layout", () => {
  it("has the kernel where its header says, and the rest at the end of RAM", () => {
    const laidOut = layOutLinux(PROGRAM, RAM_BYTES);
    if (!laidOut.ok) throw new Error(laidOut.error);
    const { entry, deviceTree, segments } = laidOut.value;
    expect([entry, segments.length]).toEqual([RAM + 0x200000, 3]);
    expect(segments.map(({ bytes }) => bytes.length).slice(0, 2)).toEqual([KERNEL.length, 5_000]);
    const [kernel, initramfs, tree] = segments;
    expect(kernel?.address).toBe(entry);
    expect(tree?.address).toBe(deviceTree);
    expect((initramfs?.address ?? 0) + 5_000).toBeLessThanOrEqual(deviceTree);
    expect(deviceTree + (tree?.bytes.length ?? 0)).toBeLessThanOrEqual(RAM + RAM_BYTES);
    for (const { address } of segments) expect(address % 4096).toBe(0);
  });

  it("tells the kernel where its first file system lies, if it has one", () => {
    const treeOf = (initramfs: Uint8Array): string => {
      const laidOut = layOutLinux({ ...PROGRAM, initramfs }, RAM_BYTES);
      if (!laidOut.ok) throw new Error(laidOut.error);
      return new TextDecoder("latin1").decode(laidOut.value.segments[2]?.bytes);
    };
    expect(treeOf(PROGRAM.initramfs)).toContain("linux,initrd-start");
    expect(treeOf(new Uint8Array(0))).not.toContain("linux,initrd-start");
  });
});

describe("what is refused", () => {
  const cases: readonly (readonly [string, Partial<LinuxProgram>, RegExp])[] = [
    ["no file", { kernel: new Uint8Array(0) }, /^kernel: 0 bytes, shorter than its header$/],
    ["a cut header", { kernel: KERNEL.slice(0, 63) }, /63 bytes, shorter/],
    [
      "another format",
      { kernel: new Uint8Array(100) },
      /no RISC-V Image \(wrong magic at byte 56\)/,
    ],
    ["gzip", { kernel: Uint8Array.of(0x1f, 0x8b, ...new Uint8Array(62)) }, /compressed by gzip/],
    ["big-endian", { kernel: changed(24, 1n) }, /big-endian/],
    ["a crooked offset", { kernel: changed(8, 4_096n) }, /text offset 4096 .* 2 MiB/],
    [
      "a wild offset",
      { kernel: changed(8, 0xffff_ffff_ffe0_0000n) },
      /too many for 16777216 bytes/,
    ],
    [
      "a size below the file's",
      { kernel: changed(16, 64n) },
      /10064 bytes in the file, 64 in memory/,
    ],
    ["a wild size", { kernel: changed(16, 1n << 63n) }, /too many for 16777216 bytes of RAM/],
    [
      "a large initramfs",
      { initramfs: new Uint8Array(14 << 20) },
      /initramfs \(14680064\) .* too many/,
    ],
    [
      "a long command line",
      { commandLine: "x".repeat(1_024) },
      /command line: 1024 bytes, at most 1023/,
    ],
  ];
  it.each(cases)("%s", (_name, change, line) => {
    const laidOut = layOutLinux({ ...PROGRAM, ...change }, RAM_BYTES);
    expect(laidOut.ok ? "accepted" : laidOut.error).toMatch(line);
  });
});
