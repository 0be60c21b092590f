// What the probe guest computes and its clients compute too (guests/probe/mix.h): a running checksum
// (FNV-1a, 32 bits) and a stream of pseudo-random words (xorshift32).

const SUM_START = 2_166_136_261;
const SUM_PRIME = 16_777_619;
const STATE_FACTOR = 2_654_435_761;

export function sumBytes(bytes: Uint8Array): number {
  let sum = SUM_START;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, SUM_PRIME) >>> 0;
  return sum;
}

export function patternStart(salt: number): number {
  const state = Math.imul(salt, STATE_FACTOR) >>> 0;
  return state === 0 ? 1 : state;
}

export function patternNext(state: number): number {
  let next = state ^ (state << 13);
  next ^= next >>> 17;
  return (next ^ (next << 5)) >>> 0;
}

/** The bytes of a stream: the low byte of each word. */
export function patternBytes(salt: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = patternStart(salt);
  for (let at = 0; at < length; at++) {
    state = patternNext(state);
    bytes[at] = state;
  }
  return bytes;
}
