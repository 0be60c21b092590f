// For tests: a guest that stores what it is told to, and a virtio driver made of such stores.

import type { Exit } from "../../../src/vm/exit.ts";
import type { Machine } from "../../../src/vm/machine.ts";
import type { MachineConfig, VmRuntime } from "../../../src/vm/runtime.ts";
import { addi, assemble, beq, jal, ld, li, sw } from "./assembler.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "./load-core.ts";

const TABLE = RAM + 0x1000;
const TABLE_BYTES = 0x10000;
const PAIR_BYTES = 16;

/** Stores one (address, word) pair after another, and spins on the next pair until it is there. */
const POKER = assemble([
  "start",
  li(5, TABLE),
  li(9, TABLE + TABLE_BYTES),
  "loop",
  ld(6, 5, 0),
  beq(6, 0, "loop"),
  ld(7, 5, 8),
  sw(7, 6, 0),
  addi(5, 5, PAIR_BYTES),
  beq(5, 9, "start"),
  jal(0, "loop"),
]);

export interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

export class Driver {
  readonly machine: Machine;
  #pokes: number;

  constructor(runtime: VmRuntime = newRuntime(), config: MachineConfig = CONFIG) {
    this.machine = machineWith(POKER, runtime, config);
    this.#pokes = 0;
  }

  /** Has the guest store a word; the exit that the store made, or "limit". */
  poke(address: number, value: number): Exit {
    const at = TABLE + (this.#pokes % (TABLE_BYTES / PAIR_BYTES)) * PAIR_BYTES;
    this.#pokes += 1;
    // The pair before is cleared, so that the guest stops here the next time around.
    const pair = new DataView(new ArrayBuffer(PAIR_BYTES));
    pair.setBigUint64(0, BigInt(address), true);
    pair.setBigUint64(8, BigInt(value >>> 0), true);
    this.machine.writeMemory(at, new Uint8Array(pair.buffer));
    const exit = this.machine.run(this.machine.count + 40);
    if (exit.kind !== "request") this.machine.writeMemory(at, new Uint8Array(PAIR_BYTES));
    return exit;
  }

  /** After a request was answered: lets the store happen. */
  again(): Exit {
    const exit = this.machine.run(this.machine.count + 40);
    const at = TABLE + ((this.#pokes - 1) % (TABLE_BYTES / PAIR_BYTES)) * PAIR_BYTES;
    this.machine.writeMemory(at, new Uint8Array(PAIR_BYTES));
    return exit;
  }

  register(slot: number, offset: number): number {
    return 0x10001000 + slot * 0x1000 + offset;
  }

  /** Brings a device up with VERSION_1 and the given lower features; queues have `num` entries. */
  start(slot: number, features: number, queues: number, num: number): void {
    const set = (offset: number, value: number): Exit =>
      this.poke(this.register(slot, offset), value);
    set(0x70, 0);
    set(0x70, 3);
    set(0x24, 0);
    set(0x20, features);
    set(0x24, 1);
    set(0x20, 1);
    set(0x70, 11);
    for (let queue = 0; queue < queues; queue++) {
      set(0x30, queue);
      set(0x38, num);
      set(0x80, this.desc(slot, queue));
      set(0x84, 0);
      set(0x90, this.avail(slot, queue));
      set(0x94, 0);
      set(0xa0, this.used(slot, queue));
      set(0xa4, 0);
      set(0x44, 1);
      this.machine.writeMemory(this.desc(slot, queue), new Uint8Array(0x3000));
    }
    set(0x70, 15);
  }

  notify(slot: number, queue: number): Exit {
    return this.poke(this.register(slot, 0x50), queue);
  }

  desc(slot: number, queue: number): number {
    return RAM + 0x100000 + slot * 0x10000 + queue * 0x4000;
  }

  avail(slot: number, queue: number): number {
    return this.desc(slot, queue) + 0x1000;
  }

  used(slot: number, queue: number): number {
    return this.desc(slot, queue) + 0x2000;
  }

  describe(table: number, index: number, item: Descriptor): void {
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setBigUint64(0, BigInt(item.address), true);
    bytes.setUint32(8, item.length, true);
    bytes.setUint16(12, item.flags, true);
    bytes.setUint16(14, item.next, true);
    this.machine.writeMemory(table + 16 * index, new Uint8Array(bytes.buffer));
  }

  /** Makes descriptor chains available: the ring holds `heads`, and the index says how many. */
  offer(slot: number, queue: number, heads: readonly number[], index: number): void {
    heads.forEach((head, i) => {
      this.machine.writeMemory(
        this.avail(slot, queue) + 4 + 2 * i,
        Uint8Array.of(head & 255, head >> 8),
      );
    });
    this.machine.writeMemory(
      this.avail(slot, queue) + 2,
      Uint8Array.of(index & 255, (index >> 8) & 255),
    );
  }

  /** Makes more chains available behind those that are. */
  offerMore(slot: number, queue: number, heads: readonly number[], num: number): void {
    const ring = this.avail(slot, queue);
    const index = this.word(ring) >>> 16;
    heads.forEach((head, i) => {
      const at = ring + 4 + 2 * ((index + i) % num);
      this.machine.writeMemory(at, Uint8Array.of(head & 255, (head >> 8) & 255));
    });
    const next = (index + heads.length) & 0xffff;
    this.machine.writeMemory(ring + 2, Uint8Array.of(next & 255, next >> 8));
  }

  usedIndex(slot: number, queue: number): number {
    return this.word(this.used(slot, queue)) >>> 16;
  }

  word(address: number): number {
    return new DataView(this.machine.readMemory(address, 4).buffer).getUint32(0, true);
  }

  /** The status register, read from outside the guest: it lies in the exported device words. */
  status(slot: number): number {
    const words = new DataView(this.machine.exportState().buffer);
    const config = 4 + 2 + 8 + 8 + 6 + 1;
    return words.getUint32(config + 1024 + (128 + 64 * slot) * 4, true);
  }
}
