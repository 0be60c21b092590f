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
    const out = new Uint8Array(length);
    this.copy(address, length, out, 0);
    return out;
  }

  /** Copies to `out`, from its index `start` on. */
  copy(address: number, length: number, out: Uint8Array, start: number): void {
    assert(this.contains(address, length), () => `read outside RAM: ${address}+${length}`);
    let at = 0;
    while (at < length) {
      const from = address + at;
      const size = Math.min(PAGE_BYTES - (from % PAGE_BYTES), length - at);
      const host = this.#readable(from);
      out.set(this.#host.bytes.subarray(host, host + size), start + at);
      at += size;
    }
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
      const size = Math.min(PAGE_BYTES - (to % PAGE_BYTES), bytes.length - at);
      const host = this.#writable(to);
      const part = size === bytes.length ? bytes : bytes.subarray(at, at + size);
      this.#host.bytes.set(part, host);
      at += size;
    }
  }

  u8(address: number): number {
    assert(this.contains(address, 1), () => `read outside RAM: ${address}`);
    const host = this.#readable(address);
    return this.#host.bytes[host];
  }

  u16(address: number): number {
    if (isOnTwoPages(address, 2)) return this.u8(address) | (this.u8(address + 1) << 8);
    assert(this.contains(address, 2), () => `read outside RAM: ${address}+2`);
    const host = this.#readable(address);
    const { bytes } = this.#host;
    return bytes[host] | (bytes[host + 1] << 8);
  }

  u32(address: number): number {
    return this.u16(address) + this.u16(address + 2) * 65_536;
  }

  setU8(address: number, value: number): void {
    assert(this.contains(address, 1), () => `write outside RAM: ${address}`);
    this.#endReservation(address, 1);
    const host = this.#writable(address);
    this.#host.bytes[host] = value;
  }

  setU16(address: number, value: number): void {
    if (isOnTwoPages(address, 2)) {
      this.setU8(address, value);
      this.setU8(address + 1, value >>> 8);
      return;
    }
    assert(this.contains(address, 2), () => `write outside RAM: ${address}+2`);
    this.#endReservation(address, 2);
    const host = this.#writable(address);
    const { bytes } = this.#host;
    bytes[host] = value;
    bytes[host + 1] = value >>> 8;
  }

  setU32(address: number, value: number): void {
    this.setU16(address, value);
    this.setU16(address + 2, value >>> 16);
  }

  /** Where a byte of RAM is in the core's memory. */
  #readable(address: number): number {
    return (this.#host.exports.pageForRead(pageOf(address)) >>> 0) + (address % PAGE_BYTES);
  }

  #writable(address: number): number {
    const page = this.#host.exports.pageForWrite(pageOf(address)) >>> 0;
    if (page === 0xffffffff) throw new PoolExhausted(this.#host.maxPages);
    return page + (address % PAGE_BYTES);
  }

  #endReservation(address: number, length: number): void {
    const words = this.#host.words;
    if (words[RESERVED >> 2] === 0) return;
    const reserved = words[RESERVATION >> 2] + words[(RESERVATION >> 2) + 1] * 4294967296;
    if (address >= reserved + RESERVATION_BYTES || address + length <= reserved) return;
    words.fill(0, RESERVED >> 2, (RESERVED >> 2) + 4);
  }
}

function isOnTwoPages(address: number, length: number): boolean {
  return (address % PAGE_BYTES) + length > PAGE_BYTES;
}

function pageOf(address: number): number {
  return Math.floor((address - RAM_BASE) / PAGE_BYTES);
}
