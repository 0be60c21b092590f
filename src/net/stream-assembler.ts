// Reassembles the TCP byte streams of one sender from its observed frames (for example all frames
// that a guest emitted, by whichever host), so that a checker can compare them with what a
// reference machine sent or what a client's application read.
//
// A stream is one direction of one connection: the 4-tuple and the sender's ISN. The first copy of
// a byte counts; a later copy that differs is a conflict, which no honest retransmission causes.
// Frames whose checksums are wrong are not looked at: the receiver would not either.

import { clonePlain } from "../base/clone.ts";
import { equalBytes } from "../base/bytes.ts";
import { formatAddress } from "./address.ts";
import { appendBytes, type ByteQueue, createQueue, peekBytes, queueLength } from "./byte-queue.ts";
import { decodeEthernet, ETHERTYPE_IPV4 } from "./ethernet.ts";
import { decodeIpv4, PROTOCOL_TCP } from "./ipv4.ts";
import { insertAhead, type SegmentAhead } from "./segments-ahead.ts";
import { decodeTcp, FIN, hasFlag, RST, SYN, type TcpSegment } from "./tcp-segment.ts";
import { positionOf } from "./tcp-state.ts";

interface StreamConflict {
  /** Offset of the first differing byte in the stream, from 0. */
  readonly offset: number;
  readonly first: number;
  readonly later: number;
}

/** Offsets count data bytes from 0; the contiguous part is what a receiver could have read. */
export interface AssembledStream {
  /** "10.0.0.10:6379>10.0.0.21:49152#1a2b3c4d": sender, receiver, ISN. */
  readonly key: string;
  readonly sender: string;
  readonly receiver: string;
  /** Bytes assembled without a gap. */
  readonly length: number;
  /** Bytes waiting behind a gap. */
  readonly ahead: number;
  readonly hasFin: boolean;
  readonly hasReset: boolean;
  /** Segments whose text had all been seen before. */
  readonly repeats: number;
  readonly conflicts: readonly StreamConflict[];
}

interface StreamState {
  readonly key: string;
  readonly sender: string;
  readonly receiver: string;
  readonly initial: number;
  readonly text: ByteQueue;
  ahead: SegmentAhead[];
  finPosition: number | undefined;
  hasReset: boolean;
  repeats: number;
  readonly conflicts: StreamConflict[];
}

interface AssemblerState {
  readonly streams: Map<string, StreamState>;
  /** The stream that a sender/receiver pair is on now. */
  readonly current: Map<string, string>;
  /** Segments with text of a connection whose SYN was not seen. */
  orphans: number;
}

/** Beyond this the first finding is not made better by more. */
const CONFLICTS_MAX = 16;
/** A segment so far from the stream belongs to some other incarnation of it. */
const REACH = 16777216;

export class StreamAssembler {
  #state: AssemblerState;

  constructor() {
    this.#state = { streams: new Map(), current: new Map(), orphans: 0 };
  }

  get orphans(): number {
    return this.#state.orphans;
  }

  /** One Ethernet frame of the sender. Anything but TCP is ignored. */
  observe(frame: Uint8Array): void {
    const ethernet = decodeEthernet(frame);
    if (ethernet === undefined || ethernet.etherType !== ETHERTYPE_IPV4) return;
    const packet = decodeIpv4(ethernet.payload);
    if (packet === undefined || packet.protocol !== PROTOCOL_TCP || packet.isFragment) return;
    const segment = decodeTcp(packet.payload, packet);
    if (segment === undefined) return;
    const sender = `${formatAddress(packet.source)}:${segment.sourcePort}`;
    const receiver = `${formatAddress(packet.destination)}:${segment.destinationPort}`;
    const stream = this.#find(sender, receiver, segment);
    if (stream !== undefined) accept(stream, segment);
    else if (segment.payload.length > 0) this.#state.orphans += 1;
  }

