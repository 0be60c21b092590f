// TCP segments (RFC 9293 3.1). Options: the maximum segment size, and the window scale of RFC 7323;
// others are skipped by their length, as the RFC asks.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import {
  foldChecksum,
  type PseudoHeader,
  sumField,
  sumPseudoHeader,
  sumWords,
} from "./checksum.ts";

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

/** Bytes of a segment on the wire. */
export function tcpSize(segment: TcpSegment): number {
  return headerSizeOf(segment) + segment.payload.length;
}

function headerSizeOf({ mss, windowScale }: TcpSegment): number {
  return HEADER_SIZE + (mss === undefined ? 0 : 4) + (windowScale === undefined ? 0 : 4);
}

export function writeTcp(out: ByteWriter, segment: TcpSegment, pseudo: PseudoHeader): void {
  const { sourcePort, destinationPort, sequence, acknowledgment, window, payload } = segment;
  const headerSize = headerSizeOf(segment);
  const offsetAndFlags = ((headerSize / 4) << 12) | segment.flags;
  const mss = segment.mss === undefined ? 0 : (OPTION_MSS << 24) | (4 << 16) | segment.mss;
  const scale =
    segment.windowScale === undefined
      ? 0
      : (OPTION_NOTHING << 24) | (OPTION_WINDOW_SCALE << 16) | (3 << 8) | segment.windowScale;
  const sum =
    sumPseudoHeader(pseudo, headerSize + payload.length) +
    sourcePort +
    destinationPort +
    sumField(sequence) +
    sumField(acknowledgment) +
    offsetAndFlags +
    window +
    sumField(mss) +
    sumField(scale);
  out
    .u16be(sourcePort)
    .u16be(destinationPort)
    .u32be(sequence)
    .u32be(acknowledgment)
    .u16be(offsetAndFlags)
    .u16be(window)
    .u16be(foldChecksum(sumWords(payload, sum)))
    .u16be(0);
  if (segment.mss !== undefined) out.u32be(mss);
  if (segment.windowScale !== undefined) out.u32be(scale);
  out.bytes(payload);
}

export function encodeTcp(segment: TcpSegment, pseudo: PseudoHeader): Uint8Array {
  const out = new ByteWriter(tcpSize(segment));
  writeTcp(out, segment, pseudo);
  return out.finish();
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
  const options = headerSize === HEADER_SIZE ? NO_OPTIONS : decodeOptions(bytes, headerSize);
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

const NO_OPTIONS: Options = { mss: undefined, windowScale: undefined };

/** Between the fixed header and `end`. */
function decodeOptions(bytes: Uint8Array, end: number): Options | undefined {
  let mss: number | undefined;
  let windowScale: number | undefined;
  let at = HEADER_SIZE;
  while (at < end) {
    const kind = bytes[at];
    if (kind === OPTION_END) break;
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    const size = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (size < 2 || at + size > end) return undefined;
    if (kind === OPTION_MSS && size === 4)
      mss = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (kind === OPTION_WINDOW_SCALE && size === 3) windowScale = bytes[at + 2];
    at += size;
  }
  return { mss, windowScale };
}
