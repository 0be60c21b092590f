// log streams compress well for a little CPU. A message of entries may travel deflated, when it
// gets smaller by it: kind, generation, the plain body's length, a checksum of what is packed, and
// that. What unpacks to anything else than was said is no message.

import { deflateSync, inflateSync } from "fflate";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";

export type Compression = "none" | "deflate";

/** The kind of a packed message of entries: behind all others, which it must not be taken for. */
export const PACKED = 0xfe;
/** Kind and generation, as every message begins. */
const HEAD = 5;
/** Kind, generation, length, checksum. */
const PACKED_HEAD = HEAD + 8;
/** No log message is longer: a length beyond it is damage, and is not made room for. */
const PLAIN_MAX = 64 * 1_048_576;
/** A fixed window: by itself the library chooses one by a logarithm, an engine's own affair. */
const OPTIONS = { level: 6, mem: 1 } as const;

/** The same message, shorter; or as it was. */
export function packed(message: Uint8Array): Uint8Array {
  const body = message.subarray(HEAD);
  const deflated = deflateSync(body, OPTIONS);
  if (PACKED_HEAD + deflated.length >= message.length) return message;
  const generation = new ByteReader(message.subarray(1)).u32();
  return new ByteWriter(PACKED_HEAD + deflated.length)
    .u8(PACKED)
    .u32(generation)
    .u32(body.length)
    .u32(crc32(deflated))
    .bytes(deflated)
    .finish();
}

/** How long a message would be if it were not packed: what the log holds, not what the wire does. */
export function plainLength(message: Uint8Array): number {
  if (message[0] !== PACKED || message.length < PACKED_HEAD) return message.length;
  return HEAD + new ByteReader(message.subarray(HEAD)).u32();
}

/** What stands behind kind and generation; undefined for damage. */
export function unpackedBody(input: ByteReader): Uint8Array | undefined {
  const length = input.u32();
  const checksum = input.u32();
  const deflated = input.bytes(input.left);
  if (length > PLAIN_MAX || crc32(deflated) !== checksum) return undefined;
  try {
    // One byte more than was said: a body that goes on behind its end is noticed.
    const body = inflateSync(deflated, { out: new Uint8Array(length + 1) });
    return body.length === length ? body : undefined;
  } catch {
    return undefined;
  }
}
