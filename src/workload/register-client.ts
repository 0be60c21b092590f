// A client of the register service: one operation at a time, each a datagram that is sent again until
// it is answered. The service knows a request by its number, so sending it again does it once only.

import type { Prng } from "../base/prng.ts";
import { after, type Duration, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import {
  COUNTERS_FROM,
  decodeReply,
  encodeRequest,
  type RegisterReply,
  type RegisterRequest,
} from "./register-wire.ts";
import {
  startUdpState,
  UdpClient,
  type UdpClientOptions,
  type UdpDialogue,
  type UdpPort,
  type UdpState,
} from "./udp-client.ts";
import type { Outcome } from "./workload.ts";

export interface RegisterMix {
  readonly get: number;
  readonly set: number;
  readonly incr: number;
}

export interface RegisterClientOptions extends UdpClientOptions {
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

interface RegisterState extends UdpState {
  /** Operations that are due and wait for the one before. */
  waiting: number;
  operations: number;
  /** Under which operations go on after one that nobody knows about. */
  process: number;
  open: Open | undefined;
}

/** Values of one client's operations lie together. */
const VALUES_EACH = 1_000_000;

export function createRegisterClient(
  prng: Prng,
  options: RegisterClientOptions,
): UdpClient<RegisterState> {
  const state: RegisterState = {
    ...startUdpState(),
    waiting: 0,
    operations: 0,
    process: options.index,
    open: undefined,
  };
  const dialogue = new RegisterDialogue(options);
  return new UdpClient(options, dialogue, state, prng.fork("operations"), prng.fork("host"));
}

class RegisterDialogue implements UdpDialogue<RegisterState> {
  readonly #options: RegisterClientOptions;

  constructor(options: RegisterClientOptions) {
    this.#options = options;
  }

  start(): void {
    // Nothing but what becomes due.
  }

  stop(state: RegisterState): void {
    state.waiting = 0;
  }

  receive(state: RegisterState, bytes: Uint8Array, now: VirtualTime): void {
    const reply = decodeReply(bytes);
    const { open } = state;
    // An answer that came twice, or to what was given up.
    if (open === undefined || reply?.number !== open.number) return;
    if (reply.client === this.#options.index)
      this.#complete(state, open, outcomeOf(open.op, reply), now);
  }

  turn(state: RegisterState, port: UdpPort, now: VirtualTime): void {
    if (state.open !== undefined && state.open.giveUpAt <= now) {
      this.#complete(state, state.open, { kind: "info", error: "no answer" }, now);
      // It may still take effect, so its process can do nothing more.
      state.process += this.#options.clients;
    }
    if (state.open !== undefined && state.open.retryAt <= now)
      this.#sendAgain(state, state.open, port, now);
    while (state.dueAt <= now) {
      state.waiting += 1;
      port.fetch(now);
    }
    if (state.open !== undefined || state.waiting === 0) return;
    state.waiting -= 1;
    this.#begin(state, port, now);
  }

  nextDeadline({ open }: RegisterState): VirtualTime {
    return open?.retryAt ?? TIME_NEVER;
  }

  isIdle({ waiting, open }: RegisterState): boolean {
    return waiting === 0 && open === undefined;
  }

  #begin(state: RegisterState, port: UdpPort, now: VirtualTime): void {
    const { index, retryAfter, answerTimeout } = this.#options;
    const opId = `c${index + 1}-${state.operations}`;
    const number = state.operations + 1;
    state.operations += 1;
    const { request, op } = this.#draw(port.prng, number);
    const { process } = state;
    state.events.push({ kind: "invoke", at: now, client: index, process, opId, op });
    const payload = encodeRequest(request);
    const giveUpAt = after(now, answerTimeout);
    const retryAt = after(now, retryAfter);
    state.open = { opId, op, process, number, payload, giveUpAt, wait: retryAfter, retryAt };
    port.send(payload, now);
  }

  #sendAgain(state: RegisterState, open: Open, port: UdpPort, now: VirtualTime): void {
    const wait = Math.min(2 * open.wait, this.#options.retryMost) as Duration;
    state.open = { ...open, wait, retryAt: earliest(after(now, wait), open.giveUpAt) };
    port.send(open.payload, now);
  }

  /** Each value is written once in a run, so that a read names the write that it saw. */
  #draw(prng: Prng, number: number): { readonly request: RegisterRequest; readonly op: Op } {
    const { index: client, registers, mix } = this.#options;
    const drawn = prng.below(mix.get + mix.set + mix.incr);
    const at = prng.below(registers);
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

  #complete(state: RegisterState, open: Open, outcome: Outcome, now: VirtualTime): void {
    state.open = undefined;
    const { opId, op, process } = open;
    const event = { at: now, client: this.#options.index, process, opId, op };
    // Not a spread: with outcomes of three shapes V8 takes ten times as long for one.
    state.events.push(Object.assign(event, outcome));
  }
}

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
