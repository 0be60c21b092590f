// One TCP connection (RFC 9293), sans I/O: segments and times go in, segments come out.
//   connect / listenAccept   open it          receive / handleDeadline   drive it
//   send / read / close / abort   use it      takeSegments / nextDeadline   what it wants
// The functions over TcpState are what an IpHost uses; TcpConnection is the same for one connection
// on its own. It never reads a clock, and it owns nothing but its state.

import { assert } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import { after, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Endpoint } from "./address.ts";
import { appendBytes, createQueue, dropBytes, peekBytes, queueLength } from "./byte-queue.ts";
import type { TcpProfile } from "./tcp-profile.ts";
import { acceptSyn, receiveSegment } from "./tcp-receive.ts";
import { ACK, RST, type TcpSegment } from "./tcp-segment.ts";
import {
  handleProbeTimeout,
  handleRetransmitTimeout,
  sendKeepAlive,
  transmit,
  transmitSyn,
} from "./tcp-send.ts";
import {
  createTcpState,
  emitControl,
  enterClosed,
  hasPeerClosed,
  isSynchronized,
  receiveEdge,
  type TcpFailure,
  type TcpState,
  type TcpStatus,
} from "./tcp-state.ts";

export class TcpConnection {
  #state: TcpState;

  constructor(profile: TcpProfile, local: Endpoint, remote: Endpoint, initialSequence: number) {
    this.#state = createTcpState(profile, local, remote, initialSequence);
  }

  get status(): TcpStatus {
    return this.#state.status;
  }

  get failure(): TcpFailure | undefined {
    return this.#state.failure;
  }

