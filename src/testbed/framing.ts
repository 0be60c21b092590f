// Messages on a byte stream: u32 little-endian length, then the message.

import { ByteReader, ByteWriter, concatBytes } from "../base/bytes.ts";

/** No message of the protocol is longer; a length beyond it means that the stream is broken. */
const MESSAGE_MAX = 64 * 1_048_576;

export function frameMessage(message: Uint8Array): Uint8Array {
  return new ByteWriter(message.length + 4).sized(message).finish();
}

export interface Unframed {
  readonly messages: readonly Uint8Array[];
  readonly rest: Uint8Array;
  readonly isBroken: boolean;
}

/** Cuts whole messages off the front of what arrived so far. */
export function unframe(pending: Uint8Array, arrived: Uint8Array): Unframed {
  let buffer = pending.length === 0 ? arrived : concatBytes([pending, arrived]);
  const messages: Uint8Array[] = [];
  while (buffer.length >= 4) {
    const length = new ByteReader(buffer).u32();
    if (length > MESSAGE_MAX) return { messages, rest: buffer, isBroken: true };
    if (buffer.length < 4 + length) break;
    messages.push(buffer.subarray(4, 4 + length));
    buffer = buffer.subarray(4 + length);
  }
  return { messages, rest: buffer, isBroken: false };
}
