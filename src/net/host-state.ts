// The state of an IpHost, as plain data, and the types that its users see.

import type { VirtualTime } from "../base/time.ts";
import type { Endpoint, Frame } from "./address.ts";
import type { TcpProfile } from "./tcp-profile.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { createCounters, type TcpCounters, type TcpState } from "./tcp-state.ts";

export type ConnectionId = number;

export interface IpHostOptions {
  readonly mac: number;
  readonly address: number;
  /** What `connect` and `listen` use unless told otherwise. */
  readonly profile: TcpProfile;
}

export type HostEventKind =
  | "accepted"
  | "connected"
  | "readable"
  | "writable"
  | "closed"
  | "refused"
  | "reset"
  | "timeout";

export interface HostEvent {
  readonly kind: HostEventKind;
  readonly id: ConnectionId;
}

export interface Datagram {
  readonly localPort: number;
  readonly remote: Endpoint;
  readonly bytes: Uint8Array;
}

export interface HostConnection {
  readonly id: ConnectionId;
  readonly key: string;
  readonly tcp: TcpState;
  /** What the owner was told; events are differences to it. */
  isOpen: boolean;
  readEnd: number;
  isEofSeen: boolean;
  wantsToWrite: boolean;
  isDone: boolean;
  /** The acknowledgment that was sent last; undefined before the first. */
  ackedThrough: number | undefined;
}

/** A segment that only acknowledges, until the end of the event that caused it. */
export interface WaitingAck {
  readonly remote: Endpoint;
  readonly segment: TcpSegment;
  readonly now: VirtualTime;
}

/** A neighbour whose MAC is being asked for, with the packets that wait for it. */
export interface Resolution {
  readonly address: number;
  attempts: number;
  retryAt: VirtualTime;
  packets: Uint8Array[];
}

export interface IpHostCounters {
  framesReceived: number;
  framesSent: number;
  /** Bad checksums, cut headers, impossible lengths. */
  malformed: number;
  notForUs: number;
  /** Packets given up because nobody answered for their address. */
  unreachable: number;
}

export interface IpHostState {
  readonly options: IpHostOptions;
  nextId: ConnectionId;
  nextPort: number;
  nextIdentification: number;
  readonly connections: Map<ConnectionId, HostConnection>;
  readonly byKey: Map<string, ConnectionId>;
  readonly listeners: Map<number, TcpProfile>;
  readonly udpPorts: Set<number>;
  readonly neighbours: Map<number, number>;
  readonly resolutions: Map<number, Resolution>;
  readonly waitingAcks: Map<ConnectionId, WaitingAck>;
  frames: Frame[];
  events: HostEvent[];
  datagrams: Datagram[];
  readonly counters: IpHostCounters;
  /** Of the connections that are gone. */
  readonly buried: TcpCounters;
}

export const EPHEMERAL_FIRST = 49152;
export const EPHEMERAL_LAST = 65535;

export function createHostState(options: IpHostOptions): IpHostState {
  return {
    options,
    nextId: 1,
    nextPort: EPHEMERAL_FIRST,
    nextIdentification: 1,
    connections: new Map(),
    byKey: new Map(),
    listeners: new Map(),
    udpPorts: new Set(),
    neighbours: new Map(),
    resolutions: new Map(),
    waitingAcks: new Map(),
    frames: [],
    events: [],
    datagrams: [],
    counters: { framesReceived: 0, framesSent: 0, malformed: 0, notForUs: 0, unreachable: 0 },
    buried: createCounters(),
  };
}
