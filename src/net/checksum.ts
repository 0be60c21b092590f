// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit
// big-endian words. An odd last byte counts as if a zero byte followed.

/** Adds the words of the first `length` bytes to a running sum; `foldChecksum` ends it. */
export function sumWords(
  bytes: Uint8Array,
  initial: number = 0,
  length: number = bytes.length,
): number {
  let sum = initial;
  const even = length & ~1;
  for (let at = 0; at < even; at += 2)
    sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (even < length) sum += (bytes[even] as number) << 8;
  return sum;
}

/** The two words of a 32-bit field. */
export function sumField(value: number): number {
  return (value >>> 16) + (value & 0xffff);
}

/** The checksum field for a sum. A packet with a right checksum in place folds to 0. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 65536) + Math.floor(folded / 65536);
  return ~folded & 0xffff;
}

export function internetChecksum(bytes: Uint8Array): number {
  return foldChecksum(sumWords(bytes));
}

/** The pseudo header of TCP and UDP (RFC 9293 3.1). */
export interface PseudoHeader {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
}

export function sumPseudoHeader(header: PseudoHeader, length: number): number {
  return sumField(header.source) + sumField(header.destination) + header.protocol + length;
}
