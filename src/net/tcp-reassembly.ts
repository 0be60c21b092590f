// Text into the read queue, in order. What arrives beyond a gap waits in `ahead`. The first copy of
// a byte counts; a later one is not looked at.

import { earliest, after, NO_TIME, type VirtualTime } from "../base/time.ts";
import { appendBytes } from "./byte-queue.ts";
import { insertAhead } from "./segments-ahead.ts";
import { receiveEdge, type TcpState } from "./tcp-state.ts";

/** RFC 9293 3.8.6.3: an acknowledgment at least for every second segment. */
const SEGMENTS_PER_ACK = 2;

export interface ArrivingText {
  readonly position: number;
  readonly payload: Uint8Array;
  readonly isFin: boolean;
}

/** The seventh check of RFC 9293 3.10.7.4, and the bookkeeping of the eighth. */
export function receiveText(state: TcpState, text: ArrivingText, now: VirtualTime): void {
  const end = text.position + text.payload.length;
  if (text.isFin && end >= state.receiveNext && end <= receiveEdge(state))
    state.finPosition ??= end;
  const before = state.receiveNext;
  const hadGap = state.ahead.length > 0;
  store(state, text.position, text.payload);
  const isPlain = state.receiveNext === end && end > before && !hadGap;
  if (state.finPosition === state.receiveNext) {
    state.receiveNext += 1;
    state.isAckDue = true;
    return;
  }
  if (text.payload.length === 0 && !text.isFin) return;
  // RFC 5681 4.2: out of order, filling a gap, or old: acknowledged at once.
  if (!isPlain) state.isAckDue = true;
  else scheduleAck(state, now);
}

function scheduleAck(state: TcpState, now: VirtualTime): void {
  state.unackedSegments += 1;
  if (state.profile.delayedAck === NO_TIME || state.unackedSegments >= SEGMENTS_PER_ACK)
    state.isAckDue = true;
  else state.ackAt = earliest(state.ackAt, after(now, state.profile.delayedAck));
}

/** Cuts to the window, then appends or sets aside. */
function store(state: TcpState, position: number, payload: Uint8Array): void {
  const from = Math.max(position, state.receiveNext);
  const to = Math.min(position + payload.length, receiveEdge(state));
  if (to <= from) return;
  const bytes = payload.subarray(from - position, to - position);
  if (from > state.receiveNext) {
    state.counters.outOfOrder += 1;
    state.ahead = insertAhead(state.ahead, { position: from, bytes });
    return;
  }
  appendBytes(state.readQueue, bytes);
  state.receiveNext = state.readQueue.end;
  takeAhead(state);
}

function takeAhead(state: TcpState): void {
  let taken = 0;
  for (const piece of state.ahead) {
    if (piece.position > state.receiveNext) break;
    taken += 1;
    const skip = state.receiveNext - piece.position;
    if (skip >= piece.bytes.length) continue;
    appendBytes(state.readQueue, piece.bytes.subarray(skip));
    state.receiveNext = state.readQueue.end;
  }
  if (taken > 0) state.ahead = state.ahead.slice(taken);
}
