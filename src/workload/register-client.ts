// A client of the register service: one operation at a time, each a datagram that is sent again until
// it is answered. The service knows a request by its number, so sending it again does it once only.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Op, OpEvent } from "../history/op.ts";
import type { Endpoint, Frame } from "../net/address.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import type { TcpProfile } from "../net/tcp-profile.ts";
import type { ClientRead } from "./client-state.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import {
  COUNTERS_FROM,
  decodeReply,
  encodeRequest,
  type RegisterReply,
  type RegisterRequest,
} from "./register-wire.ts";
import type { ConnectionEvent, DatagramEvent, ServiceClient } from "./service-client.ts";
import type { Outcome } from "./workload.ts";

export interface RegisterMix {
  readonly get: number;
  readonly set: number;
  readonly incr: number;
}

export interface RegisterClientOptions extends OpenLoopOptions {
  /** Position among the clients, from 0. */
  readonly index: number;
  readonly mac: number;
  readonly address: number;
  readonly server: Endpoint;
  readonly profile: TcpProfile;
  /** Registers in use, of either sort. */
  readonly registers: number;
  readonly mix: RegisterMix;
  /** The first wait for an answer; each further one is twice as long. */
  readonly retryAfter: Duration;
  readonly retryMost: Duration;
  /** An operation without an answer is given up after so long. */
  readonly answerTimeout: Duration;
}

interface Open {
  readonly opId: string;
  readonly op: Op;
  readonly process: number;
  readonly number: number;
  readonly payload: Uint8Array;
  readonly giveUpAt: VirtualTime;
  readonly wait: Duration;
  readonly retryAt: VirtualTime;
}

interface RegisterState {
  readonly schedule: OpenLoopState;
  dueAt: VirtualTime;
  /** Operations that are due and wait for the one before. */
  waiting: number;
  operations: number;
  /** Under which operations go on after one that nobody knows about. */
  process: number;
  open: Open | undefined;
  events: OpEvent[];
}

export interface RegisterClientSnapshot {
  readonly state: RegisterState;
  readonly host: IpHostSnapshot;
  readonly prng: PrngSnapshot;
}

const LOCAL_PORT = 40_000;
/** Values of one client's operations lie together. */
const VALUES_EACH = 1_000_000;

export class RegisterClient implements ServiceClient {
  readonly #prng: Prng;
  readonly #options: RegisterClientOptions;
  readonly #host: IpHost;
  #state: RegisterState;

