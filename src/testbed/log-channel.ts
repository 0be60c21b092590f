// The logging channel between two hypervisors: TCP with the interconnect profile over the log link
// (D12). The backup connects, the primary listens. A TCP ack means nothing to the protocol: what it
// is told are whole messages that were read, and whether the channel is up.

import { clonePlain } from "../base/clone.ts";
import { concatBytes } from "../base/bytes.ts";
import type { Prng } from "../base/prng.ts";
import { after, earliest, milliseconds, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Endpoint, Frame } from "../net/address.ts";
import type { ConnectionId, HostEvent } from "../net/host-state.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import { INTERCONNECT } from "../net/tcp-profile.ts";
import type { TcpCounters } from "../net/tcp-state.ts";
import { frameMessage, unframe } from "./framing.ts";

const LOG_PORT = 8_100;
const RECONNECT_AFTER = milliseconds(100);
const READ_MAX = 1_048_576;

export interface ChannelOptions {
  readonly mac: number;
  readonly address: number;
  /** Whom to connect to; undefined listens. */
  readonly peer: Endpoint["address"] | undefined;
}

export type ChannelEvent =
  | { readonly kind: "up" }
  | { readonly kind: "down" }
  | { readonly kind: "message"; readonly bytes: Uint8Array };

interface LogChannelState {
  connection: ConnectionId | undefined;
  isUp: boolean;
  isReading: boolean;
  inbound: Uint8Array;
  outbound: Uint8Array[];
  reconnectAt: VirtualTime;
}

export interface LogChannelSnapshot {
  readonly state: LogChannelState;
  readonly host: IpHostSnapshot;
}

const NOTHING = new Uint8Array(0);

function closedState(): LogChannelState {
  return {
    connection: undefined,
    isUp: false,
    isReading: true,
    inbound: NOTHING,
    outbound: [],
    reconnectAt: TIME_NEVER,
  };
}

export class LogChannel {
  readonly #options: ChannelOptions;
  readonly #prng: Prng;
  #host: IpHost;
  #state: LogChannelState;

  constructor(prng: Prng, options: ChannelOptions) {
    this.#options = options;
    this.#prng = prng;
    this.#host = this.#newHost();
    this.#state = closedState();
  }

  /** Everything that was in memory is gone, and it begins again. */
  restart(now: VirtualTime): void {
    this.#host = this.#newHost();
    this.#state = closedState();
    this.start(now);
  }

  start(now: VirtualTime): void {
    if (this.#options.peer === undefined) this.#host.listen(LOG_PORT);
    else this.#connect(now);
  }

  /** Lost when the channel is down: the protocol sends again after a reconnect. */
  send(message: Uint8Array, now: VirtualTime): void {
    if (!this.#state.isUp) return;
    this.#state.outbound.push(frameMessage(message));
    this.#push(now);
  }

  get isReading(): boolean {
    return this.#state.isReading;
  }

  /** The beginning of a message is here, its end is not. */
  get hasPartOfMessage(): boolean {
    return this.#state.inbound.length > 0;
  }

  /** Since its host has its memory. */
  get tcpTotals(): Readonly<TcpCounters> {
    return this.#host.tcpTotals();
  }

  setReading(isReading: boolean): void {
    this.#state.isReading = isReading;
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    this.#host.handleFrame(bytes, now);
  }

  handleDeadline(now: VirtualTime): void {
    if (this.#state.reconnectAt <= now) {
      this.#state.reconnectAt = TIME_NEVER;
      this.#connect(now);
    }
    this.#host.handleDeadline(now);
  }

  nextDeadline(): VirtualTime {
    return earliest(this.#state.reconnectAt, this.#host.nextDeadline());
  }

  takeFrames(): readonly Frame[] {
    return this.#host.takeFrames();
  }

  /** What happened since the last call, in order. */
  takeEvents(now: VirtualTime): readonly ChannelEvent[] {
    const events: ChannelEvent[] = [];
    for (const event of this.#host.takeEvents()) this.#follow(event, now, events);
    this.#read(now, events);
    this.#push(now);
    return events;
  }

  snapshot(): LogChannelSnapshot {
    return { state: clonePlain(this.#state), host: this.#host.snapshot() };
  }

  restore(snapshot: LogChannelSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#host.restore(snapshot.host);
  }

  #newHost(): IpHost {
    const { mac, address } = this.#options;
    return new IpHost(this.#prng, { mac, address, profile: INTERCONNECT });
  }

  #connect(now: VirtualTime): void {
    const { peer } = this.#options;
    if (peer === undefined) return;
    this.#state.connection = this.#host.connect({ address: peer, port: LOG_PORT }, now);
  }

  #follow(event: HostEvent, now: VirtualTime, events: ChannelEvent[]): void {
    switch (event.kind) {
      case "accepted":
      case "connected":
        if (this.#state.isUp) this.#close(events);
        this.#state.connection = event.id;
        this.#state.isUp = true;
        events.push({ kind: "up" });
        break;
      case "closed":
      case "refused":
      case "reset":
      case "timeout":
        if (event.id !== this.#state.connection) break;
        this.#close(events);
        if (this.#options.peer !== undefined) this.#state.reconnectAt = after(now, RECONNECT_AFTER);
        break;
      case "readable":
      case "writable":
        break;
    }
  }

  #close(events: ChannelEvent[]): void {
    if (this.#state.isUp) events.push({ kind: "down" });
    this.#state.connection = undefined;
    this.#state.isUp = false;
    this.#state.inbound = NOTHING;
    this.#state.outbound = [];
  }

  #read(now: VirtualTime, events: ChannelEvent[]): void {
    const { connection, isReading, isUp } = this.#state;
    if (connection === undefined || !isReading || !isUp) return;
    if (this.#host.readable(connection) === 0) return;
    const unframed = unframe(this.#state.inbound, this.#host.read(connection, READ_MAX, now));
    this.#state.inbound = unframed.rest;
    for (const bytes of unframed.messages) events.push({ kind: "message", bytes });
    if (!unframed.isBroken) return;
    this.#host.abort(connection, now);
    this.#close(events);
  }

  #push(now: VirtualTime): void {
    const { connection, isUp } = this.#state;
    if (connection === undefined || !isUp || this.#state.outbound.length === 0) return;
    const bytes =
      this.#state.outbound.length === 1
        ? (this.#state.outbound[0] as Uint8Array)
        : concatBytes(this.#state.outbound);
    const accepted = this.#host.send(connection, bytes, now);
    this.#state.outbound = accepted === bytes.length ? [] : [bytes.subarray(accepted)];
  }
}
