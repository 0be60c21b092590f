// One client: a workload, a process or several (Jepsen's sense), one TCP connection at a time to
// the service. Sans I/O like the IpHost under it.
//
// An operation that is due waits until the connection is open and a slot is free; it is *invoked*
// when its request is handed to TCP. It completes `ok` or `fail` by its reply, `fail` too when the
// connection dies before a byte of it was handed over, and `info` when the connection dies later:
// then its process ends, and the slot goes on under a new process number.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import {
  after,
  type Duration,
  duration,
  earliest,
  seconds,
  TIME_NEVER,
  type VirtualTime,
} from "../base/time.ts";
import type { Op, OpEvent } from "../history/op.ts";
import { type Frame, formatEndpoint } from "../net/address.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import type { TcpCounters } from "../net/tcp-state.ts";
import {
  BACK_OFF_FIRST,
  type ClientOptions,
  type ClientRead,
  type ClientState,
  createState,
  type Request,
} from "./client-state.ts";
import type { ConnectionEvent, DatagramEvent, ServiceClient } from "./service-client.ts";
import { createResp, feedResp, type RespValue, takeReply } from "./resp.ts";
import type { Outcome, Workload } from "./workload.ts";

export interface ClientSnapshot {
  readonly state: ClientState;
  readonly host: IpHostSnapshot;
  readonly workload: unknown;
  readonly prng: PrngSnapshot;
}

export const BACK_OFF_MAX: Duration = seconds(2);
/** Longer than three SYNs take (0, 1 and 3 s). */
export const CONNECT_TIMEOUT: Duration = seconds(5);
const READ_SIZE = 65536;

export class Client implements ServiceClient {
  readonly #prng: Prng;
  readonly #workload: Workload;
  readonly #options: ClientOptions;
  readonly #host: IpHost;
  #state: ClientState;

  constructor(prng: Prng, workload: Workload, options: ClientOptions) {
    this.#prng = prng.fork("back-off");
    this.#workload = workload;
    this.#options = options;
    this.#host = new IpHost(prng.fork("host"), options);
    this.#state = createState(options);
  }

  /** Connects and begins with the workload. */
  start(now: VirtualTime): void {
    this.#fetch(now);
    this.#connect(now);
    this.#turn(now);
  }

  /** No new operations, not even those that wait; what is in flight completes. */
  stop(_now: VirtualTime): void {
    this.#state.isExhausted = true;
    this.#state.upcoming = undefined;
    this.#state.due = [];
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    this.#host.handleFrame(bytes, now);
    this.#turn(now);
  }

