// The guest judged outside of our machine: under QEMU, by Python's sockets over QEMU's network; its
// TCP and its write-ahead log, compiled for this host, against scripted peers and crashing disks.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

const FOLDER = join(ROOT, "guests", "test");

it("kv serves, crashes and recovers under QEMU", () => {
  const output = execFileSync("python3", [join(FOLDER, "qemu.test.py")], {
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(output).not.toMatch(/FAILED/);
}, 300_000);

it("probe answers every command under QEMU", () => {
  const output = execFileSync("python3", [join(FOLDER, "probe.test.py")], {
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(output).not.toMatch(/FAILED/);
}, 120_000);

it("the guest's TCP survives scripted peers and lossy wires", () => {
  execFileSync("bash", [join(FOLDER, "tcp-test.sh")], { stdio: "pipe" });
}, 300_000);

it("the guest's log survives crashes of a simulated disk", () => {
  execFileSync("bash", [join(FOLDER, "crash-test.sh")], { stdio: "pipe" });
}, 300_000);
