// The sending half of the TCP: segments out of the send queue as far as the peer's window and the
// congestion window allow, retransmission, zero-window probes, pure acknowledgments.

import { after, duration, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import { peekBytes } from "./byte-queue.ts";
import { backOff } from "./rto.ts";
import { acceptTimeout, sendAllowance } from "./tcp-congestion.ts";
import { ACK, FIN, PSH, SYN } from "./tcp-segment.ts";
import { emit, emitControl, isSending, type TcpState } from "./tcp-state.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

interface Text {
  readonly position: number;
  readonly size: number;
  readonly carriesFin: boolean;
}

/** Sends all that may leave now; an acknowledgment that is due rides along or goes alone. */
export function transmit(state: TcpState, now: VirtualTime): void {
  if (isSending(state.status)) {
    restartAfterIdle(state, now);
    while (sendOne(state, now));
    armProbe(state, now);
  }
  if (state.isAckDue) emitControl(state, ACK);
}

/** Sends or repeats the SYN of an opening connection. */
export function transmitSyn(state: TcpState, now: VirtualTime): void {
  const isFirst = state.sendHighest === 0;
  const flags = state.status === "syn-received" ? SYN | ACK : SYN;
  emit(state, { flags, position: 0, payload: NO_BYTES });
  state.sendNext = 1;
  state.sendHighest = 1;
  state.timedPosition = isFirst ? 1 : 0;
  state.timedAt = now;
  state.lastSentAt = now;
  state.retransmitAt = after(now, state.rto.timeout);
  if (!isFirst) state.counters.retransmissions += 1;
  if (state.giveUpAt === TIME_NEVER) state.giveUpAt = after(now, state.profile.connectTimeout);
}

/** Fast retransmit: the first unacknowledged segment, without moving SND.NXT (RFC 5681 3.2). */
export function retransmitFirst(state: TcpState, now: VirtualTime): void {
  const position = state.unacknowledged;
  const sentEnd = Math.min(state.sendQueue.end, state.sendHighest);
  const payload = peekBytes(
    state.sendQueue,
    position,
    Math.min(state.sendMss, Math.max(0, sentEnd - position)),
  );
  const end = position + payload.length;
  const carriesFin = end === state.sendQueue.end && state.sendHighest > state.sendQueue.end;
  if (payload.length === 0 && !carriesFin) return;
  emit(state, {
    flags: textFlags(state, { position, size: payload.length, carriesFin }),
    position,
    payload,
  });
  state.timedPosition = 0;
  state.lastSentAt = now;
  state.retransmitAt = after(now, state.rto.timeout);
  state.counters.retransmissions += 1;
}

/** RFC 6298 (5.4)-(5.6): go back to the first unacknowledged position. */
export function handleRetransmitTimeout(state: TcpState, now: VirtualTime): void {
  state.counters.timeouts += 1;
  backOff(state.rto, state.profile);
  if (state.status === "syn-sent" || state.status === "syn-received") {
    state.isSynLost = true;
    state.congestion.timeouts += 1;
    transmitSyn(state, now);
    return;
  }
  acceptTimeout(state.congestion, {
    unacknowledged: state.unacknowledged,
    highest: state.sendHighest,
    mss: state.sendMss,
  });
  state.sendNext = state.unacknowledged;
  state.timedPosition = 0;
  state.retransmitAt = TIME_NEVER;
  transmit(state, now);
}

/**
 * RFC 9293 3.8.6.1: one byte (or the FIN) beyond a closed window. SND.NXT stays, so the byte is
 * sent again as ordinary data when the window opens.
 */
export function handleProbeTimeout(state: TcpState, now: VirtualTime): void {
  const position = state.unacknowledged;
  const payload = peekBytes(state.sendQueue, position, probeSize(state));
  const end = position + payload.length;
  const carriesFin = payload.length === 0;
  emit(state, {
    flags: textFlags(state, { position, size: payload.length, carriesFin }),
    position,
    payload,
  });
  if (carriesFin) enterFinSent(state);
  state.sendHighest = Math.max(state.sendHighest, end + (carriesFin ? 1 : 0));
  state.counters.probes += 1;
  state.probeInterval = Math.min(state.probeInterval * 2, state.profile.probeMax);
  state.probeAt = after(now, duration(state.probeInterval));
}

/** RFC 9293 3.8.4: a segment that the peer must answer, one position before what it expects. */
export function sendKeepAlive(state: TcpState): void {
  emit(state, { flags: ACK, position: state.unacknowledged - 1, payload: NO_BYTES });
  state.counters.probes += 1;
}

/** One segment, if one may leave. */
function sendOne(state: TcpState, now: VirtualTime): boolean {
  const available = state.sendQueue.end - state.sendNext;
  // Negative: the FIN is in flight, nothing can follow it.
  if (available < 0) return false;
  const usable = sendLimit(state) - state.sendNext;
  const size = Math.max(0, Math.min(state.sendMss, available, usable));
  const carriesFin = state.isSendClosed && size === available && usable > size;
  if (size === 0 && !carriesFin) return false;
  // Silly-window avoidance of the sender (RFC 9293 3.8.6.2.1). Nagle's algorithm is off, so the
  // end of the queue never waits; only a piece that the window cut off does.
  const isPiece = size < state.sendMss && size < available;
  if (isPiece && size * 2 < state.sendWindowMax) return false;
  const position = state.sendNext;
  const payload = peekBytes(state.sendQueue, position, size);
  emit(state, { flags: textFlags(state, { position, size, carriesFin }), position, payload });
  noteSent(state, position + size + (carriesFin ? 1 : 0), now);
  if (carriesFin) enterFinSent(state);
  return true;
}

function noteSent(state: TcpState, end: number, now: VirtualTime): void {
  if (state.sendNext < state.sendHighest) {
    state.counters.retransmissions += 1;
  } else if (state.timedPosition === 0) {
    state.timedPosition = end;
    state.timedAt = now;
  }
  state.sendNext = end;
  state.sendHighest = Math.max(state.sendHighest, end);
  state.lastSentAt = now;
  state.probeAt = TIME_NEVER;
  if (state.retransmitAt === TIME_NEVER) state.retransmitAt = after(now, state.rto.timeout);
  if (state.giveUpAt === TIME_NEVER) state.giveUpAt = after(now, state.profile.userTimeout);
}

function enterFinSent(state: TcpState): void {
  if (state.status === "established") state.status = "fin-wait-1";
  else if (state.status === "close-wait") state.status = "last-ack";
}

function textFlags(state: TcpState, text: Text): number {
  const isPushed = text.size > 0 && text.position + text.size === state.sendQueue.end;
  return ACK | (isPushed ? PSH : 0) | (text.carriesFin ? FIN : 0);
}

function sendLimit(state: TcpState): number {
  const allowance = sendAllowance(state.congestion, state.sendMss);
  return state.unacknowledged + Math.min(state.sendWindow, allowance);
}

/** With a small but open window the probe takes what fits (the override of 3.8.6.2.1). */
function probeSize(state: TcpState): number {
  return Math.max(1, Math.min(state.sendWindow, state.sendMss));
}

/** Something waits, nothing is in flight, and the window let nothing out: start probing. */
function armProbe(state: TcpState, now: VirtualTime): void {
  const isInFlight = state.sendNext > state.unacknowledged;
  const waits =
    state.sendQueue.end > state.sendNext ||
    (state.isSendClosed && state.sendNext === state.sendQueue.end);
  if (isInFlight || !waits) {
    state.probeAt = TIME_NEVER;
    return;
  }
  if (state.probeAt !== TIME_NEVER) return;
  state.retransmitAt = TIME_NEVER;
  state.probeInterval = Math.min(state.rto.timeout, state.profile.probeMax);
  state.probeAt = after(now, duration(state.probeInterval));
  if (state.giveUpAt === TIME_NEVER) state.giveUpAt = after(now, state.profile.userTimeout);
}

/** RFC 5681 4.1. */
function restartAfterIdle(state: TcpState, now: VirtualTime): void {
  if (!state.profile.isSlowStartAfterIdle || state.sendNext > state.unacknowledged) return;
  if (now - state.lastSentAt <= state.rto.timeout) return;
  const initial = state.profile.initialWindow * state.sendMss;
  state.congestion.window = Math.min(state.congestion.window, initial);
}
