// The state of a client, as plain data, and the types that its users see.

import { type Duration, milliseconds, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Op, OpEvent } from "../history/op.ts";
import type { Endpoint } from "../net/address.ts";
import type { ConnectionId } from "../net/host-state.ts";
import type { TcpProfile } from "../net/tcp-profile.ts";
import type { ConnectionEvent } from "./service-client.ts";
import { createResp, type RespState } from "./resp.ts";

export interface ClientOptions {
  /** Position among the clients, from 0; its first process has the same number. */
  readonly index: number;
  /** How many clients there are: the process numbers of a client step by it. */
  readonly clients: number;
  readonly mac: number;
  readonly address: number;
  readonly server: Endpoint;
  readonly profile: TcpProfile;
  /** Requests in flight at once; 1: no pipelining. */
  readonly depth: number;
  /** A connection whose oldest request waits longer is given up; undefined: never. */
  readonly replyTimeout: Duration | undefined;
  /** Operations on one connection, after which it is closed and another opened; undefined: never. */
  readonly hangUpAfter: number | undefined;
}

/** Bytes that the application read, in order, of one connection. */
export interface ClientRead {
  /** The client's end: "10.0.0.21:49152". */
  readonly connection: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Request {
  readonly opId: string;
  readonly op: Op;
  readonly slot: number;
  readonly sentAt: VirtualTime;
  /** Position of its first byte in what this connection was to send. */
  readonly start: number;
}

/** `pause`: it waits for a free slot, and becomes due so long after that. */
export interface Upcoming {
  readonly op: Op;
  readonly at: VirtualTime;
  readonly pause: Duration | undefined;
}

export interface ClientState {
  phase: "new" | "backing-off" | "connecting" | "open";
  connection: ConnectionId;
  connectionName: string;
  /** Bytes of this connection: produced by requests, handed to TCP, read. */
  produced: number;
  handedOver: number;
  readOffset: number;
  /** Operations invoked on this connection. */
  asked: number;
  /** Produced and not handed over. */
  unsent: Uint8Array[];
  resp: RespState;

  retryAt: VirtualTime;
  backOff: Duration;
  connectBy: VirtualTime;

  /** The process number of each slot, and whether it is busy. */
  processes: number[];
  isBusy: boolean[];
  nextProcess: number;
  operations: number;

  /** The next operation that is not yet due. */
  upcoming: Upcoming | undefined;
  /** Nothing more comes from the workload. */
  isExhausted: boolean;
  due: Op[];
  inFlight: Request[];

  events: OpEvent[];
  reads: ClientRead[];
  connections: ConnectionEvent[];
}

export const BACK_OFF_FIRST: Duration = milliseconds(100);

export function createState(options: ClientOptions): ClientState {
  const slots = Array.from({ length: options.depth }, (_, slot) => slot);
  return {
    phase: "new",
    connection: 0,
    connectionName: "",
    produced: 0,
    handedOver: 0,
    asked: 0,
    readOffset: 0,
    unsent: [],
    resp: createResp(),
    retryAt: TIME_NEVER,
    backOff: BACK_OFF_FIRST,
    connectBy: TIME_NEVER,
    processes: slots.map((slot) => options.index + slot * options.clients),
    isBusy: slots.map(() => false),
    nextProcess: options.index + options.depth * options.clients,
    operations: 0,
    upcoming: undefined,
    isExhausted: false,
    due: [],
    inFlight: [],
    events: [],
    reads: [],
    connections: [],
  };
}
