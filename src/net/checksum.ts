// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit
// big-endian words. An odd last byte counts as if a zero byte followed.

/** Adds the words of `bytes` to a running sum; `foldChecksum` ends it. */
export function sumWords(bytes: Uint8Array, initial: number = 0): number {
  let sum = initial;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2)
    sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (even < bytes.length) sum += (bytes[even] as number) << 8;
  return sum;
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
  return (
    (header.source >>> 16) +
    (header.source & 0xffff) +
    (header.destination >>> 16) +
    (header.destination & 0xffff) +
    header.protocol +
    length
  );
}
