// A rolling 64-bit digest as two 32-bit lanes, for the identity of runs and for payload hashes. Not
// cryptographic: it tells runs apart, it does not resist an adversary.

export interface DigestSnapshot {
  readonly a: number;
  readonly b: number;
}

export class Digest {
  #a: number;
  #b: number;

  constructor() {
    this.#a = 0x9e3779b9 | 0;
    this.#b = 0x85ebca6b | 0;
  }

  /** Mixes 32 bits. */
  word(value: number): void {
    const mixed = Math.imul(this.#a ^ value, 0x01000193);
    const lane = Math.imul(this.#b + value, 0xc2b2ae35);
    const rotated = (lane << 13) | (lane >>> 19);
    this.#a = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ rotated;
    this.#b = (Math.imul(rotated, 5) + 0xe6546b64 + this.#a) | 0;
  }

  /** Mixes a safe integer, sign and all. */
  integer(value: number): void {
    this.word(value | 0);
    this.word(Math.floor(value / 4294967296) | 0);
  }

  bytes(value: Uint8Array): void {
    const { length } = value;
    this.word(length);
    // The lanes live in locals here: a run digests tens of megabytes of frames.
    let a = this.#a;
    let b = this.#b;
    for (let at = 0; at < length; at += 4) {
      // Past the end a typed array reads undefined, which the bit operators take for 0.
      const word =
        (value[at] as number) |
        ((value[at + 1] as number) << 8) |
        ((value[at + 2] as number) << 16) |
        ((value[at + 3] as number) << 24);
      const mixed = Math.imul(a ^ word, 0x01000193);
      const lane = Math.imul(b + word, 0xc2b2ae35);
      b = (lane << 13) | (lane >>> 19);
      a = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ b;
      b = (Math.imul(b, 5) + 0xe6546b64 + a) | 0;
    }
    this.#a = a;
    this.#b = b;
  }

  /** UTF-16 code units, two a word: no encoding on the way, since runs digest megabytes of text. */
  text(value: string): void {
    const { length } = value;
    this.word(length);
    let a = this.#a;
    let b = this.#b;
    for (let at = 0; at < length; at += 2) {
      // Past the end charCodeAt is NaN, which the bit operators take for 0.
      const word = value.charCodeAt(at) | (value.charCodeAt(at + 1) << 16);
      const mixed = Math.imul(a ^ word, 0x01000193);
      const lane = Math.imul(b + word, 0xc2b2ae35);
      b = (lane << 13) | (lane >>> 19);
      a = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ b;
      b = (Math.imul(b, 5) + 0xe6546b64 + a) | 0;
    }
    this.#a = a;
    this.#b = b;
  }

  /**
   * Plain data: records by their keys in order of creation, which is the same in every run. Fields
   * of the outermost record that are named in `without` do not count.
   */
  plain(value: unknown, without?: ReadonlySet<string>): void {
    switch (typeof value) {
      case "number":
        this.integer(value);
        break;
      case "string":
        this.text(value);
        break;
      case "boolean":
        this.word(value ? 1 : 2);
        break;
      case "object":
        this.#record(value, without);
        break;
      default:
        this.word(3);
    }
  }

  #record(value: object | null, without: ReadonlySet<string> | undefined): void {
    if (value === null) {
      this.word(4);
      return;
    }
    for (const name of Object.getOwnPropertyNames(value)) {
      if (without?.has(name) === true) continue;
      this.word(nameHash(name));
      this.plain((value as Record<string, unknown>)[name]);
    }
    this.word(5);
  }

  /** Sixteen hexadecimal digits. */
  toString(): string {
    return hex64(this.#a, this.#b);
  }

  snapshot(): DigestSnapshot {
    return { a: this.#a, b: this.#b };
  }

  restore(snapshot: DigestSnapshot): void {
    this.#a = snapshot.a;
    this.#b = snapshot.b;
  }
}

/**
 * The digest of one byte string, sixteen hexadecimal digits. Byte strings are immutable, and the
 * same frame is hashed by whoever holds, logs, replays and reports it: the answer is remembered, where
 * hashing again would take longer than looking it up and forgetting it with the bytes.
 */
export function hashBytes(bytes: Uint8Array): string {
  if (bytes.length < WORTH_REMEMBERING) {
    const digest = new Digest();
    digest.bytes(bytes);
    return digest.toString();
  }
  const known = HASHES.get(bytes);
  if (known !== undefined) return known;
  const digest = new Digest();
  digest.bytes(bytes);
  const hash = digest.toString();
  HASHES.set(bytes, hash);
  return hash;
}

/** Field names are few and come back with every record. */
function nameHash(name: string): number {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const digest = new Digest();
  digest.text(name);
  const hash = digest.snapshot().a;
  if (NAMES.size < NAMES_MAX) NAMES.set(name, hash);
  return hash;
}

/** Memos of pure functions: without influence on anything but speed. */
const NAMES = new Map<string, number>();
const NAMES_MAX = 4_096;
/** Measured: an entry of a weak map takes about a microsecond, and the collector's time besides. */
const WORTH_REMEMBERING = 1_024;
const HASHES = new WeakMap<Uint8Array, string>();

/** In one call: parts put together would be a chain that every reader has to flatten first. */
function hex64(high: number, low: number): string {
  return String.fromCharCode(
    digit(high, 28),
    digit(high, 24),
    digit(high, 20),
    digit(high, 16),
    digit(high, 12),
    digit(high, 8),
    digit(high, 4),
    digit(high, 0),
    digit(low, 28),
    digit(low, 24),
    digit(low, 20),
    digit(low, 16),
    digit(low, 12),
    digit(low, 8),
    digit(low, 4),
    digit(low, 0),
  );
}

/** The code of the hexadecimal digit that stands `shift` bits up: 48 is "0", 97 is "a". */
function digit(value: number, shift: number): number {
  const nibble = (value >>> shift) & 15;
  return nibble < 10 ? 48 + nibble : 87 + nibble;
}