  constructor(prng: Prng, options: RegisterClientOptions) {
    this.#prng = prng.fork("operations");
    this.#options = options;
    this.#host = new IpHost(prng.fork("host"), options);
    this.#host.openUdp(LOCAL_PORT);
    this.#state = {
      schedule: startOpenLoop(),
      dueAt: TIME_NEVER,
      waiting: 0,
      operations: 0,
      process: options.index,
      open: undefined,
      events: [],
    };
  }

  start(now: VirtualTime): void {
    this.#fetch(now);
    this.#turn(now);
  }

  stop(_now: VirtualTime): void {
    this.#state.dueAt = TIME_NEVER;
    this.#state.waiting = 0;
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    this.#host.handleFrame(bytes, now);
    this.#turn(now);
  }

  handleDeadline(now: VirtualTime): void {
    this.#host.handleDeadline(now);
    this.#turn(now);
  }

  nextDeadline(): VirtualTime {
    const { dueAt, open } = this.#state;
    const own = earliest(dueAt, open?.retryAt ?? TIME_NEVER);
    return earliest(own, this.#host.nextDeadline());
  }

  takeFrames(): readonly Frame[] {
    return this.#host.takeFrames();
  }

  takeOps(): readonly OpEvent[] {
    const { events } = this.#state;
    if (events.length > 0) this.#state.events = [];
    return events;
  }

  /** It has no streams. */
  takeReads(): readonly ClientRead[] {
    return NOTHING;
  }

  takeConnections(): readonly ConnectionEvent[] {
    return NOTHING;
  }

  /** Its datagrams have request numbers: how often one comes is of no concern to anybody. */
  takeDatagrams(): readonly DatagramEvent[] {
    return NOTHING;
  }

  get isIdle(): boolean {
    const { dueAt, waiting, open } = this.#state;
    return dueAt === TIME_NEVER && waiting === 0 && open === undefined;
  }

  snapshot(): RegisterClientSnapshot {
    return {
      state: clonePlain(this.#state),
      host: this.#host.snapshot(),
      prng: this.#prng.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as RegisterClientSnapshot;
    this.#state = clonePlain(own.state);
    this.#host.restore(own.host);
    this.#prng.restore(own.prng);
  }

  #turn(now: VirtualTime): void {
    const state = this.#state;
    for (const { bytes } of this.#host.takeDatagrams()) this.#receive(decodeReply(bytes), now);
    if (state.open !== undefined && state.open.giveUpAt <= now) {
      this.#complete({ kind: "info", error: "no answer" }, now);
      // It may still take effect, so its process can do nothing more.
      state.process += this.#options.clients;
    }
    if (state.open !== undefined && state.open.retryAt <= now) this.#sendAgain(state.open, now);
    while (state.dueAt <= now) {
      state.waiting += 1;
      this.#fetch(now);
    }
    if (state.open === undefined && state.waiting > 0) {
      state.waiting -= 1;
      this.#begin(now);
    }
  }

  #fetch(now: VirtualTime): void {
    const state = this.#state;
    state.dueAt = nextDue(state.schedule, this.#prng, this.#options, now) ?? TIME_NEVER;
  }

  #begin(now: VirtualTime): void {
    const state = this.#state;
    const { index, retryAfter, answerTimeout } = this.#options;
    const opId = `c${index + 1}-${state.operations}`;
    const number = state.operations + 1;
    state.operations += 1;
    const { request, op } = this.#draw(number);
    const { process } = state;
    state.events.push({ kind: "invoke", at: now, client: index, process, opId, op });
    const open: Open = {
      opId,
      op,
      process,
      number,
      payload: encodeRequest(request),
      giveUpAt: after(now, answerTimeout),
      wait: retryAfter,
      retryAt: after(now, retryAfter),
    };
    state.open = open;
    this.#send(open, now);
  }

  #sendAgain(open: Open, now: VirtualTime): void {
    const wait = Math.min(2 * open.wait, this.#options.retryMost) as Duration;
    this.#state.open = { ...open, wait, retryAt: earliest(after(now, wait), open.giveUpAt) };
    this.#send(open, now);
  }

  #send({ payload }: Open, now: VirtualTime): void {
    this.#host.sendUdp(LOCAL_PORT, this.#options.server, payload, now);
  }

  /** Each value is written once in a run, so that a read names the write that it saw. */
  #draw(number: number): { readonly request: RegisterRequest; readonly op: Op } {
    const { index: client, registers, mix } = this.#options;
    const drawn = this.#prng.below(mix.get + mix.set + mix.incr);
    const at = this.#prng.below(registers);
    if (drawn < mix.incr) {
      const register = COUNTERS_FROM + at;
      const op: Op = { kind: "incr", key: `n${at}` };
      return { request: { client, number, op: "incr", register, value: 0 }, op };
    }
    const key = `r${at}`;
    if (drawn < mix.incr + mix.get)
      return {
        request: { client, number, op: "get", register: at, value: 0 },
        op: { kind: "get", key },
      };
    const value = (client + 1) * VALUES_EACH + number;
    return {
      request: { client, number, op: "set", register: at, value },
      op: { kind: "set", key, value: `${value}` },
    };
  }

  #receive(reply: RegisterReply | undefined, now: VirtualTime): void {
    const { open } = this.#state;
    // An answer that came twice, or to what was given up.
    if (open === undefined || reply?.number !== open.number) return;
    if (reply.client === this.#options.index) this.#complete(outcomeOf(open.op, reply), now);
  }

  #complete(outcome: Outcome, now: VirtualTime): void {
    const { open } = this.#state;
    if (open === undefined) return;
    this.#state.open = undefined;
    const { opId, op, process } = open;
    const event = { at: now, client: this.#options.index, process, opId, op };
    // Not a spread: with outcomes of three shapes V8 takes ten times as long for one.
    this.#state.events.push(Object.assign(event, outcome));
  }
}

const NOTHING: readonly never[] = [];

function outcomeOf(op: Op, { kind, value }: RegisterReply): Outcome {
  switch (op.kind) {
    case "get":
      return {
        kind: "ok",
        result: { kind: "value", value: kind === "nothing" ? null : `${value}` },
      };
    case "incr":
      return { kind: "ok", result: { kind: "number", value } };
    default:
      return { kind: "ok", result: { kind: "done" } };
  }
}
