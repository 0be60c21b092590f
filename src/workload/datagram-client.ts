// A client of the counter on UDP: a datagram for each operation, no request ids, no retries. So it
// cannot know which of its open datagrams an answer belongs to: it takes the oldest. An operation
// without an answer is given up after a while; what comes later is a datagram that nobody waits for.

import { utf8Decode, utf8Encode, concatBytes } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Op, OpEvent } from "../history/op.ts";
import type { Endpoint, Frame } from "../net/address.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import type { TcpProfile } from "../net/tcp-profile.ts";
import type { ClientRead } from "./client-state.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import type { ConnectionEvent, DatagramEvent, ServiceClient } from "./service-client.ts";
import type { Outcome } from "./workload.ts";

export interface DatagramClientOptions extends OpenLoopOptions {
  /** Position among the clients, from 0. */
  readonly index: number;
  readonly mac: number;
  readonly address: number;
  readonly server: Endpoint;
  readonly profile: TcpProfile;
  readonly answerTimeout: Duration;
  /** When to send the datagram that brings the guest down (SCN-44); undefined: never. */
  readonly craftedAfter: Duration | undefined;
}

interface Open {
  readonly opId: string;
  readonly op: Op;
  readonly process: number;
  readonly giveUpAt: VirtualTime;
}

interface DatagramState {
  readonly schedule: OpenLoopState;
  dueAt: VirtualTime;
  craftedAt: VirtualTime;
  operations: number;
  open: Open[];
  events: OpEvent[];
  datagrams: DatagramEvent[];
}

export interface DatagramClientSnapshot {
  readonly state: DatagramState;
  readonly host: IpHostSnapshot;
  readonly prng: PrngSnapshot;
}

const LOCAL_PORT = 40_000;
const INC = "inc";
/** "peek" and an address at which there is nothing (guests/probe/datagram.c). */
const CRAFTED = "peek 0x00000000";
const WILD_ADDRESS: Uint8Array = new Uint8Array(4);

export class DatagramClient implements ServiceClient {
  readonly #prng: Prng;
  readonly #options: DatagramClientOptions;
  readonly #host: IpHost;
  #state: DatagramState;

  constructor(prng: Prng, options: DatagramClientOptions) {
    this.#prng = prng.fork("schedule");
    this.#options = options;
    this.#host = new IpHost(prng.fork("host"), options);
    this.#host.openUdp(LOCAL_PORT);
    this.#state = {
      schedule: startOpenLoop(),
      dueAt: TIME_NEVER,
      craftedAt: TIME_NEVER,
      operations: 0,
      open: [],
      events: [],
      datagrams: [],
    };
  }

  start(now: VirtualTime): void {
    const { craftedAfter } = this.#options;
    if (craftedAfter !== undefined) this.#state.craftedAt = after(now, craftedAfter);
    this.#fetch(now);
    this.#turn(now);
  }

  stop(_now: VirtualTime): void {
    this.#state.dueAt = TIME_NEVER;
    this.#state.craftedAt = TIME_NEVER;
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
    const { dueAt, craftedAt, open } = this.#state;
    const own = earliest(earliest(dueAt, craftedAt), open[0]?.giveUpAt ?? TIME_NEVER);
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
    return [];
  }

  /** It has none. */
  takeConnections(): readonly ConnectionEvent[] {
    return [];
  }

  takeDatagrams(): readonly DatagramEvent[] {
    const { datagrams } = this.#state;
    if (datagrams.length > 0) this.#state.datagrams = [];
    return datagrams;
  }

  get isIdle(): boolean {
    const { dueAt, craftedAt, open } = this.#state;
    return dueAt === TIME_NEVER && craftedAt === TIME_NEVER && open.length === 0;
  }

  snapshot(): DatagramClientSnapshot {
    return {
      state: clonePlain(this.#state),
      host: this.#host.snapshot(),
      prng: this.#prng.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as DatagramClientSnapshot;
    this.#state = clonePlain(own.state);
    this.#host.restore(own.host);
    this.#prng.restore(own.prng);
  }

  #turn(now: VirtualTime): void {
    const state = this.#state;
    for (const { bytes } of this.#host.takeDatagrams()) this.#receive(utf8Decode(bytes), now);
    while ((state.open[0]?.giveUpAt ?? TIME_NEVER) <= now)
      this.#complete({ kind: "info", error: "no answer" }, now);
    while (state.dueAt <= now) {
      this.#send(INC, utf8Encode(INC), now);
      this.#fetch(now);
    }
    if (state.craftedAt > now) return;
    state.craftedAt = TIME_NEVER;
    this.#send(CRAFTED, concatBytes([utf8Encode("peek"), WILD_ADDRESS]), now);
  }

  #fetch(now: VirtualTime): void {
    const state = this.#state;
    state.dueAt = nextDue(state.schedule, this.#prng, this.#options, now) ?? TIME_NEVER;
  }

  #send(text: string, payload: Uint8Array, now: VirtualTime): void {
    const state = this.#state;
    const { index, clients, server, answerTimeout } = this.#options;
    // Any number of datagrams may be open, so each is a process of its own.
    const process = index + state.operations * clients;
    const opId = `c${index + 1}-${state.operations}`;
    state.operations += 1;
    const op: Op = { kind: "datagram", text };
    state.events.push({ kind: "invoke", at: now, client: index, process, opId, op });
    state.datagrams.push({ direction: "sent", text });
    state.open.push({ opId, op, process, giveUpAt: after(now, answerTimeout) });
    this.#host.sendUdp(LOCAL_PORT, server, payload, now);
  }

  #receive(text: string, now: VirtualTime): void {
    this.#state.datagrams.push({ direction: "received", text });
    if (!/^\d{1,15}$/.test(text)) this.#complete({ kind: "info", error: `answer ${text}` }, now);
    else
      this.#complete(
        { kind: "ok", result: { kind: "number", value: Number.parseInt(text, 10) } },
        now,
      );
  }

  #complete(outcome: Outcome, now: VirtualTime): void {
    const open = this.#state.open.shift();
    if (open === undefined) return;
    const { opId, op, process } = open;
    this.#state.events.push({
      at: now,
      client: this.#options.index,
      process,
      opId,
      op,
      ...outcome,
    });
  }
}
