// An IpHost's TCP connections: birth, demultiplexing, events, death.

import { assert } from "../base/assert.ts";
import type { ByteWriter } from "../base/bytes.ts";
import type { Prng } from "../base/prng.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Endpoint } from "./address.ts";
import { queueLength } from "./byte-queue.ts";
import { sendPacket } from "./host-link.ts";
import {
  EPHEMERAL_FIRST,
  EPHEMERAL_LAST,
  type HostConnection,
  type HostEventKind,
  type IpHostState,
} from "./host-state.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";
import { openActive, openPassive, takeOutbox, writableBytes } from "./tcp.ts";
import type { TcpProfile } from "./tcp-profile.ts";
import {
  ACK,
  hasFlag,
  RST,
  sequenceLength,
  tcpSize,
  type TcpSegment,
  writeTcp,
} from "./tcp-segment.ts";
import {
  addCounters,
  createTcpState,
  hasPeerClosed,
  isSynchronized,
  type TcpState,
} from "./tcp-state.ts";

/** Connections that a host holds at most; a SYN beyond it is dropped, as by a full backlog. */
const CONNECTIONS_MAX = 4096;
const NO_BYTES: Uint8Array = new Uint8Array(0);

export function connectionKey(localPort: number, remote: Endpoint): string {
  return `${localPort}/${remote.address}:${remote.port}`;
}

export function openConnection(
  state: IpHostState,
  prng: Prng,
  target: { readonly remote: Endpoint; readonly profile: TcpProfile },
  now: VirtualTime,
): HostConnection {
  assert(state.connections.size < CONNECTIONS_MAX, "too many connections on one host");
  const port = takePort(state, target.remote);
  const local = { address: state.options.address, port };
  const tcp = createTcpState(target.profile, local, target.remote, prng.uint32());
  openActive(tcp, now);
  return register(state, tcp);
}

export function acceptConnection(
  state: IpHostState,
  prng: Prng,
  from: { readonly remote: Endpoint; readonly profile: TcpProfile; readonly segment: TcpSegment },
  now: VirtualTime,
): HostConnection | undefined {
  if (state.connections.size >= CONNECTIONS_MAX) return undefined;
  const local = { address: state.options.address, port: from.segment.destinationPort };
  const tcp = createTcpState(from.profile, local, from.remote, prng.uint32());
  openPassive(tcp, from.segment, now);
  return register(state, tcp);
}

/** Sends what the connection put out, tells the owner what changed, and buries the dead. */
export function flushConnection(
  state: IpHostState,
  connection: HostConnection,
  now: VirtualTime,
): void {
  for (const segment of takeOutbox(connection.tcp)) sendOrWait(state, connection, segment, now);
  reportChanges(state, connection);
  if (connection.tcp.status !== "closed") return;
  if (state.byKey.get(connection.key) === connection.id) state.byKey.delete(connection.key);
  // What was received before the end stays readable.
  if (queueLength(connection.tcp.readQueue) > 0) return;
  // Deleting twice would count twice: an owner may read and abort within one event.
  if (state.connections.delete(connection.id)) addCounters(state.buried, connection.tcp.counters);
}

/**
 * An acknowledgment alone waits until the owner has handled the event: if the owner answers with data
 * in the same event, the data carries it. Only an ack that says something new may wait; a repeated
 * one is a duplicate ack, which the peer counts (RFC 5681 3.2).
 */
function sendOrWait(
  state: IpHostState,
  connection: HostConnection,
  segment: TcpSegment,
  now: VirtualTime,
): void {
  const isNews = segment.acknowledgment !== connection.ackedThrough;
  connection.ackedThrough = segment.acknowledgment;
  if (isAckAlone(segment) && isNews) {
    state.waitingAcks.set(connection.id, { remote: connection.tcp.remote, segment, now });
    return;
  }
  const isCarried = segment.payload.length > 0 && hasFlag(segment, ACK);
  const waiting = state.waitingAcks.get(connection.id);
  state.waitingAcks.delete(connection.id);
  if (waiting !== undefined && !isCarried)
    sendSegment(state, waiting.remote, waiting.segment, waiting.now);
  sendSegment(state, connection.tcp.remote, segment, now);
}

