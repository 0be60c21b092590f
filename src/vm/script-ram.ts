// RAM of a scripted machine: words with a hash that every store keeps up to date, so that hashing a
// machine costs nothing. The hash is a sum over all words that are not zero: it depends on the content
// only, not on the way there.

import { assert } from "../base/assert.ts";

export const PAGE_BYTES = 4096;
const PAGE_WORDS = PAGE_BYTES >> 2;

export class ScriptRam {
  readonly #words: Int32Array;
  /** Two sums of 32 bits. */
  #a: number;
  #b: number;
  /** Pages written since they were last taken, where that is kept. */
  #dirty: Set<number> | undefined;

  constructor(bytes: number) {
    assert(bytes > 0 && bytes % PAGE_BYTES === 0, () => `RAM of ${bytes} bytes: not whole pages`);
    this.#words = new Int32Array(bytes >> 2);
    this.#a = 0;
    this.#b = 0;
    this.#dirty = undefined;
  }

  get isTracking(): boolean {
    return this.#dirty !== undefined;
  }

  get hash(): readonly [number, number] {
    return [this.#a, this.#b];
  }

  load(word: number): number {
    const value = this.#words[word];
    assert(value !== undefined, () => `word ${word} is outside of RAM`);
    return value;
  }

  store(word: number, value: number): void {
    const before = this.load(word);
    const after = value | 0;
    if (before === after) return;
    this.#words[word] = after;
    this.#a = (this.#a - mixA(word, before) + mixA(word, after)) | 0;
    this.#b = (this.#b - mixB(word, before) + mixB(word, after)) | 0;
    this.#dirty?.add(Math.floor(word / PAGE_WORDS));
  }

  loadBytes(word: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++)
      bytes[at] = (this.#words[word + (at >> 2)] as number) >>> (8 * (at & 3));
    return bytes;
  }

  /** Whole words; what is left of the last one is zero. */
  storeBytes(word: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 4)
      this.store(
        word + (at >> 2),
        (bytes[at] as number) |
          ((bytes[at + 1] ?? 0) << 8) |
          ((bytes[at + 2] ?? 0) << 16) |
          ((bytes[at + 3] ?? 0) << 24),
      );
  }

  readPage(index: number): Uint8Array {
    return this.loadBytes(index * PAGE_WORDS, PAGE_BYTES);
  }

  writePage(index: number, bytes: Uint8Array): void {
    assert(bytes.length === PAGE_BYTES, "a page has 4096 bytes");
    this.storeBytes(index * PAGE_WORDS, bytes);
  }

  /** On: starts with no page dirty. */
  track(on: boolean): void {
    this.#dirty = on ? new Set() : undefined;
  }

  /** Ascending. */
  takeDirty(): readonly number[] {
    assert(this.#dirty !== undefined, "dirty pages are not tracked");
    const pages = [...this.#dirty].sort((x, y) => x - y);
    this.#dirty.clear();
    return pages;
  }

  /** Pages with anything but zeros in them, ascending. */
  written(): readonly number[] {
    const pages: number[] = [];
    for (let at = 0; at < this.#words.length; at += PAGE_WORDS)
      if (this.#words.subarray(at, at + PAGE_WORDS).some((word) => word !== 0))
        pages.push(at / PAGE_WORDS);
    return pages;
  }

  copyFrom(other: ScriptRam): void {
    this.#words.set(other.#words);
    this.#a = other.#a;
    this.#b = other.#b;
    this.#dirty = other.#dirty && new Set(other.#dirty);
  }

  copy(): ScriptRam {
    const copy = new ScriptRam(this.#words.byteLength);
    copy.copyFrom(this);
    return copy;
  }
}

/** Zero for a word that is zero: empty RAM has the hash zero, whatever its size. */
function mixA(word: number, value: number): number {
  return value === 0 ? 0 : mix(value, Math.imul(word + 1, 0x9e3779b1));
}

function mixB(word: number, value: number): number {
  return value === 0 ? 0 : mix(value ^ 0x5bd1e995, Math.imul(word + 1, 0x27d4eb2f));
}

function mix(value: number, place: number): number {
  let mixed = Math.imul(value ^ place, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