  handleDeadline(now: VirtualTime): void {
    this.#host.handleDeadline(now);
    const state = this.#state;
    if (state.connectBy <= now) {
      this.#tell("timeout");
      this.#loseConnection("no answer to connect", now);
    }
    if (this.#replyBy() <= now) this.#loseConnection("no reply", now);
    if (state.retryAt <= now) this.#connect(now);
    this.#turn(now);
  }

  nextDeadline(): VirtualTime {
    const state = this.#state;
    let next = earliest(this.#host.nextDeadline(), state.upcoming?.at ?? TIME_NEVER);
    next = earliest(next, earliest(state.retryAt, state.connectBy));
    return earliest(next, this.#replyBy());
  }

  takeFrames(): readonly Frame[] {
    return this.#host.takeFrames();
  }

  takeOps(): readonly OpEvent[] {
    const events = this.#state.events;
    if (events.length > 0) this.#state.events = [];
    return events;
  }

  takeReads(): readonly ClientRead[] {
    const reads = this.#state.reads;
    if (reads.length > 0) this.#state.reads = [];
    return reads;
  }

  takeConnections(): readonly ConnectionEvent[] {
    const events = this.#state.connections;
    if (events.length > 0) this.#state.connections = [];
    return events;
  }

  /** It speaks TCP only. */
  takeDatagrams(): readonly DatagramEvent[] {
    return [];
  }

  /** Nothing in flight, nothing waiting, nothing more to come. */
  get isIdle(): boolean {
    const { isExhausted, due, inFlight } = this.#state;
    return isExhausted && due.length === 0 && inFlight.length === 0;
  }

  get inFlight(): number {
    return this.#state.inFlight.length;
  }

  /** Operations that are due and not yet invoked. */
  get waiting(): number {
    return this.#state.due.length;
  }

  /** "10.0.0.21:49152", or "" before the first connection. */
  get connectionName(): string {
    return this.#state.connectionName;
  }

  /** All connections of this client together. */
  get tcpTotals(): Readonly<TcpCounters> {
    return this.#host.tcpTotals();
  }

  snapshot(): ClientSnapshot {
    return {
      state: clonePlain(this.#state),
      host: this.#host.snapshot(),
      workload: this.#workload.snapshot(),
      prng: this.#prng.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ClientSnapshot;
    this.#state = clonePlain(own.state);
    this.#host.restore(own.host);
    this.#workload.restore(own.workload);
    this.#prng.restore(own.prng);
  }

  /** Everything that an arrival or a deadline may have made possible. */
  #turn(now: VirtualTime): void {
    for (const event of this.#host.takeEvents()) {
      if (event.id !== this.#state.connection) continue;
      switch (event.kind) {
        case "connected":
          this.#state.phase = "open";
          this.#state.connectBy = TIME_NEVER;
          this.#tell("connected");
          break;
        case "readable":
          this.#read(now);
          break;
        case "refused":
        case "reset":
        case "timeout":
        case "closed":
          this.#read(now);
          this.#tell(event.kind);
          this.#loseConnection(event.kind, now);
          break;
        case "accepted":
        case "writable":
          break;
      }
    }
    this.#collectDue(now);
    this.#invokeDue(now);
    this.#flush(now);
  }

  #tell(what: ConnectionEvent["what"]): void {
    this.#state.connections.push({ connection: this.#state.connectionName, what });
  }

  #read(now: VirtualTime): void {
    const state = this.#state;
    for (;;) {
      const bytes = this.#host.read(state.connection, READ_SIZE, now);
      if (bytes.length === 0) break;
      state.reads.push({ connection: state.connectionName, offset: state.readOffset, bytes });
      state.readOffset += bytes.length;
      feedResp(state.resp, bytes);
    }
    for (;;) {
      const step = takeReply(state.resp);
      if (step.kind === "incomplete") break;
      if (step.kind === "protocol-error") {
        this.#loseConnection(`protocol error: ${step.error}`, now);
        return;
      }
      if (!this.#completeFirst(step.value, now)) {
        this.#loseConnection("protocol error: a reply to nothing", now);
        return;
      }
    }
    if (this.#host.isEof(state.connection)) this.#loseConnection("closed by the service", now);
    else if (this.#isDone() && state.inFlight.length === 0) this.#hangUp(now);
  }

  /** Whether this connection has carried as many operations as one may. */
  #isDone(): boolean {
    const { hangUpAfter } = this.#options;
    return hangUpAfter !== undefined && this.#state.asked >= hangUpAfter;
  }

  /** The first to close: what the service still sends on the old connection finds nobody. */
  #hangUp(now: VirtualTime): void {
    this.#tell("closed");
    this.#host.close(this.#state.connection, now);
    this.#connect(now);
  }

  /** Replies come in the order of the requests. */
  #completeFirst(reply: RespValue, now: VirtualTime): boolean {
    const request = this.#state.inFlight.shift();
    if (request === undefined) return false;
    this.#state.backOff = BACK_OFF_FIRST;
    this.#complete(request, this.#workload.decode(request.op, reply), now);
    return true;
  }

  #complete(request: Request, outcome: Outcome, now: VirtualTime): void {
    const state = this.#state;
    const { op, opId, slot } = request;
    const process = state.processes[slot] as number;
    const base = { at: now, client: this.#options.index, process, opId, op };
    state.events.push(Object.assign(base, outcome));
    state.isBusy[slot] = false;
    this.#wakeUpcoming(now);
    if (outcome.kind !== "info") return;
    // The operation may still take effect, so its process can do nothing more.
    state.processes[slot] = state.nextProcess;
    state.nextProcess += this.#options.clients;
  }

  #connect(now: VirtualTime): void {
    const state = this.#state;
    state.phase = "connecting";
    state.retryAt = TIME_NEVER;
    state.connectBy = after(now, CONNECT_TIMEOUT);
    state.connection = this.#host.connect(this.#options.server, now);
    const endpoints = this.#host.endpoints(state.connection);
    state.connectionName = endpoints === undefined ? "" : formatEndpoint(endpoints.local);
    state.produced = 0;
    state.handedOver = 0;
    state.asked = 0;
    state.readOffset = 0;
    state.unsent = [];
    state.resp = createResp();
  }

  /** Idempotent: what is in flight gets its verdict, a new connection follows after a pause. */
  #loseConnection(reason: string, now: VirtualTime): void {
    const state = this.#state;
    if (state.phase === "backing-off" || state.phase === "new") return;
    this.#host.abort(state.connection, now);
    state.phase = "backing-off";
    state.connectBy = TIME_NEVER;
    const lost = state.inFlight;
    state.inFlight = [];
    for (const request of lost) {
      const isUntouched = request.start >= state.handedOver;
      this.#complete(request, { kind: isUntouched ? "fail" : "info", error: reason }, now);
    }
    // Half of the pause is drawn, so that clients that fell together do not return together.
    const half = Math.floor(state.backOff / 2);
    state.retryAt = after(now, duration(half + this.#prng.between(0, half)));
    state.backOff = duration(Math.min(state.backOff * 2, BACK_OFF_MAX));
  }

  #fetch(now: VirtualTime): void {
    const state = this.#state;
    const next = this.#workload.next(this.#options.index, now);
    switch (next.kind) {
      case "op":
        state.upcoming = { op: next.op, at: next.at, pause: undefined };
        break;
      case "next-op":
        state.upcoming = { op: next.op, at: TIME_NEVER, pause: next.pause };
        this.#wakeUpcoming(now);
        break;
      case "done":
        state.upcoming = undefined;
        state.isExhausted = true;
        break;
    }
  }

  /** A closed loop goes on when there is a slot that nothing else is due for. */
  #wakeUpcoming(now: VirtualTime): void {
    const { upcoming, isBusy, due } = this.#state;
    if (upcoming?.pause === undefined || upcoming.at !== TIME_NEVER) return;
    const free = isBusy.filter((busy) => !busy).length;
    if (free <= due.length) return;
    this.#state.upcoming = { ...upcoming, at: after(now, upcoming.pause) };
  }

