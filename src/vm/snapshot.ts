// A machine at one instant. Its pages are shared copy-on-write with the machine and with every other
// snapshot, so taking one costs a few kilobytes. It holds references into the page pool: release it.

import { assert } from "../base/assert.ts";
import type { MachineConfig } from "./config.ts";
import type { CoreHost } from "./core-host.ts";
import type { Want } from "./devices/board.ts";
import type { VirtualMachine, VmSnapshot } from "./virtual-machine.ts";
import type { IoState } from "./devices/io-state.ts";
import {
  CPU,
  CPU_BYTES,
  DEVICE_WORDS,
  DEVICES,
  LEAF_PAGES,
  PAGE_BYTES,
  STAGING,
  TOP,
} from "./layout.ts";

const CPU_WORDS = CPU_BYTES >> 2;
const TOP_AT = CPU_WORDS + DEVICE_WORDS;

/** Everything of a machine but its pages: CPU block, device block, and the page map's top level. */
export type StateBlock = Uint32Array;

export interface SavedMachine {
  readonly block: StateBlock;
  readonly io: IoState;
  readonly want: Want | undefined;
  readonly isTracking: boolean;
}

export function leafCount(config: MachineConfig): number {
  return Math.ceil(config.ramBytes / (PAGE_BYTES * LEAF_PAGES));
}

/** A block of a machine that has never run: all zero. */
export function emptyBlock(config: MachineConfig): StateBlock {
  return new Uint32Array(TOP_AT + leafCount(config));
}

/** Copies the active machine's blocks out of the core. */
export function copyOut(host: CoreHost, block: StateBlock): void {
  const words = host.words;
  block.set(words.subarray(CPU >> 2, (CPU >> 2) + CPU_WORDS), 0);
  block.set(words.subarray(DEVICES >> 2, (DEVICES >> 2) + DEVICE_WORDS), CPU_WORDS);
  block.set(words.subarray(TOP >> 2, (TOP >> 2) + block.length - TOP_AT), TOP_AT);
}

/** Copies them in. */
export function copyIn(host: CoreHost, block: StateBlock): void {
  const words = host.words;
  words.set(block.subarray(0, CPU_WORDS), CPU >> 2);
  words.set(block.subarray(CPU_WORDS, TOP_AT), DEVICES >> 2);
  words.set(block.subarray(TOP_AT), TOP >> 2);
}

/** The word of a block that holds what layout.ts places at `address` of the CPU block. */
export function blockWord(block: StateBlock, address: number): number {
  return block[(address - CPU) >> 2];
}

/** One more holder of the pages under a block. */
export function retainPages(host: CoreHost, block: StateBlock): void {
  host.words.set(block.subarray(TOP_AT), STAGING >> 2);
  host.exports.retainTop(STAGING, block.length - TOP_AT);
}

export function releasePages(host: CoreHost, block: StateBlock): void {
  host.words.set(block.subarray(TOP_AT), STAGING >> 2);
  host.exports.releaseTop(STAGING, block.length - TOP_AT);
}

/** What a debugger can look into: a machine that executes instructions; else undefined. */
export function emulated(snapshot: VmSnapshot): MachineSnapshot | undefined {
  return snapshot instanceof MachineSnapshot ? snapshot : undefined;
}

export class MachineSnapshot implements VmSnapshot {
  readonly config: MachineConfig;
  readonly saved: SavedMachine;
  readonly #host: CoreHost;
  readonly #make: (snapshot: MachineSnapshot) => VirtualMachine;
  #holders: number;

  /** Takes over one reference to the block's pages. */
  constructor(
    host: CoreHost,
    config: MachineConfig,
    saved: SavedMachine,
    make: (snapshot: MachineSnapshot) => VirtualMachine,
  ) {
    this.config = config;
    this.saved = saved;
    this.#host = host;
    this.#make = make;
    this.#holders = 1;
  }

  createMachine(): VirtualMachine {
    return this.#make(this);
  }

  get isAlive(): boolean {
    return this.#holders > 0;
  }

  belongsTo(host: CoreHost): boolean {
    return this.#host === host;
  }

  /** One more holder: each calls release() once. */
  retain(): this {
    assert(this.isAlive, "a released snapshot was retained");
    this.#holders += 1;
    return this;
  }

  release(): void {
    assert(this.isAlive, "a snapshot was released twice");
    this.#holders -= 1;
    if (this.#holders === 0) releasePages(this.#host, this.saved.block);
  }
}
