// Congestion control: slow start and congestion avoidance (RFC 5681), fast retransmit and NewReno
// fast recovery (RFC 6582), limited transmit (RFC 3042). Only bookkeeping: the functions here say
// what to do, tcp-send.ts sends.

import type { TcpProfile } from "./tcp-profile.ts";

export const DUPLICATE_ACKS = 3;

export interface CongestionState {
  /** cwnd, in bytes. */
  window: number;
  /** ssthresh */
  threshold: number;
  duplicateAcks: number;
  isRecovering: boolean;
  /** RFC 6582 `recover`, as the position behind it: what was sent when the last loss was seen. */
  recoverPosition: number;
  /** Bytes acknowledged since the window last grew, in congestion avoidance. */
  ackedBytes: number;
  /** Retransmission timeouts since the last progress. */
  timeouts: number;
}

export function createCongestion(profile: TcpProfile): CongestionState {
  return {
    window: profile.initialWindow * profile.mss,
    threshold: Number.MAX_SAFE_INTEGER,
    duplicateAcks: 0,
    isRecovering: false,
    recoverPosition: 0,
    ackedBytes: 0,
    timeouts: 0,
  };
}

export interface NewAck {
  /** The cumulative ack, as a position. */
  readonly position: number;
  readonly acked: number;
  /** Bytes in flight behind the ack. */
  readonly flight: number;
  readonly mss: number;
  /** The window need not outgrow what can ever be in flight. */
  readonly ceiling: number;
}

/** True when this is a partial ack: the first unacknowledged segment is to be sent again. */
export function acceptAck(congestion: CongestionState, ack: NewAck): boolean {
  congestion.duplicateAcks = 0;
  congestion.timeouts = 0;
  if (congestion.isRecovering) {
    if (ack.position >= congestion.recoverPosition) {
      congestion.isRecovering = false;
      congestion.window = Math.min(congestion.threshold, Math.max(ack.flight, ack.mss) + ack.mss);
      return false;
    }
    // RFC 6582 3.2 (3): deflate by what was acknowledged, add one segment back.
    const deflated = congestion.window - ack.acked + (ack.acked >= ack.mss ? ack.mss : 0);
    congestion.window = Math.max(deflated, ack.mss);
    return true;
  }
  grow(congestion, ack);
  return false;
}

/** True when the third duplicate arrives and the first segment is to be sent again. */
export function acceptDuplicate(
  congestion: CongestionState,
  sent: { readonly unacknowledged: number; readonly highest: number; readonly mss: number },
): boolean {
  congestion.duplicateAcks += 1;
  if (congestion.isRecovering) {
    congestion.window += sent.mss;
    return false;
  }
  if (congestion.duplicateAcks !== DUPLICATE_ACKS) return false;
  // RFC 6582 3.2 (2): duplicates that our own go-back-N provoked are not a new loss.
  if (sent.unacknowledged <= congestion.recoverPosition) return false;
  congestion.isRecovering = true;
  congestion.recoverPosition = sent.highest;
  congestion.threshold = halfOf(sent.highest - sent.unacknowledged, sent.mss);
  congestion.window = congestion.threshold + DUPLICATE_ACKS * sent.mss;
  congestion.ackedBytes = 0;
  return true;
}

/** RFC 5681 3.1 (4): on a timeout the window falls to one segment. */
export function acceptTimeout(
  congestion: CongestionState,
  sent: { readonly unacknowledged: number; readonly highest: number; readonly mss: number },
): void {
  // The threshold is halved once for a loss, not once for each time its retransmission is lost.
  if (congestion.timeouts === 0)
    congestion.threshold = halfOf(sent.highest - sent.unacknowledged, sent.mss);
  congestion.timeouts += 1;
  congestion.window = sent.mss;
  congestion.duplicateAcks = 0;
  congestion.isRecovering = false;
  congestion.recoverPosition = sent.highest;
  congestion.ackedBytes = 0;
}

/** Limited transmit: the first two duplicates each release one new segment. */
export function sendAllowance(congestion: CongestionState, mss: number): number {
  const limited = congestion.isRecovering
    ? 0
    : Math.min(congestion.duplicateAcks, DUPLICATE_ACKS - 1) * mss;
  return congestion.window + limited;
}

function halfOf(flight: number, mss: number): number {
  return Math.max(Math.floor(flight / 2), 2 * mss);
}

function grow(congestion: CongestionState, ack: NewAck): void {
  if (congestion.window >= ack.ceiling) return;
  if (congestion.window < congestion.threshold) {
    congestion.window += Math.min(ack.acked, ack.mss);
    return;
  }
  congestion.ackedBytes += ack.acked;
  if (congestion.ackedBytes < congestion.window) return;
  congestion.ackedBytes -= congestion.window;
  congestion.window += ack.mss;
}
