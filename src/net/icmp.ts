// ICMP echo (RFC 792), the only ICMP that the host speaks.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { internetChecksum } from "./checksum.ts";

export const ICMP_ECHO_REPLY = 0;
export const ICMP_ECHO_REQUEST = 8;

const HEADER_SIZE = 8;
const CHECKSUM_AT = 2;

export interface IcmpEcho {
  readonly type: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export function encodeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const bytes = new ByteWriter(HEADER_SIZE + echo.payload.length)
    .u8(echo.type)
    .u8(0)
    .u16be(0)
    .u16be(echo.identifier)
    .u16be(echo.sequence)
    .bytes(echo.payload)
    .finish();
  const checksum = internetChecksum(bytes);
  bytes[CHECKSUM_AT] = checksum >>> 8;
  bytes[CHECKSUM_AT + 1] = checksum;
  return bytes;
}

export function decodeIcmpEcho(bytes: Uint8Array): IcmpEcho | undefined {
  if (bytes.length < HEADER_SIZE || internetChecksum(bytes) !== 0) return undefined;
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  if (type !== ICMP_ECHO_REPLY && type !== ICMP_ECHO_REQUEST) return undefined;
  if (reader.u8() !== 0) return undefined;
  reader.u16be();
  const identifier = reader.u16be();
  const sequence = reader.u16be();
  return { type, identifier, sequence, payload: bytes.subarray(HEADER_SIZE) };
}
