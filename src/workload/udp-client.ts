// A client over UDP, whatever it says: a host with one port, operations in an open loop, and neither
// streams nor connections. What it sends, and what an answer means to it, is its dialogue.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import type { Endpoint, Frame } from "../net/address.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import type { TcpProfile } from "../net/tcp-profile.ts";
import type { ClientRead } from "./client-state.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import type { ConnectionEvent, DatagramEvent, ServiceClient } from "./service-client.ts";

export interface UdpClientOptions extends OpenLoopOptions {
  /** Position among the clients, from 0. */
  readonly index: number;
  readonly mac: number;
  readonly address: number;
  readonly server: Endpoint;
  readonly profile: TcpProfile;
}

/** What every dialogue has in its state: plain data. */
export interface UdpState {
  readonly schedule: OpenLoopState;
  /** When the next operation becomes due. */
  dueAt: VirtualTime;
  /** Not handed over yet. */
  events: OpEvent[];
  datagrams: DatagramEvent[];
}

/** What a dialogue can do. */
export interface UdpPort {
  /** For what it says; the open loop draws from it too. */
  readonly prng: Prng;
  send(payload: Uint8Array, now: VirtualTime): void;
  /** Looks up when the operation after the one that is due becomes due. */
  fetch(now: VirtualTime): void;
}

/** Keeps nothing of its own: its state is the client's. */
export interface UdpDialogue<S extends UdpState> {
  start(state: S, now: VirtualTime): void;
  /** No new operations, not even those that wait. */
  stop(state: S): void;
  receive(state: S, bytes: Uint8Array, now: VirtualTime): void;
  /** Time has passed, or an answer has come: gives up, sends again, and begins what is due. */
  turn(state: S, port: UdpPort, now: VirtualTime): void;
  nextDeadline(state: S): VirtualTime;
  isIdle(state: S): boolean;
}

export interface UdpClientSnapshot<S> {
  readonly state: S;
  readonly host: IpHostSnapshot;
  readonly prng: PrngSnapshot;
}

const LOCAL_PORT = 40_000;
const NOTHING: readonly never[] = [];

export function startUdpState(): UdpState {
  return { schedule: startOpenLoop(), dueAt: TIME_NEVER, events: [], datagrams: [] };
}

export class UdpClient<S extends UdpState> implements ServiceClient, UdpPort {
  readonly prng: Prng;
  readonly #options: UdpClientOptions;
  readonly #dialogue: UdpDialogue<S>;
  readonly #host: IpHost;
  #state: S;

  /** `prng` is the dialogue's, `hostPrng` the host's below it. */
  constructor(
    options: UdpClientOptions,
    dialogue: UdpDialogue<S>,
    state: S,
    prng: Prng,
    hostPrng: Prng,
  ) {
    this.prng = prng;
    this.#options = options;
    this.#dialogue = dialogue;
    this.#state = state;
    this.#host = new IpHost(hostPrng, options);
    this.#host.openUdp(LOCAL_PORT);
  }

  start(now: VirtualTime): void {
    this.#dialogue.start(this.#state, now);
    this.fetch(now);
    this.#turn(now);
  }

  stop(_now: VirtualTime): void {
    this.#state.dueAt = TIME_NEVER;
    this.#dialogue.stop(this.#state);
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
    const own = earliest(this.#state.dueAt, this.#dialogue.nextDeadline(this.#state));
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

  takeDatagrams(): readonly DatagramEvent[] {
    const { datagrams } = this.#state;
    if (datagrams.length > 0) this.#state.datagrams = [];
    return datagrams;
  }

  takeReads(): readonly ClientRead[] {
    return NOTHING;
  }

  takeConnections(): readonly ConnectionEvent[] {
    return NOTHING;
  }

  get isIdle(): boolean {
    return this.#state.dueAt === TIME_NEVER && this.#dialogue.isIdle(this.#state);
  }

  send(payload: Uint8Array, now: VirtualTime): void {
    this.#host.sendUdp(LOCAL_PORT, this.#options.server, payload, now);
  }

  fetch(now: VirtualTime): void {
    const state = this.#state;
    state.dueAt = nextDue(state.schedule, this.prng, this.#options, now) ?? TIME_NEVER;
  }

  snapshot(): UdpClientSnapshot<S> {
    return {
      state: clonePlain(this.#state),
      host: this.#host.snapshot(),
      prng: this.prng.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as UdpClientSnapshot<S>;
    this.#state = clonePlain(own.state);
    this.#host.restore(own.host);
    this.prng.restore(own.prng);
  }

  #turn(now: VirtualTime): void {
    const datagrams = this.#host.takeDatagrams();
    for (const { bytes } of datagrams) this.#dialogue.receive(this.#state, bytes, now);
    this.#dialogue.turn(this.#state, this, now);
  }
}
