// For tests: a kernel `Image` that is a few words of assembler, and a machine with firmware under it.

import type { Machine } from "../../../src/vm/machine.ts";
import { assemble, type Item } from "./assembler.ts";
import { CONFIG, newRuntime } from "./load-core.ts";

const HEADER_BYTES = 64;
const JUMP_OVER_HEADER = 0x0400006f;
export const KERNEL_AT = 0x80200000;

/** The header of a flat Image at 2 MiB, then the program; execution begins with the program. */
export function imageOf(program: Uint8Array): Uint8Array {
  const image = new Uint8Array(HEADER_BYTES + program.length);
  const view = new DataView(image.buffer);
  view.setUint32(0, JUMP_OVER_HEADER, true);
  view.setBigUint64(8, 0x200000n, true);
  view.setBigUint64(16, BigInt(image.length), true);
  view.setUint32(56, 0x05435352, true);
  image.set(program, HEADER_BYTES);
  return image;
}

/** Stands at the first word of `items`, in supervisor mode. */
export function kernelMachine(
  items: readonly (Item | readonly Item[])[],
  initramfs: Uint8Array = new Uint8Array(0),
): Machine {
  const machine = newRuntime().createMachine({ ...CONFIG, firmware: "sbi" });
  const kernel = imageOf(assemble(items));
  const loaded = machine.loadLinux({ kernel, initramfs, commandLine: "console=ttyS0" });
  if (!loaded.ok) throw new Error(loaded.error);
  machine.run(1);
  return machine;
}
