// What every device sees of its machine: a block of register words in the core's memory, guest
// memory, interrupt lines, and the data of variable size. Devices are functions over a board and
// keep nothing of their own, so a snapshot is a copy of the words and of IoState.

import type { MachineConfig } from "../config.ts";
import type { CoreHost } from "../core-host.ts";
import type { Output } from "../exit.ts";
import { GuestMemory } from "../guest-memory.ts";
import { DEVICES, HALTED, MIP, MMIO_HIGH, MMIO_LOW } from "../layout.ts";
import type { IoState } from "./io-state.ts";

/** What a step asked of the host, if anything. */
export type Want =
  | { readonly kind: "time" }
  | { readonly kind: "entropy"; readonly length: number };

const BASE = DEVICES >> 2;

export class Board {
  readonly config: MachineConfig;
  readonly memory: GuestMemory;
  readonly #host: CoreHost;
  io: IoState;
  /** Leaves with the exit of the step that is being executed. */
  outputs: Output[];
  isDeadline: boolean;
  want: Want | undefined;

  constructor(host: CoreHost, config: MachineConfig, io: IoState) {
    this.config = config;
    this.memory = new GuestMemory(host, config.ramBytes);
    this.#host = host;
    this.io = io;
    this.outputs = [];
    this.isDeadline = false;
    this.want = undefined;
  }

  /** A register word, unsigned. */
  get(index: number): number {
    return this.#host.words[BASE + index];
  }

  set(index: number, value: number): void {
    this.#host.words[BASE + index] = value;
  }

  /** The value of the access under way. */
  get low(): number {
    return this.#host.words[MMIO_LOW >> 2];
  }

  get high(): number {
    return this.#host.words[MMIO_HIGH >> 2];
  }

  reply(low: number, high: number = 0): void {
    const words = this.#host.words;
    words[MMIO_LOW >> 2] = low;
    words[MMIO_HIGH >> 2] = high;
  }

  /** A word of the CPU block, by its address in layout.ts. */
  cpuWord(address: number): number {
    return this.#host.words[address >> 2];
  }

  setCpuWord(address: number, value: number): void {
    this.#host.words[address >> 2] = value;
  }

  /** Sets or clears one stored bit of mip. */
  setPending(bit: number, isPending: boolean): void {
    const old = this.cpuWord(MIP);
    this.setCpuWord(MIP, isPending ? old | bit : old & ~bit);
  }

  get isHalted(): boolean {
    return this.cpuWord(HALTED) !== 0;
  }

  powerOff(): void {
    this.setCpuWord(HALTED, 1);
  }
}
