// IPv4 headers (RFC 791). We never send a fragment (DF is always set) and never reassemble one: a
// received fragment decodes with `isFragment`, and the host drops it. Options are skipped.

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { foldChecksum, sumField, sumWords } from "./checksum.ts";

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

export const IPV4_HEADER_SIZE = 20;
const VERSION_AND_LENGTH = 0x4500;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

export interface Ipv4Header {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly identification: number;
  readonly timeToLive: number;
  readonly isFragment: boolean;
}

export interface Ipv4Packet extends Ipv4Header {
  readonly payload: Uint8Array;
}

export function writeIpv4Header(out: ByteWriter, header: Ipv4Header, payloadLength: number): void {
  const length = IPV4_HEADER_SIZE + payloadLength;
  assert(length <= 0xffff, () => `IPv4 packet of ${length} bytes`);
  assert(!header.isFragment, "fragments are not sent");
  const lifeAndProtocol = (header.timeToLive << 8) | header.protocol;
  const sum =
    VERSION_AND_LENGTH +
    length +
    header.identification +
    DONT_FRAGMENT +
    lifeAndProtocol +
    sumField(header.source) +
    sumField(header.destination);
  out
    .u16be(VERSION_AND_LENGTH)
    .u16be(length)
    .u16be(header.identification)
    .u16be(DONT_FRAGMENT)
    .u16be(lifeAndProtocol)
    .u16be(foldChecksum(sum))
    .u32be(header.source)
    .u32be(header.destination);
}

export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const out = new ByteWriter(IPV4_HEADER_SIZE + packet.payload.length);
  writeIpv4Header(out, packet, packet.payload.length);
  return out.bytes(packet.payload).finish();
}

/** Bytes behind the total length are Ethernet padding and are cut off. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
  if (bytes.length < IPV4_HEADER_SIZE) return undefined;
  const reader = new ByteReader(bytes);
  const versionAndLength = reader.u8();
  const headerSize = (versionAndLength & 15) * 4;
  if (versionAndLength >>> 4 !== 4 || headerSize < IPV4_HEADER_SIZE) return undefined;
  reader.u8();
  const length = reader.u16be();
  if (length < headerSize || length > bytes.length) return undefined;
  if (foldChecksum(sumWords(bytes, 0, headerSize)) !== 0) return undefined;
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
