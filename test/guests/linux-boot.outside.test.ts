// Debian's kernel on our machine, with a program of ours as /init: what it prints on the way, how many
// steps it takes against what QEMU 7.2 counted for the same kernel and command line, and that two
// boots are one. Needs the cache of `npm run guests:debian`.

import { describe, expect, it } from "vitest";
import { readCached, readManifest } from "../../src/cli/debian/cache.ts";
import { POWERED_ON, SoloMachine } from "../../src/testbed/solo.ts";
import { loadTestRuntime } from "../support/runtime.ts";
import { CONFIG } from "../support/vm/load-core.ts";
import { COMMAND_LINE, tinyInitramfs, WORD } from "../support/vm/tiny-boot.ts";

const manifest = readManifest();
const kernel = manifest && readCached(manifest.kernel);
if (kernel === undefined)
  process.stderr.write(
    "linux-boot: no kernel in the cache (npm run guests:debian), 3 tests not run\n",
  );

/** A boot takes seconds, and minutes where others compute as well. */
const PATIENCE = 900_000;
/** To the first instruction of /init: -icount shift=3, minimal firmware and device tree, 128 MiB. */
const QEMU_STEPS = 261_395_743;
const MOST_STEPS = 600_000_000;

interface Boot {
  readonly console: string;
  /** When the first byte of /init's word was printed. */
  readonly steps: number;
  readonly end: { readonly kind: string };
  readonly hash: string;
}

function boot(commandLine: string, ramBytes = 128 << 20): Boot {
  const machine = loadTestRuntime().createMachine({ ...CONFIG, ramBytes, firmware: "sbi" });
  const initramfs = tinyInitramfs();
  const loaded = machine.loadLinux({ kernel: kernel as Uint8Array, initramfs, commandLine });
  if (!loaded.ok) throw new Error(loaded.error);
  let console = "";
  let steps = 0;
  const print = (bytes: Uint8Array): void => {
    console += new TextDecoder().decode(bytes);
    if (steps === 0 && console.endsWith("H")) steps = machine.count;
  };
  const solo = new SoloMachine(machine, POWERED_ON, { entropy: "boot", print });
  const bounds = { count: MOST_STEPS, ticks: Number.MAX_SAFE_INTEGER, events: 1_000_000 };
  const end = { kind: solo.run(bounds) };
  return { console, steps, end, hash: machine.stateHash() };
}

describe.skipIf(kernel === undefined)("Debian's kernel", () => {
  it("reaches /init in as many steps as under QEMU, within a tenth, and powers off; twice the same", {
    timeout: PATIENCE,
  }, () => {
    const [one, two] = [boot(COMMAND_LINE), boot(COMMAND_LINE)];
    const share = one.steps / QEMU_STEPS;
    process.stdout.write(
      `linux-boot: ${one.steps} steps to /init, ${share.toFixed(3)} of QEMU's\n`,
    );
    expect(one.console.startsWith(WORD.replace("\n", "\r\n"))).toBe(true);
    expect(one.console).toMatch(/reboot: Power down\s*$/);
    expect(one.end).toEqual({ kind: "halt" });
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1.1);
    expect(two).toEqual(one);
  });

  it("finds the devices of the board, and says nothing that sounds like a complaint about them", {
    timeout: PATIENCE,
  }, () => {
    const { console } = boot(COMMAND_LINE.replace(" quiet", ""));
    for (const line of [
      "SBI specification v2.0 detected",
      "SBI TIME extension detected",
      "SBI SRST extension detected",
      "SBI DBCN extension detected",
      "mapped 31 interrupts with 1 handlers for 2 contexts",
      "10000000.serial: ttyS0 at MMIO 0x10000000",
      "is a 16550A",
      "random: crng init done",
      "Run /init as init process",
    ])
      expect(console).toContain(line);
    for (const word of [/\bBUG\b/, /WARNING:/, /Call Trace/, /Unable to handle/, /rcu.*stall/])
      expect(console).not.toMatch(word);
  });

  it("panics without enough RAM, as under QEMU, and the panic is on the console", {
    timeout: PATIENCE,
  }, () => {
    const { console } = boot(`${COMMAND_LINE} earlycon=uart8250,mmio,0x10000000`, 64 << 20);
    expect(console).toContain("memblocks_present: Failed to allocate 33554432 bytes");
  });
});
