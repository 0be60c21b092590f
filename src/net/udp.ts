// UDP datagrams (RFC 768). A checksum of 0 on the wire means that the sender computed none.

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { foldChecksum, type PseudoHeader, sumPseudoHeader, sumWords } from "./checksum.ts";

const HEADER_SIZE = 8;
const CHECKSUM_AT = 6;

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

export function encodeUdp(datagram: UdpDatagram, pseudo: PseudoHeader): Uint8Array {
  const length = HEADER_SIZE + datagram.payload.length;
  assert(length <= 0xffff, () => `UDP datagram of ${length} bytes`);
  const bytes = new ByteWriter(length)
    .u16be(datagram.sourcePort)
    .u16be(datagram.destinationPort)
    .u16be(length)
    .u16be(0)
    .bytes(datagram.payload)
    .finish();
  const checksum = foldChecksum(sumWords(bytes, sumPseudoHeader(pseudo, length)));
  // A computed 0 is sent as its other representation: 0 on the wire means none.
  const sent = checksum === 0 ? 0xffff : checksum;
  bytes[CHECKSUM_AT] = sent >>> 8;
  bytes[CHECKSUM_AT + 1] = sent;
  return bytes;
}

export function decodeUdp(bytes: Uint8Array, pseudo: PseudoHeader): UdpDatagram | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  const reader = new ByteReader(bytes);
  const sourcePort = reader.u16be();
  const destinationPort = reader.u16be();
  const length = reader.u16be();
  if (length < HEADER_SIZE || length > bytes.length) return undefined;
  const checksum = reader.u16be();
  const datagram = bytes.subarray(0, length);
  const isRight = foldChecksum(sumWords(datagram, sumPseudoHeader(pseudo, length))) === 0;
  if (checksum !== 0 && !isRight) return undefined;
  return { sourcePort, destinationPort, payload: datagram.subarray(HEADER_SIZE) };
}
