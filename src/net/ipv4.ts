// IPv4 headers (RFC 791). We never send a fragment (DF is always set) and never reassemble one: a
// received fragment decodes with `isFragment`, and the host drops it. Options are skipped.

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { internetChecksum } from "./checksum.ts";

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

const HEADER_SIZE = 20;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;
const CHECKSUM_AT = 10;

export interface Ipv4Packet {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly identification: number;
  readonly timeToLive: number;
  readonly isFragment: boolean;
  readonly payload: Uint8Array;
}

export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const length = HEADER_SIZE + packet.payload.length;
  assert(length <= 0xffff, () => `IPv4 packet of ${length} bytes`);
  assert(!packet.isFragment, "fragments are not sent");
  const bytes = new ByteWriter(length)
    .u16be(0x4500)
    .u16be(length)
    .u16be(packet.identification)
    .u16be(DONT_FRAGMENT)
    .u8(packet.timeToLive)
    .u8(packet.protocol)
    .u16be(0)
    .u32be(packet.source)
    .u32be(packet.destination)
    .bytes(packet.payload)
    .finish();
  const checksum = internetChecksum(bytes.subarray(0, HEADER_SIZE));
  bytes[CHECKSUM_AT] = checksum >>> 8;
  bytes[CHECKSUM_AT + 1] = checksum;
  return bytes;
}

/** Bytes behind the total length are Ethernet padding and are cut off. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  const reader = new ByteReader(bytes);
  const versionAndLength = reader.u8();
  const headerSize = (versionAndLength & 15) * 4;
  if (versionAndLength >>> 4 !== 4 || headerSize < HEADER_SIZE) return undefined;
  reader.u8();
  const length = reader.u16be();
  if (length < headerSize || length > bytes.length) return undefined;
  if (internetChecksum(bytes.subarray(0, headerSize)) !== 0) return undefined;
  const identification = reader.u16be();
  const isFragment = (reader.u16be() & MORE_FRAGMENTS_OR_OFFSET) !== 0;
  const timeToLive = reader.u8();
  const protocol = reader.u8();
  reader.u16be();
  const source = reader.u32be();
  const destination = reader.u32be();
  const payload = bytes.subarray(headerSize, length);
  return { source, destination, protocol, identification, timeToLive, isFragment, payload };
}
