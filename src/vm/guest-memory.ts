// Guest physical memory as devices, the loader and a debugger see it: bounds-checked, little-endian,
// and written through the same copy-on-write and dirty point as the guest's own stores.

import { assert } from "../base/assert.ts";
import { type CoreHost, PoolExhausted } from "./core-host.ts";
import { PAGE_BYTES, RAM_BASE, RESERVATION, RESERVED } from "./layout.ts";

const RESERVATION_BYTES = 8;

/** Valid while its machine is the active one. */
export class GuestMemory {
  readonly #host: CoreHost;
  readonly #end: number;

  constructor(host: CoreHost, ramBytes: number) {
    this.#host = host;
    this.#end = RAM_BASE + ramBytes;
  }

  /** Whether [address, address + length) lies in RAM. Any numbers may be asked. */
  contains(address: number, length: number): boolean {
    return address >= RAM_BASE && length >= 0 && address + length <= this.#end;
  }

  /** A copy. */
  read(address: number, length: number): Uint8Array {
    assert(this.contains(address, length), () => `read outside RAM: ${address}+${length}`);
    const out = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const from = address + at;
      const offset = from % PAGE_BYTES;
      const size = Math.min(PAGE_BYTES - offset, length - at);
      const host = (this.#host.exports.pageForRead(pageOf(from)) >>> 0) + offset;
      out.set(this.#host.bytes.subarray(host, host + size), at);
      at += size;
    }
    return out;
  }

  /**
   * Device writes and debugger writes. They end a reservation on bytes that they touch (unprivileged
   * specification, chapter A: an SC must fail if a device wrote to what LR read).
   */
  write(address: number, bytes: Uint8Array): void {
    assert(
      this.contains(address, bytes.length),
      () => `write outside RAM: ${address}+${bytes.length}`,
    );
    this.#endReservation(address, bytes.length);
    let at = 0;
    while (at < bytes.length) {
      const to = address + at;
      const offset = to % PAGE_BYTES;
      const size = Math.min(PAGE_BYTES - offset, bytes.length - at);
      const host = this.#host.exports.pageForWrite(pageOf(to)) >>> 0;
      if (host === 0xffffffff) throw new PoolExhausted(this.#host.maxPages);
      this.#host.bytes.set(bytes.subarray(at, at + size), host + offset);
      at += size;
    }
  }

  u8(address: number): number {
    assert(this.contains(address, 1), () => `read outside RAM: ${address}`);
    const host = this.#host.exports.pageForRead(pageOf(address)) >>> 0;
    return this.#host.bytes[host + (address % PAGE_BYTES)];
  }

  u16(address: number): number {
    return this.u8(address) | (this.u8(address + 1) << 8);
  }

  setU16(address: number, value: number): void {
    this.write(address, Uint8Array.of(value & 255, (value >> 8) & 255));
  }

  #endReservation(address: number, length: number): void {
    const words = this.#host.words;
    if (words[RESERVED >> 2] === 0) return;
    const reserved = words[RESERVATION >> 2] + words[(RESERVATION >> 2) + 1] * 4294967296;
    if (address >= reserved + RESERVATION_BYTES || address + length <= reserved) return;
    words.fill(0, RESERVED >> 2, (RESERVED >> 2) + 4);
  }
}

function pageOf(address: number): number {
  return Math.floor((address - RAM_BASE) / PAGE_BYTES);
}