  /** Every stream, in the order in which their SYNs were first seen. */
  streams(): ReadonlyMap<string, AssembledStream> {
    const out = new Map<string, AssembledStream>();
    for (const [key, stream] of this.#state.streams) out.set(key, describe(stream));
    return out;
  }

  /** The newest stream from a sender to a receiver, both "address:port". */
  newest(sender: string, receiver: string): AssembledStream | undefined {
    const key = this.#state.current.get(`${sender}>${receiver}`);
    const stream = key === undefined ? undefined : this.#state.streams.get(key);
    return stream === undefined ? undefined : describe(stream);
  }

  /** Up to `length` contiguous bytes of a stream from an offset on. */
  bytes(key: string, offset: number, length: number): Uint8Array {
    const stream = this.#state.streams.get(key);
    return stream === undefined ? new Uint8Array(0) : peekBytes(stream.text, offset + 1, length);
  }

  /** Whether `expected` at `offset` is what the stream has there, all of it assembled. */
  prefixEquals(key: string, offset: number, expected: Uint8Array): boolean {
    return equalBytes(this.bytes(key, offset, expected.length), expected);
  }

  snapshot(): AssemblerState {
    return clonePlain(this.#state);
  }

  restore(snapshot: AssemblerState): void {
    this.#state = clonePlain(snapshot);
  }

  #find(sender: string, receiver: string, segment: TcpSegment): StreamState | undefined {
    const pair = `${sender}>${receiver}`;
    const { streams, current } = this.#state;
    if (!hasFlag(segment, SYN)) {
      const key = current.get(pair);
      return key === undefined ? undefined : streams.get(key);
    }
    const key = `${pair}#${segment.sequence.toString(16).padStart(8, "0")}`;
    current.set(pair, key);
    const known = streams.get(key);
    if (known !== undefined) return known;
    const stream: StreamState = {
      key,
      sender,
      receiver,
      initial: segment.sequence,
      text: createQueue(1),
      ahead: [],
      finPosition: undefined,
      hasReset: false,
      repeats: 0,
      conflicts: [],
    };
    streams.set(key, stream);
    return stream;
  }
}

function describe(stream: StreamState): AssembledStream {
  let ahead = 0;
  for (const piece of stream.ahead) ahead += piece.bytes.length;
  return {
    key: stream.key,
    sender: stream.sender,
    receiver: stream.receiver,
    length: queueLength(stream.text),
    ahead,
    hasFin: stream.finPosition !== undefined && stream.finPosition <= stream.text.end,
    hasReset: stream.hasReset,
    repeats: stream.repeats,
    conflicts: [...stream.conflicts],
  };
}

function accept(stream: StreamState, segment: TcpSegment): void {
  const carriesSyn = hasFlag(segment, SYN);
  const at = positionOf(stream.initial, stream.text.end, segment.sequence);
  const position = carriesSyn ? 1 : at;
  if (position < stream.text.end - REACH || position > stream.text.end + REACH) return;
  if (hasFlag(segment, RST)) {
    stream.hasReset = true;
    return;
  }
  // A keep-alive probe may carry one byte of garbage in front of the first byte of data.
  if (position < 1) return;
  if (hasFlag(segment, FIN)) stream.finPosition ??= position + segment.payload.length;
  if (segment.payload.length > 0) acceptText(stream, { position, bytes: segment.payload });
}

function acceptText(stream: StreamState, arrived: SegmentAhead): void {
  const { text } = stream;
  const end = arrived.position + arrived.bytes.length;
  const old = peekBytes(text, Math.min(arrived.position, text.end), arrived.bytes.length);
  compare(stream, arrived, { position: Math.min(arrived.position, text.end), bytes: old });
  for (const piece of stream.ahead) compare(stream, arrived, piece);
  if (end <= text.end) {
    stream.repeats += 1;
    return;
  }
  const from = Math.max(arrived.position, text.end);
  stream.ahead = insertAhead(stream.ahead, {
    position: from,
    bytes: arrived.bytes.subarray(from - arrived.position),
  });
  let taken = 0;
  for (const piece of stream.ahead) {
    if (piece.position > text.end) break;
    appendBytes(text, piece.bytes);
    taken += 1;
  }
  if (taken > 0) stream.ahead = stream.ahead.slice(taken);
}

/** Looks for the first difference where an arrival overlaps what is held. */
function compare(stream: StreamState, arrived: SegmentAhead, held: SegmentAhead): void {
  if (stream.conflicts.length >= CONFLICTS_MAX) return;
  const from = Math.max(arrived.position, held.position);
  const to = Math.min(arrived.position + arrived.bytes.length, held.position + held.bytes.length);
  for (let position = from; position < to; position++) {
    const later = arrived.bytes[position - arrived.position] as number;
    const first = held.bytes[position - held.position] as number;
    if (later === first) continue;
    stream.conflicts.push({ offset: position - 1, first, later });
    return;
  }
}
