// The device tree against the device tree compiler, where the system has it: it decompiles what we
// wrote, and what it compiles of that again is a tree with the same content.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { deviceTree } from "./device-tree.ts";

const hasCompiler = spawnSync("dtc", ["--version"]).error === undefined;
if (!hasCompiler) process.stderr.write("device-tree: dtc is not installed, 1 test not run\n");

function compile(from: string, to: string, input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync("dtc", ["-q", "-I", from, "-O", to], { input });
  expect([status, stderr.toString()]).toEqual([0, ""]);
  return stdout;
}

describe.skipIf(!hasCompiler)("the device tree compiler", () => {
  it("reads the tree, and finds in it what it finds in its own", () => {
    const initrd = { start: 0x86000000, end: 0x87000000 };
    const tree = deviceTree({ ramBytes: 128 << 20, commandLine: "console=ttyS0 quiet", initrd });
    const source = compile("dtb", "dts", tree);
    expect(source.toString()).toContain('compatible = "sifive,plic-1.0.0"');
    expect(source.toString()).toContain('bootargs = "console=ttyS0 quiet"');
    const again = compile("dts", "dtb", source);
    expect(compile("dtb", "dts", again).toString()).toBe(source.toString());
  });
});
