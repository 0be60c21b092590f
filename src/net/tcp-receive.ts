// The receiving half of the TCP: one arriving segment against the state (RFC 9293 3.10.7, with the
// tighter checks of RFC 5961). The order of the checks is the RFC's; it matters.

import { after, between, duration, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import { dropBytes } from "./byte-queue.ts";
import { sampleRoundTrip } from "./rto.ts";
import { acceptAck, acceptDuplicate, DUPLICATE_ACKS } from "./tcp-congestion.ts";
import { receiveText } from "./tcp-reassembly.ts";
import { ACK, FIN, hasFlag, RST, SYN, sequenceLength, type TcpSegment } from "./tcp-segment.ts";
import { retransmitFirst, transmit, transmitSyn } from "./tcp-send.ts";
import {
  DEFAULT_MSS,
  enterClosed,
  isFinAcked,
  positionOf,
  receiveEdge,
  type TcpState,
  type TcpStatus,
} from "./tcp-state.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);
/** A peer that asks for less than this would turn a stream into headers. */
const MSS_LEAST = 48;
const WINDOW_SHIFT_MAX = 14;

export function receiveSegment(state: TcpState, segment: TcpSegment, now: VirtualTime): void {
  if (state.status === "closed") return;
  state.counters.segmentsReceived += 1;
  armKeepAlive(state, now);
  if (state.status === "syn-sent") receiveInSynSent(state, segment, now);
  else receiveInWindow(state, segment, now);
  transmit(state, now);
}

/** What the peer's SYN says: where it starts, and its options. */
export function acceptSyn(state: TcpState, segment: TcpSegment): void {
  state.initialReceive = segment.sequence;
  state.receiveNext = 1;
  state.sendMss = Math.min(Math.max(segment.mss ?? DEFAULT_MSS, MSS_LEAST), state.profile.mss);
  const shift = state.profile.windowScale;
  state.isScaling = shift !== undefined && segment.windowScale !== undefined;
  state.sendShift = state.isScaling ? Math.min(segment.windowScale ?? 0, WINDOW_SHIFT_MAX) : 0;
  state.receiveShift = state.isScaling ? (shift ?? 0) : 0;
  // The window of a SYN is never scaled (RFC 7323 2.2).
  state.sendWindow = segment.window;
  state.sendWindowMax = segment.window;
  state.windowSequence = 0;
  state.windowAck = 0;
}

function enterTimeWait(state: TcpState, now: VirtualTime): void {
  state.status = "time-wait";
  state.retransmitAt = TIME_NEVER;
  state.probeAt = TIME_NEVER;
  state.giveUpAt = TIME_NEVER;
  state.keepAliveAt = TIME_NEVER;
  state.timeWaitAt = after(now, state.profile.timeWait);
}

/** RFC 9293 3.10.7.3. */
function receiveInSynSent(state: TcpState, segment: TcpSegment, now: VirtualTime): void {
  const isAck = hasFlag(segment, ACK);
  const ack = positionOf(state.initialSend, state.unacknowledged, segment.acknowledgment);
  if (isAck && (ack <= 0 || ack > state.sendHighest)) {
    if (!hasFlag(segment, RST)) refuse(state, segment);
    return;
  }
  if (hasFlag(segment, RST)) {
    if (isAck) enterClosed(state, "refused");
    return;
  }
  if (!hasFlag(segment, SYN)) return;
  acceptSyn(state, segment);
  if (!isAck) {
    // Simultaneous open: both sides sent a SYN; ours is repeated as a SYN-ACK.
    state.status = "syn-received";
    transmitSyn(state, now);
    return;
  }
  enterEstablished(state, ack, now);
  state.isAckDue = true;
  receiveText(state, { position: 1, payload: segment.payload, isFin: hasFlag(segment, FIN) }, now);
  enterPeerClosed(state, now);
}

/** RFC 9293 3.10.7.4: every state from SYN-RECEIVED on. */
function receiveInWindow(state: TcpState, segment: TcpSegment, now: VirtualTime): void {
  const position = positionOf(state.initialReceive, state.receiveNext, segment.sequence);
  const end = position + segment.payload.length;
  if (end > position && end <= state.receiveNext) state.counters.duplicates += 1;
  if (!isAcceptable(state, position, sequenceLength(segment))) {
    answerUnacceptable(state, segment, position, now);
    return;
  }
  if (hasFlag(segment, RST)) {
    receiveReset(state, position, now);
    return;
  }
  if (hasFlag(segment, SYN)) {
    // RFC 5961 4.2: whatever its sequence number, never believed, only challenged.
    challenge(state, now);
    return;
  }
  if (!hasFlag(segment, ACK)) return;
  const ack = positionOf(state.initialSend, state.unacknowledged, segment.acknowledgment);
  if (state.status === "syn-received") {
    if (ack <= 0 || ack > state.sendHighest) {
      refuse(state, segment);
      return;
    }
    enterEstablished(state, ack, now);
    state.sendWindow = segment.window * (1 << state.sendShift);
    state.sendWindowMax = Math.max(state.sendWindowMax, state.sendWindow);
    state.windowSequence = position;
    state.windowAck = ack;
  } else if (!receiveAck(state, { segment, position, ack }, now)) {
    return;
  }
  receiveBody(state, segment, position, now);
}

function receiveBody(
  state: TcpState,
  segment: TcpSegment,
  position: number,
  now: VirtualTime,
): void {
  if (state.status === "closed") return;
  const isFin = hasFlag(segment, FIN);
  // After the peer's FIN only its repetition can come: it is acknowledged again.
  if (state.receiveNext > state.readQueue.end) {
    if (isFin || segment.payload.length > 0) state.isAckDue = true;
    if (isFin && state.status === "time-wait") enterTimeWait(state, now);
    return;
  }
  if (segment.payload.length === 0 && !isFin) return;
  if (receiveEdge(state) === state.receiveNext) {
    // A probe of our closed window: its ack counted, its text does not (RFC 9293 3.8.6.1).
    state.isAckDue = true;
    return;
  }
  receiveText(state, { position, payload: segment.payload, isFin }, now);
  enterPeerClosed(state, now);
}

/** RFC 9293 3.10.7.4, first check; a probe of a closed window passes for the sake of its ack. */
function isAcceptable(state: TcpState, position: number, length: number): boolean {
  const next = state.receiveNext;
  const window = Math.max(0, receiveEdge(state) - next);
  if (position === next) return true;
  // An empty segment may stand at the right edge: so does every ack of a peer that has filled the
  // window. (RFC 9293 has "<"; refusing these would stop two ends that wait for each other's acks.)
  if (length === 0) return position > next && position <= next + window;
  if (window === 0) return false;
  if (position > next && position < next + window) return true;
  return position + length > next && position < next + window;
}

function answerUnacceptable(
  state: TcpState,
  segment: TcpSegment,
  position: number,
  now: VirtualTime,
): void {
  if (hasFlag(segment, RST)) return;
  const isBareSyn = hasFlag(segment, SYN) && !hasFlag(segment, ACK);
  if (state.status === "syn-received" && isBareSyn && position === 0) {
    // The peer repeats its SYN: our SYN-ACK was lost. (A SYN-ACK here is the other half of a
    // simultaneous open; it gets an ack, or both ends would answer each other for ever.)
    transmitSyn(state, now);
    return;
  }
  if (state.status === "time-wait" && hasFlag(segment, FIN)) {
    enterTimeWait(state, now);
    state.isAckDue = true;
    return;
  }
  // Text is always answered, its acknowledgment may have been lost. An empty segment is answered
  // at a limited rate: two confused ends would otherwise ack each other for ever.
  if (sequenceLength(segment) > 0) state.isAckDue = true;
  else challenge(state, now);
}

/** RFC 5961 3.2: only the exact sequence number resets. */
function receiveReset(state: TcpState, position: number, now: VirtualTime): void {
  if (position !== state.receiveNext) {
    challenge(state, now);
    return;
  }
  if (state.status === "syn-received") enterClosed(state, "refused");
  // Both sides had closed: the RFC reports no error (3.10.7.4, second check).
  else if (isClosedByBoth(state.status)) enterClosed(state, undefined);
  else enterClosed(state, "reset");
}

function isClosedByBoth(status: TcpStatus): boolean {
  return status === "closing" || status === "last-ack" || status === "time-wait";
}

/** RFC 5961 7: an ack that makes a genuine peer show itself, at a limited rate. */
function challenge(state: TcpState, now: VirtualTime): void {
  if (now < state.challengeAfter) return;
  state.challengeAfter = after(now, state.profile.challengeInterval);
  state.isAckDue = true;
}

/** <SEQ=SEG.ACK><CTL=RST> to a segment that belongs to some other connection. */
function refuse(state: TcpState, segment: TcpSegment): void {
  state.outbox.push({
    sourcePort: state.local.port,
    destinationPort: state.remote.port,
    sequence: segment.acknowledgment,
    acknowledgment: 0,
    flags: RST,
    window: 0,
    mss: undefined,
    windowScale: undefined,
    payload: NO_BYTES,
  });
  state.counters.segmentsSent += 1;
}

function enterEstablished(state: TcpState, ack: number, now: VirtualTime): void {
  state.status = "established";
  state.unacknowledged = ack;
  state.sendNext = Math.max(state.sendNext, ack);
  if (state.timedPosition > 0) {
    sampleRoundTrip(state.rto, state.profile, between(state.timedAt, now));
    state.timedPosition = 0;
  } else if (state.isSynLost) {
    // RFC 6298 (5.7): nothing was measured, so data starts with a cautious timeout.
    const cautious = Math.max(state.profile.rtoInitial, state.profile.rtoAfterSynLoss);
    state.rto.timeout = duration(Math.min(cautious, state.profile.rtoMax));
  }
  // RFC 5681 3.1: one segment after a lost SYN.
  state.congestion.window = (state.isSynLost ? 1 : state.profile.initialWindow) * state.sendMss;
  state.congestion.timeouts = 0;
  state.retransmitAt = TIME_NEVER;
  state.giveUpAt = TIME_NEVER;
  armKeepAlive(state, now);
}

interface AckArrival {
  readonly segment: TcpSegment;
  readonly position: number;
  readonly ack: number;
}

/** The fifth check. False: the segment is dropped. */
function receiveAck(state: TcpState, arrival: AckArrival, now: VirtualTime): boolean {
  const { ack, segment } = arrival;
  // RFC 5961 5.2: neither ahead of what was sent nor older than the largest window.
  if (ack > state.sendHighest || ack < state.unacknowledged - state.sendWindowMax) {
    challenge(state, now);
    return false;
  }
  if (ack < state.unacknowledged) return true;
  const windowBefore = state.sendWindow;
  updateWindow(state, arrival);
  // A peer that answers probes of its closed window is alive (RFC 9293 3.8.6.1).
  if (state.probeAt !== TIME_NEVER) state.giveUpAt = after(now, state.profile.userTimeout);
  if (ack > state.unacknowledged) {
    acceptNewAck(state, ack, now);
    return true;
  }
  const isDuplicate =
    segment.payload.length === 0 &&
    !hasFlag(segment, FIN) &&
    state.sendNext > state.unacknowledged &&
    state.sendWindow === windowBefore;
  if (!isDuplicate) return true;
  const sent = {
    unacknowledged: state.unacknowledged,
    highest: state.sendHighest,
    mss: state.sendMss,
  };
  if (acceptDuplicate(state.congestion, sent)) {
    state.counters.fastRetransmits += 1;
    retransmitFirst(state, now);
  }
  return true;
}

/** SND.WL1 and SND.WL2 keep an old segment from setting the window. */
function updateWindow(state: TcpState, { segment, position, ack }: AckArrival): void {
  const isNewer =
    position > state.windowSequence ||
    (position === state.windowSequence && ack >= state.windowAck);
  if (!isNewer) return;
  state.sendWindow = segment.window * (1 << state.sendShift);
  state.sendWindowMax = Math.max(state.sendWindowMax, state.sendWindow);
  state.windowSequence = position;
  state.windowAck = ack;
}

function acceptNewAck(state: TcpState, ack: number, now: VirtualTime): void {
  const acked = ack - state.unacknowledged;
  state.unacknowledged = ack;
  dropBytes(state.sendQueue, Math.min(ack, state.sendQueue.end));
  state.sendNext = Math.max(state.sendNext, ack);
  if (state.timedPosition > 0 && ack >= state.timedPosition) {
    sampleRoundTrip(state.rto, state.profile, between(state.timedAt, now));
    state.timedPosition = 0;
  }
  state.probeAt = TIME_NEVER;
  const isInFlight = state.sendNext > ack;
  state.retransmitAt = isInFlight ? after(now, state.rto.timeout) : TIME_NEVER;
  state.giveUpAt = isInFlight ? after(now, state.profile.userTimeout) : TIME_NEVER;
  const isPartial = acceptAck(state.congestion, {
    position: ack,
    acked,
    flight: state.sendNext - ack,
    mss: state.sendMss,
    ceiling: state.profile.sendBuffer + DUPLICATE_ACKS * state.sendMss,
  });
  if (isPartial) retransmitFirst(state, now);
  if (isFinAcked(state)) enterFinAcked(state, now);
}

function enterFinAcked(state: TcpState, now: VirtualTime): void {
  if (state.status === "fin-wait-1") state.status = "fin-wait-2";
  else if (state.status === "closing") enterTimeWait(state, now);
  else if (state.status === "last-ack") enterClosed(state, undefined);
}

/** The eighth check, once the peer's FIN is in order. */
function enterPeerClosed(state: TcpState, now: VirtualTime): void {
  if (state.receiveNext <= state.readQueue.end) return;
  if (state.status === "established") state.status = "close-wait";
  else if (state.status === "fin-wait-1") state.status = "closing";
  else if (state.status === "fin-wait-2") enterTimeWait(state, now);
}

function armKeepAlive(state: TcpState, now: VirtualTime): void {
  const keepAlive = state.profile.keepAlive;
  if (keepAlive === undefined || state.status === "time-wait") return;
  state.keepAliveProbes = 0;
  state.keepAliveAt = after(now, keepAlive.idle);
}
