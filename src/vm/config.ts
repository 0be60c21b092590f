// What a machine is made of. Two machines with different configurations never have equal hashes.

import { assert } from "../base/assert.ts";

/** Decisions that the specification names; a variant replaces one of them (design D13). */
export interface VmRules {
  /**
   * Paper 3.4. On: what a disk read brought reaches guest memory only with its completion entry,
   * and a write's data is copied when it is issued. Off: see landDiskData and diskBuffer.
   */
  readonly bounceBuffers: boolean;
}

/** Who answers an ecall of supervisor mode: the guest's own machine mode, or the emulator (sbi.ts). */
export type Firmware = "none" | "sbi";

export interface MachineConfig {
  /** A multiple of 4096, at most 1 GiB. */
  readonly ramBytes: number;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** The disk's size in sectors of 512 bytes; 0 leaves slot 1 with an empty disk. */
  readonly diskSectors: number;
  readonly firmware: Firmware;
  readonly rules: VmRules;
  /** Who sets a missing A or D bit of a page table entry: the machine (unless told), or a page fault's handler. */
  readonly accessedDirty?: "hardware" | "fault";
  /** Where a test program has its word `tohost` (devices/htif.ts): a multiple of 8 in RAM. */
  readonly tohost?: number;
}

const PAGE_BYTES = 4096;
const RAM_BASE = 0x80000000;
const MOST_RAM = 0x40000000;
const MAC_BYTES = 6;

export function checkConfig({ ramBytes, mac, diskSectors, tohost }: MachineConfig): void {
  assert(
    ramBytes > 0 && ramBytes % PAGE_BYTES === 0,
    () => `RAM of ${ramBytes} bytes: not whole pages`,
  );
  assert(ramBytes <= MOST_RAM, () => `RAM of ${ramBytes} bytes: more than 1 GiB`);
  assert(mac.length === MAC_BYTES, "a MAC address has six bytes");
  assert(
    Number.isSafeInteger(diskSectors) && diskSectors >= 0,
    () => `a disk of ${diskSectors} sectors`,
  );
  if (tohost === undefined) return;
  const isInRam = tohost >= RAM_BASE && tohost < RAM_BASE + ramBytes && tohost % 8 === 0;
  assert(isInRam, () => `tohost at ${tohost}`);
}
