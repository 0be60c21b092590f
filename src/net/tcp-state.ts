// The state of one TCP connection, as plain data, and what every part of the TCP asks of it.
//
// Sequence numbers live on the wire only. Inside, both directions count *positions*: the SYN has
// position 0, the first byte of data position 1, the FIN the position behind the last byte. So no
// comparison here can wrap; `wireSequence` and `positionOf` convert at the edge.

import { TIME_NEVER, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { Endpoint } from "./address.ts";
import { type ByteQueue, createQueue } from "./byte-queue.ts";
import type { SegmentAhead } from "./segments-ahead.ts";
import { createRto, type RtoState } from "./rto.ts";
import { type CongestionState, createCongestion } from "./tcp-congestion.ts";
import type { TcpProfile } from "./tcp-profile.ts";
import { ACK, SYN, type TcpSegment } from "./tcp-segment.ts";

/** RFC 9293 3.3.2. LISTEN is no state of a connection here: a listener is the host's. */
export type TcpStatus =
  | "closed"
  | "syn-sent"
  | "syn-received"
  | "established"
  | "fin-wait-1"
  | "fin-wait-2"
  | "close-wait"
  | "closing"
  | "last-ack"
  | "time-wait";

export type TcpFailure = "refused" | "reset" | "timeout";

export interface TcpState {
  readonly profile: TcpProfile;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  status: TcpStatus;
  failure: TcpFailure | undefined;
  /** Opened by `connect`; false: by a listener. */
  isActive: boolean;

  /** ISS, on the wire. */
  readonly initialSend: number;
  /** SND.UNA */
  unacknowledged: number;
  /** SND.NXT; a timeout pulls it back to SND.UNA. */
  sendNext: number;
  /** Behind the last position ever sent. */
  sendHighest: number;
  /** SND.WND, scaled. */
  sendWindow: number;
  sendWindowMax: number;
  /** SND.WL1, SND.WL2 */
  windowSequence: number;
  windowAck: number;
  sendShift: number;
  sendMss: number;
  sendQueue: ByteQueue;
  /** The application closed: a FIN follows the queue. */
  isSendClosed: boolean;

  /** IRS, on the wire. */
  initialReceive: number;
  /** RCV.NXT; 0 until a SYN came. */
  receiveNext: number;
  receiveShift: number;
  /** Both sides offered the window scale option. */
  isScaling: boolean;
  /** The right edge of the largest window that was ever advertised. */
  advertisedEdge: number;
  readQueue: ByteQueue;
  /** Received beyond a gap: ascending, not overlapping. */
  ahead: SegmentAhead[];
  finPosition: number | undefined;

  /** An acknowledgment must leave with the next transmission. */
  isAckDue: boolean;
  unackedSegments: number;

  ackAt: VirtualTime;
  retransmitAt: VirtualTime;
  probeAt: VirtualTime;
  probeInterval: number;
  timeWaitAt: VirtualTime;
  keepAliveAt: VirtualTime;
  keepAliveProbes: number;
  giveUpAt: VirtualTime;
  challengeAfter: VirtualTime;

  rto: RtoState;
  /** The position whose ack ends the running round-trip measurement; 0: none runs. */
  timedPosition: number;
  timedAt: VirtualTime;
  isSynLost: boolean;
  congestion: CongestionState;
  lastSentAt: VirtualTime;

  outbox: TcpSegment[];
  counters: TcpCounters;
}

export interface TcpCounters {
  segmentsSent: number;
  segmentsReceived: number;
  retransmissions: number;
  timeouts: number;
  fastRetransmits: number;
  probes: number;
  /** Segments whose text had all been received before. */
  duplicates: number;
  /** Segments whose text came before text that belongs in front of it. */
  outOfOrder: number;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
/** RFC 9293 3.7.1: what a peer that names no MSS accepts. */
export const DEFAULT_MSS = 536;
const WINDOW_FIELD_MAX = 0xffff;

export function createTcpState(
  profile: TcpProfile,
  local: Endpoint,
  remote: Endpoint,
  initialSequence: number,
): TcpState {
  return {
    profile,
    local,
    remote,
    status: "closed",
    failure: undefined,
    isActive: false,
    initialSend: initialSequence >>> 0,
    unacknowledged: 0,
    sendNext: 0,
    sendHighest: 0,
    sendWindow: 0,
    sendWindowMax: 0,
    windowSequence: 0,
    windowAck: 0,
    sendShift: 0,
    sendMss: Math.min(DEFAULT_MSS, profile.mss),
    sendQueue: createQueue(1),
    isSendClosed: false,
    initialReceive: 0,
    receiveNext: 0,
    receiveShift: 0,
    isScaling: false,
    advertisedEdge: 0,
    readQueue: createQueue(1),
    ahead: [],
    finPosition: undefined,
    isAckDue: false,
    unackedSegments: 0,
    ackAt: TIME_NEVER,
    retransmitAt: TIME_NEVER,
    probeAt: TIME_NEVER,
    probeInterval: 0,
    timeWaitAt: TIME_NEVER,
    keepAliveAt: TIME_NEVER,
    keepAliveProbes: 0,
    giveUpAt: TIME_NEVER,
    challengeAfter: TIME_ZERO,
    rto: createRto(profile),
    timedPosition: 0,
    timedAt: TIME_ZERO,
    isSynLost: false,
    congestion: createCongestion(profile),
    lastSentAt: TIME_ZERO,
    outbox: [],
    counters: createCounters(),
  };
}

export function createCounters(): TcpCounters {
  return {
    segmentsSent: 0,
    segmentsReceived: 0,
    retransmissions: 0,
    timeouts: 0,
    fastRetransmits: 0,
    probes: 0,
    duplicates: 0,
    outOfOrder: 0,
  };
}

export function addCounters(total: TcpCounters, part: TcpCounters): void {
  total.segmentsSent += part.segmentsSent;
  total.segmentsReceived += part.segmentsReceived;
  total.retransmissions += part.retransmissions;
  total.timeouts += part.timeouts;
  total.fastRetransmits += part.fastRetransmits;
  total.probes += part.probes;
  total.duplicates += part.duplicates;
  total.outOfOrder += part.outOfOrder;
}

function wireSequence(initial: number, position: number): number {
  return (initial + position) >>> 0;
}

/** The position nearest to `reference` that a wire sequence number can mean. */
export function positionOf(initial: number, reference: number, sequence: number): number {
  return reference + ((sequence - wireSequence(initial, reference)) | 0);
}

/** May carry data or FIN, new or again. */
export function isSending(status: TcpStatus): boolean {
  return (
    status === "established" ||
    status === "close-wait" ||
    status === "fin-wait-1" ||
    status === "closing" ||
    status === "last-ack"
  );
}

export function isSynchronized(status: TcpStatus): boolean {
  return status !== "closed" && status !== "syn-sent" && status !== "syn-received";
}

/** Nothing more will come from the peer. */
export function hasPeerClosed(state: TcpState): boolean {
  return state.receiveNext > state.readQueue.end;
}

/** The right edge up to which there is room. It never moves left: reading moves it right. */
export function receiveEdge(state: TcpState): number {
  return state.readQueue.start + state.profile.receiveBuffer;
}

/** Our FIN has been acknowledged. */
export function isFinAcked(state: TcpState): boolean {
  return state.isSendClosed && state.unacknowledged > state.sendQueue.end;
}

export interface Emission {
  readonly flags: number;
  readonly position: number;
  readonly payload: Uint8Array;
}

/** Puts a segment into the outbox with the acknowledgment and window of this moment. */
export function emit(state: TcpState, emission: Emission): void {
  const isSyn = (emission.flags & SYN) !== 0;
  const isAck = (emission.flags & ACK) !== 0;
  // A SYN-ACK carries the option only to a peer that offered it (RFC 7323 2.2).
  const doesOfferScale = isSyn && (!isAck || state.isScaling);
  state.outbox.push({
    sourcePort: state.local.port,
    destinationPort: state.remote.port,
    sequence: wireSequence(state.initialSend, emission.position),
    acknowledgment: isAck ? wireSequence(state.initialReceive, state.receiveNext) : 0,
    flags: emission.flags,
    window: advertise(state, isSyn),
    mss: isSyn ? state.profile.mss : undefined,
    windowScale: doesOfferScale ? state.profile.windowScale : undefined,
    payload: emission.payload,
  });
  state.counters.segmentsSent += 1;
  if (!isAck) return;
  state.isAckDue = false;
  state.unackedSegments = 0;
  state.ackAt = TIME_NEVER;
}

/** A segment without text. */
export function emitControl(state: TcpState, flags: number): void {
  emit(state, { flags, position: controlPosition(state), payload: NO_BYTES });
}

/** Ends the connection. What was received stays readable. */
export function enterClosed(state: TcpState, failure: TcpFailure | undefined): void {
  state.status = "closed";
  state.failure = failure;
  state.sendQueue = createQueue(state.sendQueue.end);
  state.ahead = [];
  state.isAckDue = false;
  state.ackAt = TIME_NEVER;
  state.retransmitAt = TIME_NEVER;
  state.probeAt = TIME_NEVER;
  state.timeWaitAt = TIME_NEVER;
  state.keepAliveAt = TIME_NEVER;
  state.giveUpAt = TIME_NEVER;
}

/**
 * The window field. Silly-window avoidance of the receiver (RFC 9293 3.8.6.2.2): the edge moves
 * only by a worthwhile step.
 */
function advertise(state: TcpState, isSyn: boolean): number {
  const room = receiveEdge(state);
  const step = Math.min(state.profile.receiveBuffer >> 1, state.profile.mss);
  const edge = room - state.advertisedEdge >= step ? room : state.advertisedEdge;
  const window = Math.max(0, edge - state.receiveNext);
  const shift = isSyn ? 0 : state.receiveShift;
  const field = Math.min(window >>> shift, WINDOW_FIELD_MAX);
  // Rounding to the scale may show less than was promised; the promise is kept all the same.
  state.advertisedEdge = Math.max(state.advertisedEdge, state.receiveNext + field * (1 << shift));
  return field;
}

/**
 * SND.NXT, but never a position that the peer would refuse: it refuses an acknowledgment whose
 * sequence number lies outside of its window, and two ends that do so to each other stand still.
 */
function controlPosition(state: TcpState): number {
  // A probe was sent beyond the window; the peer has most likely not taken it.
  if (state.probeAt !== TIME_NEVER) return state.sendNext;
  const edge = Math.max(1, state.unacknowledged + state.sendWindow);
  // A scaled window is rounded down by less than its unit: what was sent into it is inside
  // (RFC 7323 2.4). Only a window that really shrank moves us back.
  return state.sendHighest - edge < 1 << state.sendShift ? state.sendHighest : edge;
}