  /** Bytes that `read` would give. */
  get readable(): number {
    return queueLength(this.#state.readQueue);
  }

  /** Bytes that `send` would take. */
  get writable(): number {
    return writableBytes(this.#state);
  }

  /** Bytes taken by `send` and not yet acknowledged by the peer. */
  get unacked(): number {
    return queueLength(this.#state.sendQueue);
  }

  /** Everything was read and nothing more will come. */
  get isEof(): boolean {
    return isAtEof(this.#state);
  }

  connect(now: VirtualTime): void {
    openActive(this.#state, now);
  }

  /** Passive open: the SYN that a listener got. */
  listenAccept(syn: TcpSegment, now: VirtualTime): void {
    openPassive(this.#state, syn, now);
  }

  receive(segment: TcpSegment, now: VirtualTime): void {
    receiveSegment(this.#state, segment, now);
  }

  /** Bytes accepted into the send buffer; the array must not change afterwards. */
  send(bytes: Uint8Array, now: VirtualTime): number {
    return sendBytes(this.#state, bytes, now);
  }

  read(max: number, now: VirtualTime): Uint8Array {
    return readBytes(this.#state, max, now);
  }

  /** No more sends; what is queued goes out, then a FIN. Reading goes on (half close). */
  close(now: VirtualTime): void {
    closeSending(this.#state, now);
  }

  abort(_now: VirtualTime): void {
    abortConnection(this.#state);
  }

  handleDeadline(now: VirtualTime): void {
    handleTcpDeadline(this.#state, now);
  }

  nextDeadline(): VirtualTime {
    return nextTcpDeadline(this.#state);
  }

  takeSegments(): readonly TcpSegment[] {
    return takeOutbox(this.#state);
  }

  snapshot(): TcpState {
    return clonePlain(this.#state);
  }

  restore(snapshot: TcpState): void {
    this.#state = clonePlain(snapshot);
  }
}

export function openActive(state: TcpState, now: VirtualTime): void {
  assert(state.status === "closed" && state.sendHighest === 0, "connect on a used connection");
  state.isActive = true;
  state.status = "syn-sent";
  transmitSyn(state, now);
}

export function openPassive(state: TcpState, syn: TcpSegment, now: VirtualTime): void {
  assert(state.status === "closed" && state.sendHighest === 0, "accept on a used connection");
  state.status = "syn-received";
  acceptSyn(state, syn);
  transmitSyn(state, now);
}

export function writableBytes(state: TcpState): number {
  const isOpen =
    !state.isSendClosed &&
    (state.status === "syn-sent" ||
      state.status === "syn-received" ||
      state.status === "established" ||
      state.status === "close-wait");
  return isOpen ? Math.max(0, state.profile.sendBuffer - queueLength(state.sendQueue)) : 0;
}

export function isAtEof(state: TcpState): boolean {
  if (queueLength(state.readQueue) > 0) return false;
  return hasPeerClosed(state) || (state.status === "closed" && state.sendHighest > 0);
}

export function sendBytes(state: TcpState, bytes: Uint8Array, now: VirtualTime): number {
  const accepted = Math.min(bytes.length, writableBytes(state));
  if (accepted === 0) return 0;
  appendBytes(state.sendQueue, bytes.subarray(0, accepted));
  transmit(state, now);
  return accepted;
}

export function readBytes(state: TcpState, max: number, now: VirtualTime): Uint8Array {
  const queue = state.readQueue;
  const bytes = peekBytes(queue, queue.start, max);
  dropBytes(queue, queue.start + bytes.length);
  if (bytes.length > 0 && isWindowUpdateDue(state)) {
    state.isAckDue = true;
    transmit(state, now);
  }
  return bytes;
}

export function closeSending(state: TcpState, now: VirtualTime): void {
  if (state.status === "closed" || state.isSendClosed) return;
  if (state.status === "syn-sent") {
    enterClosed(state, undefined);
    return;
  }
  state.isSendClosed = true;
  transmit(state, now);
}

/** RFC 9293 3.10.5. */
export function abortConnection(state: TcpState): void {
  if (state.status === "closed") return;
  const isHeard = isSynchronized(state.status) || state.status === "syn-received";
  if (isHeard && state.status !== "time-wait") emitControl(state, RST | ACK);
  enterClosed(state, undefined);
  state.readQueue = createQueue(state.readQueue.end);
}

export function nextTcpDeadline(state: TcpState): VirtualTime {
  let next = earliest(state.retransmitAt, state.probeAt);
  next = earliest(next, earliest(state.ackAt, state.timeWaitAt));
  return earliest(next, earliest(state.keepAliveAt, state.giveUpAt));
}

/** Everything that is due. Afterwards `nextTcpDeadline` lies in the future. */
export function handleTcpDeadline(state: TcpState, now: VirtualTime): void {
  if (state.giveUpAt <= now) {
    enterClosed(state, "timeout");
    return;
  }
  if (state.timeWaitAt <= now) {
    enterClosed(state, undefined);
    return;
  }
  if (state.ackAt <= now) {
    state.isAckDue = true;
    transmit(state, now);
  }
  if (state.retransmitAt <= now) handleRetransmitTimeout(state, now);
  if (state.probeAt <= now) handleProbeTimeout(state, now);
  if (state.keepAliveAt <= now) handleKeepAlive(state, now);
}

export function takeOutbox(state: TcpState): readonly TcpSegment[] {
  const segments = state.outbox;
  if (segments.length > 0) state.outbox = [];
  return segments;
}

/** A window update is worth a segment of its own when it moves the edge by two segments (one, when
 * the peer has less than one left) or by half of the buffer. */
function isWindowUpdateDue(state: TcpState): boolean {
  if (!isSynchronized(state.status) || hasPeerClosed(state)) return false;
  const gained = receiveEdge(state) - state.advertisedEdge;
  const left = state.advertisedEdge - state.receiveNext;
  const segments = left < state.profile.mss ? 1 : 2;
  return gained >= Math.min(state.profile.receiveBuffer >> 1, segments * state.profile.mss);
}

function handleKeepAlive(state: TcpState, now: VirtualTime): void {
  const keepAlive = state.profile.keepAlive;
  if (keepAlive === undefined || !isSynchronized(state.status)) {
    state.keepAliveAt = TIME_NEVER;
    return;
  }
  // While something is on its way, retransmission and probes find out what a keep-alive would.
  if (state.giveUpAt !== TIME_NEVER) {
    state.keepAliveAt = after(now, keepAlive.idle);
    return;
  }
  if (state.keepAliveProbes >= keepAlive.probes) {
    enterClosed(state, "timeout");
    return;
  }
  state.keepAliveProbes += 1;
  state.keepAliveAt = after(now, keepAlive.interval);
  sendKeepAlive(state);
}
