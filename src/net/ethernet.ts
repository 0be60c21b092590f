// Ethernet II frames (RFC 894), without the frame check sequence: the simulated wire damages
// frames or drops them, it has no preamble and no FCS.

import { ByteReader, ByteWriter } from "../base/bytes.ts";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;

export const ETHERNET_HEADER_SIZE = 14;

export interface EthernetHeader {
  readonly destination: number;
  readonly source: number;
  readonly etherType: number;
}

export interface EthernetFrame extends EthernetHeader {
  readonly payload: Uint8Array;
}

export function writeEthernetHeader(out: ByteWriter, header: EthernetHeader): void {
  out.u48be(header.destination).u48be(header.source).u16be(header.etherType);
}

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const out = new ByteWriter(ETHERNET_HEADER_SIZE + frame.payload.length);
  writeEthernetHeader(out, frame);
  return out.bytes(frame.payload).finish();
}

export function decodeEthernet(bytes: Uint8Array): EthernetFrame | undefined {
  if (bytes.length < ETHERNET_HEADER_SIZE) return undefined;
  const reader = new ByteReader(bytes);
  return {
    destination: reader.u48be(),
    source: reader.u48be(),
    etherType: reader.u16be(),
    payload: bytes.subarray(ETHERNET_HEADER_SIZE),
  };
}
