// Byte codecs: a growing writer and a bounds-checked reader, in both byte orders (the network's is
// big-endian, the log channel's and the disk's little-endian), and text without TextEncoder.

import { assert } from "./assert.ts";

export class ByteWriter {
  #bytes: Uint8Array;
  #length: number;

  /** With exactly the capacity that is written, `finish` hands the buffer over without a copy. */
  constructor(capacity: number = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
    return this;
  }

  u32(value: number): this {
    this.#put32(this.#room(4), value);
    return this;
  }

  /** A safe integer as 64 bits, little-endian. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, () => `not a u64: ${value}`);
    const at = this.#room(8);
    this.#put32(at, value);
    this.#put32(at + 4, Math.floor(value / 4294967296));
    return this;
  }

  u16be(value: number): this {
    const at = this.#room(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32be(value: number): this {
    const at = this.#room(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  /** 48 bits: a MAC address. */
  u48be(value: number): this {
    return this.u16be(Math.floor(value / 4294967296)).u32be(value);
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** A length-prefixed (u32) byte string. */
  sized(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  text(value: string): this {
    return this.sized(utf8Encode(value));
  }

  /** Overwrites four bytes that were written before. */
  patchU32(at: number, value: number): this {
    assert(at + 4 <= this.#length, () => `patch past the end at ${at}`);
    this.#put32(at, value);
    return this;
  }

  /** What was written from `at` on, without a copy: to be read before the next write. */
  written(at: number): Uint8Array {
    return this.#bytes.subarray(at, this.#length);
  }

  /** The bytes; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  #put32(at: number, value: number): void {
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value >>> 16;
    this.#bytes[at + 3] = value >>> 24;
  }

  /** Where `size` bytes may go. May replace the buffer: ask before touching it. */
  #room(size: number): number {
    const at = this.#length;
    this.#length = at + size;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }
}

/** Reading past the end is a RangeError of the reader's own: callers check `left` or catch it. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#at = 0;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get offset(): number {
    return this.#at;
  }

  u8(): number {
    return this.#byte(this.#take(1));
  }

  u16(): number {
    const at = this.#take(2);
    return this.#byte(at) | (this.#byte(at + 1) << 8);
  }

  u32(): number {
    return this.#word(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    return this.#word(at) + this.#word(at + 4) * 4294967296;
  }

  u16be(): number {
    const at = this.#take(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  u32be(): number {
    const high = this.u16be();
    return high * 65536 + this.u16be();
  }

  /** 48 bits: a MAC address. */
  u48be(): number {
    const high = this.u16be();
    return high * 4294967296 + this.u32be();
  }

  /** A view, not a copy: bytes on the wire are immutable once sent. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  sized(): Uint8Array {
    return this.bytes(this.u32());
  }

  text(): string {
    return utf8Decode(this.sized());
  }

  /** Of what was taken: it is there. */
  #byte(at: number): number {
    return this.#bytes[at] as number;
  }

  #word(at: number): number {
    const high = (this.#byte(at + 2) << 16) | (this.#byte(at + 3) << 24);
    return (this.#byte(at) | (this.#byte(at + 1) << 8) | high) >>> 0;
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new RangeError(`read past the end at ${at}`);
    this.#at = at + size;
    return at;
  }
}

/** Nearly all text is ASCII, a byte a character. */
export function utf8Encode(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) return encodeAny(text);
    out[at] = code;
  }
  return out;
}

function encodeAny(text: string): Uint8Array {
  const out: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0xfffd;
    // Half a surrogate pair is no character.
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      out.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return Uint8Array.from(out);
}

/** Never fails: a malformed sequence becomes U+FFFD, one for each bad byte. */
export function utf8Decode(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const [code, size] = decodeOne(bytes, at);
    text += String.fromCodePoint(code);
    at += size;
  }
  return text;
}

function decodeOne(bytes: Uint8Array, at: number): readonly [number, number] {
  const first = bytes[at] as number;
  if (first < 0x80) return [first, 1];
  const size = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (size === 1 || first >= 0xf5 || at + size > bytes.length) return [0xfffd, 1];
  let code = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] as number;
    if ((next & 0xc0) !== 0x80) return [0xfffd, 1];
    code = (code << 6) | (next & 63);
  }
  const least = size === 4 ? 0x10000 : size === 3 ? 0x800 : 0x80;
  const isValid = code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isValid ? [code, size] : [0xfffd, 1];
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const HEX = "0123456789abcdef";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (HEX[byte >> 4] as string) + (HEX[byte & 15] as string);
  return text;
}

export function fromHex(text: string): Uint8Array {
  assert(text.length % 2 === 0, "odd number of hex digits");
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
