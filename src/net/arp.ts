// ARP for IPv4 over Ethernet (RFC 826). A gratuitous announcement (RFC 5227 3) is a request in
// which sender and target address are the same.

import { ByteReader, ByteWriter } from "../base/bytes.ts";

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const PACKET_SIZE = 28;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;

export interface ArpPacket {
  readonly operation: number;
  readonly senderMac: number;
  readonly senderAddress: number;
  readonly targetMac: number;
  readonly targetAddress: number;
}

export function encodeArp(packet: ArpPacket): Uint8Array {
  return new ByteWriter(PACKET_SIZE)
    .u16be(HARDWARE_ETHERNET)
    .u16be(PROTOCOL_IPV4)
    .u8(6)
    .u8(4)
    .u16be(packet.operation)
    .u48be(packet.senderMac)
    .u32be(packet.senderAddress)
    .u48be(packet.targetMac)
    .u32be(packet.targetAddress)
    .finish();
}

export function decodeArp(bytes: Uint8Array): ArpPacket | undefined {
  if (bytes.length < PACKET_SIZE) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u16be() !== HARDWARE_ETHERNET || reader.u16be() !== PROTOCOL_IPV4) return undefined;
  if (reader.u8() !== 6 || reader.u8() !== 4) return undefined;
  const operation = reader.u16be();
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return undefined;
  return {
    operation,
    senderMac: reader.u48be(),
    senderAddress: reader.u32be(),
    targetMac: reader.u48be(),
    targetAddress: reader.u32be(),
  };
}
