// Ethernet II frames (RFC 894), without the frame check sequence: the simulated wire damages
// frames or drops them, it has no preamble and no FCS.

import { ByteWriter } from "../base/bytes.ts";
import { macFromBytes, macToBytes } from "./address.ts";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;

const HEADER_SIZE = 14;

export interface EthernetFrame {
  readonly destination: number;
  readonly source: number;
  readonly etherType: number;
  readonly payload: Uint8Array;
}

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  return new ByteWriter(HEADER_SIZE + frame.payload.length)
    .bytes(macToBytes(frame.destination))
    .bytes(macToBytes(frame.source))
    .u16be(frame.etherType)
    .bytes(frame.payload)
    .finish();
}

export function decodeEthernet(bytes: Uint8Array): EthernetFrame | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  return {
    destination: macFromBytes(bytes.subarray(0, 6)),
    source: macFromBytes(bytes.subarray(6, 12)),
    etherType: ((bytes[12] as number) << 8) | (bytes[13] as number),
    payload: bytes.subarray(HEADER_SIZE),
  };
}