/** The event is over: what still waits is sent. */
export function sendWaitingAcks(state: IpHostState): void {
  if (state.waitingAcks.size === 0) return;
  for (const { remote, segment, now } of state.waitingAcks.values())
    sendSegment(state, remote, segment, now);
  state.waitingAcks.clear();
}

function isAckAlone(segment: TcpSegment): boolean {
  return segment.flags === ACK && segment.payload.length === 0;
}

/** RFC 9293 3.10.7.1: a segment for nobody is answered by a reset. */
export function refuseSegment(
  state: IpHostState,
  remote: Endpoint,
  segment: TcpSegment,
  now: VirtualTime,
): void {
  if (hasFlag(segment, RST)) return;
  const isAck = hasFlag(segment, ACK);
  const reset: TcpSegment = {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: isAck ? segment.acknowledgment : 0,
    acknowledgment: isAck ? 0 : (segment.sequence + sequenceLength(segment)) >>> 0,
    flags: isAck ? RST : RST | ACK,
    window: 0,
    mss: undefined,
    windowScale: undefined,
    payload: NO_BYTES,
  };
  sendSegment(state, remote, reset, now);
}

function sendSegment(
  state: IpHostState,
  remote: Endpoint,
  segment: TcpSegment,
  now: VirtualTime,
): void {
  const pseudo = {
    source: state.options.address,
    destination: remote.address,
    protocol: PROTOCOL_TCP,
  };
  const packet = {
    destination: remote.address,
    protocol: PROTOCOL_TCP,
    size: tcpSize(segment),
    write: (out: ByteWriter): void => writeTcp(out, segment, pseudo),
  };
  sendPacket(state, packet, now);
}

function register(state: IpHostState, tcp: TcpState): HostConnection {
  const connection: HostConnection = {
    id: state.nextId,
    key: connectionKey(tcp.local.port, tcp.remote),
    tcp,
    isOpen: false,
    readEnd: tcp.readQueue.end,
    isEofSeen: false,
    wantsToWrite: false,
    isDone: false,
    ackedThrough: undefined,
  };
  state.nextId += 1;
  state.connections.set(connection.id, connection);
  state.byKey.set(connection.key, connection.id);
  return connection;
}

/** Events are edges: the difference between what is and what was told before. */
function reportChanges(state: IpHostState, connection: HostConnection): void {
  const { tcp } = connection;
  const tell = (kind: HostEventKind): void => {
    state.events.push({ kind, id: connection.id });
  };
  if (connection.isDone) return;
  if (!connection.isOpen && isSynchronized(tcp.status)) {
    connection.isOpen = true;
    tell(tcp.isActive ? "connected" : "accepted");
  }
  const isEofNew = hasPeerClosed(tcp) && !connection.isEofSeen;
  if (tcp.readQueue.end > connection.readEnd || isEofNew) {
    connection.readEnd = tcp.readQueue.end;
    connection.isEofSeen = hasPeerClosed(tcp);
    tell("readable");
  }
  if (connection.wantsToWrite && hasRoomAgain(tcp)) {
    connection.wantsToWrite = false;
    tell("writable");
  }
  const isOver = tcp.status === "closed" || tcp.status === "time-wait";
  if (!isOver) return;
  connection.isDone = true;
  // A connection that a listener never handed out has no owner to tell.
  if (connection.isOpen || tcp.isActive) tell(tcp.failure ?? "closed");
}

/** A third of the buffer, so that a writer is not woken for every acknowledged segment. */
function hasRoomAgain(tcp: TcpState): boolean {
  return writableBytes(tcp) * 3 >= tcp.profile.sendBuffer;
}

function takePort(state: IpHostState, remote: Endpoint): number {
  for (let tries = EPHEMERAL_FIRST; tries <= EPHEMERAL_LAST; tries++) {
    const port = state.nextPort;
    state.nextPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
    if (!state.byKey.has(connectionKey(port, remote))) return port;
  }
  assert(false, "no ephemeral port is free");
}
