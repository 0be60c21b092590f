// Captures in pcapng (draft-ietf-opsawg-pcapng): one section, an interface description for each
// point of capture, enhanced packet blocks with nanosecond stamps and, where wanted, a comment.
// Pure bytes; whoever writes the file concatenates the blocks.

import { assert } from "../base/assert.ts";
import { ByteWriter, concatBytes, utf8Encode } from "../base/bytes.ts";
import type { VirtualTime } from "../base/time.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const SECTION_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_RESOLUTION = 9;
/** Stamps count 10^-9 s. */
const NANOSECONDS = 9;

const TWO_POW_32 = 4294967296;

export interface CapturedPacket {
  /** Index into the interfaces, in the order of their descriptions. */
  readonly interfaceIndex: number;
  readonly time: VirtualTime;
  readonly bytes: Uint8Array;
  readonly comment?: string | undefined;
}

/** A whole capture: interfaces are numbered in the order of their names. */
export function encodeCapture(
  interfaceNames: readonly string[],
  packets: readonly CapturedPacket[],
): Uint8Array {
  const blocks = [encodeSectionHeader()];
  for (const name of interfaceNames) blocks.push(encodeInterface(name));
  for (const packet of packets) {
    assert(packet.interfaceIndex < interfaceNames.length, "packet of an undescribed interface");
    blocks.push(encodePacket(packet));
  }
  return concatBytes(blocks);
}

/** The first block of a file. */
function encodeSectionHeader(): Uint8Array {
  const body = new ByteWriter()
    .u32(BYTE_ORDER_MAGIC)
    .u16(1)
    .u16(0)
    // A section of unknown length.
    .u32(0xffffffff)
    .u32(0xffffffff);
  writeOption(body, SECTION_APPLICATION, utf8Encode("ftsim"));
  writeEnd(body);
  return encodeBlock(SECTION_HEADER, body);
}

function encodeInterface(name: string): Uint8Array {
  // A snap length of 0: packets are never cut.
  const body = new ByteWriter().u16(LINKTYPE_ETHERNET).u16(0).u32(0);
  writeOption(body, INTERFACE_NAME, utf8Encode(name));
  writeOption(body, INTERFACE_RESOLUTION, Uint8Array.of(NANOSECONDS));
  writeEnd(body);
  return encodeBlock(INTERFACE_DESCRIPTION, body);
}

function encodePacket(packet: CapturedPacket): Uint8Array {
  const { bytes } = packet;
  const body = new ByteWriter(bytes.length + 64)
    .u32(packet.interfaceIndex)
    .u32(Math.floor(packet.time / TWO_POW_32))
    .u32(packet.time % TWO_POW_32)
    .u32(bytes.length)
    .u32(bytes.length);
  writePadded(body, bytes);
  if (packet.comment !== undefined) {
    writeOption(body, OPTION_COMMENT, utf8Encode(packet.comment));
    writeEnd(body);
  }
  return encodeBlock(ENHANCED_PACKET, body);
}

/** Type, total length, body, total length again. */
function encodeBlock(type: number, body: ByteWriter): Uint8Array {
  const length = body.length + 12;
  assert(length % 4 === 0, "a pcapng block is padded to 32 bits");
  return new ByteWriter(length).u32(type).u32(length).bytes(body.finish()).u32(length).finish();
}

function writeOption(body: ByteWriter, code: number, value: Uint8Array): void {
  assert(value.length <= 0xffff, "pcapng option too long");
  body.u16(code).u16(value.length);
  writePadded(body, value);
}

function writeEnd(body: ByteWriter): void {
  body.u16(OPTION_END).u16(0);
}

function writePadded(body: ByteWriter, bytes: Uint8Array): void {
  body.bytes(bytes);
  while (body.length % 4 !== 0) body.u8(0);
}