  #collectDue(now: VirtualTime): void {
    const state = this.#state;
    while (state.upcoming !== undefined && state.upcoming.at <= now) {
      state.due.push(state.upcoming.op);
      this.#fetch(now);
    }
  }

  #invokeDue(now: VirtualTime): void {
    const state = this.#state;
    while (state.phase === "open" && state.due.length > 0 && !this.#isDone()) {
      const slot = state.isBusy.indexOf(false);
      if (slot < 0) return;
      const op = state.due.shift() as Op;
      const opId = `c${this.#options.index + 1}-${state.operations}`;
      state.operations += 1;
      state.asked += 1;
      state.isBusy[slot] = true;
      const process = state.processes[slot] as number;
      const { index } = this.#options;
      state.events.push({ at: now, client: index, process, opId, op, kind: "invoke" });
      state.inFlight.push({ opId, op, slot, sentAt: now, start: state.produced });
      const bytes = this.#workload.encode(op);
      state.produced += bytes.length;
      state.unsent.push(bytes);
    }
  }

  #flush(now: VirtualTime): void {
    const state = this.#state;
    while (state.phase === "open" && state.unsent.length > 0) {
      const bytes = state.unsent[0] as Uint8Array;
      const accepted = this.#host.send(state.connection, bytes, now);
      state.handedOver += accepted;
      if (accepted < bytes.length) {
        state.unsent[0] = bytes.subarray(accepted);
        return;
      }
      state.unsent.shift();
    }
  }

  #replyBy(): VirtualTime {
    const oldest = this.#state.inFlight[0];
    const { replyTimeout } = this.#options;
    if (oldest === undefined || replyTimeout === undefined) return TIME_NEVER;
    return after(oldest.sentAt, replyTimeout);
  }
}
