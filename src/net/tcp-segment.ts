// TCP segments (RFC 9293 3.1). Options: the maximum segment size, and the window scale of RFC 7323;
// others are skipped by their length, as the RFC asks.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { foldChecksum, type PseudoHeader, sumPseudoHeader, sumWords } from "./checksum.ts";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** FIN | SYN | RST | PSH | ACK; URG (32) is carried and ignored. */
  readonly flags: number;
  /** As on the wire: not yet scaled. */
  readonly window: number;
  readonly mss: number | undefined;
  readonly windowScale: number | undefined;
  readonly payload: Uint8Array;
}

const HEADER_SIZE = 20;
const CHECKSUM_AT = 16;
const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_MSS = 2;
const OPTION_WINDOW_SCALE = 3;
const FLAG_BITS = 0x3f;

export function hasFlag(segment: TcpSegment, flag: number): boolean {
  return (segment.flags & flag) !== 0;
}

/** RFC 9293 SEG.LEN: payload, and one each for SYN and FIN. */
export function sequenceLength(segment: TcpSegment): number {
  return segment.payload.length + (hasFlag(segment, SYN) ? 1 : 0) + (hasFlag(segment, FIN) ? 1 : 0);
}

export function encodeTcp(segment: TcpSegment, pseudo: PseudoHeader): Uint8Array {
  const optionSize =
    (segment.mss === undefined ? 0 : 4) + (segment.windowScale === undefined ? 0 : 4);
  const headerSize = HEADER_SIZE + optionSize;
  const length = headerSize + segment.payload.length;
  const writer = new ByteWriter(length)
    .u16be(segment.sourcePort)
    .u16be(segment.destinationPort)
    .u32be(segment.sequence)
    .u32be(segment.acknowledgment)
    .u8((headerSize / 4) << 4)
    .u8(segment.flags)
    .u16be(segment.window)
    .u32be(0);
  if (segment.mss !== undefined) writer.u8(OPTION_MSS).u8(4).u16be(segment.mss);
  if (segment.windowScale !== undefined)
    writer.u8(OPTION_NOTHING).u8(OPTION_WINDOW_SCALE).u8(3).u8(segment.windowScale);
  const bytes = writer.bytes(segment.payload).finish();
  const checksum = foldChecksum(sumWords(bytes, sumPseudoHeader(pseudo, length)));
  bytes[CHECKSUM_AT] = checksum >>> 8;
  bytes[CHECKSUM_AT + 1] = checksum;
  return bytes;
}

/** Undefined when the header, an option or the checksum is wrong. */
export function decodeTcp(bytes: Uint8Array, pseudo: PseudoHeader): TcpSegment | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  if (foldChecksum(sumWords(bytes, sumPseudoHeader(pseudo, bytes.length))) !== 0) return undefined;
  const reader = new ByteReader(bytes);
  const sourcePort = reader.u16be();
  const destinationPort = reader.u16be();
  const sequence = reader.u32be();
  const acknowledgment = reader.u32be();
  const headerSize = (reader.u8() >>> 4) * 4;
  const flags = reader.u8() & FLAG_BITS;
  const window = reader.u16be();
  if (headerSize < HEADER_SIZE || headerSize > bytes.length) return undefined;
  const options = decodeOptions(bytes.subarray(HEADER_SIZE, headerSize));
  if (options === undefined) return undefined;
  return {
    sourcePort,
    destinationPort,
    sequence,
    acknowledgment,
    flags,
    window,
    mss: options.mss,
    windowScale: options.windowScale,
    payload: bytes.subarray(headerSize),
  };
}

interface Options {
  readonly mss: number | undefined;
  readonly windowScale: number | undefined;
}

function decodeOptions(bytes: Uint8Array): Options | undefined {
  let mss: number | undefined;
  let windowScale: number | undefined;
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === OPTION_END) break;
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    const size = bytes[at + 1] ?? 0;
    if (size < 2 || at + size > bytes.length) return undefined;
    if (kind === OPTION_MSS && size === 4)
      mss = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (kind === OPTION_WINDOW_SCALE && size === 3) windowScale = bytes[at + 2];
    at += size;
  }
  return { mss, windowScale };
}
