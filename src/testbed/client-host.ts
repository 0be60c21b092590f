// A client in the world: its frames onto the wire, its operations and reads into facts.

import { Digest } from "../base/digest.ts";
import { latest, TIME_NEVER } from "../base/time.ts";
import type { EventHandle, Kernel, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload, Network } from "../sim/network.ts";
import type { ServiceClient } from "../workload/service-client.ts";
import type { Emit } from "./host-facts.ts";
import { SWITCH, WIRE_NET } from "./wires.ts";

/** What a client's application read of one connection: kept whole, for the oracle. */
export interface StreamRead {
  readonly client: string;
  readonly connection: string;
  readonly chunks: readonly Uint8Array[];
  readonly total: number;
}

interface StreamState {
  chunks: Uint8Array[];
  total: number;
}

export interface ClientHostSnapshot {
  readonly client: unknown;
  readonly wakeUp: EventHandle | undefined;
  readonly streams: readonly (readonly [string, StreamRead])[];
}

export class ClientHost {
  readonly name: string;
  readonly client: ServiceClient;
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #emit: Emit;
  readonly #streams: Map<string, StreamState>;
  #wakeUp: EventHandle | undefined;

  constructor(name: string, client: ServiceClient, kernel: Kernel, network: Network, emit: Emit) {
    this.name = name;
    this.client = client;
    this.#kernel = kernel;
    this.#network = network;
    this.#emit = emit;
    this.#streams = new Map();
    this.#wakeUp = undefined;
  }

  start(): void {
    this.client.start(this.#kernel.now);
    this.#settle();
  }

  /** No new operations from now on. */
  stop(): void {
    this.client.stop(this.#kernel.now);
    this.#settle();
  }

  handle(event: SimEvent): void {
    if (event.kind === "arrive") {
      const packet = this.#network.receive(event.payload as ArrivePayload);
      if (packet === undefined) return;
      this.client.handleFrame(packet.bytes, this.#kernel.now);
    } else {
      this.#wakeUp = undefined;
      this.client.handleDeadline(this.#kernel.now);
    }
    this.#settle();
  }

  streams(): readonly StreamRead[] {
    return [...this.#streams].map(([connection, { chunks, total }]) => ({
      client: this.name,
      connection,
      chunks,
      total,
    }));
  }

  snapshot(): ClientHostSnapshot {
    return {
      client: this.client.snapshot(),
      wakeUp: this.#wakeUp,
      streams: this.streams().map((stream) => [
        stream.connection,
        { ...stream, chunks: stream.chunks.slice() },
      ]),
    };
  }

  restore(snapshot: ClientHostSnapshot): void {
    this.client.restore(snapshot.client);
    this.#wakeUp = snapshot.wakeUp;
    this.#streams.clear();
    for (const [connection, { chunks, total }] of snapshot.streams)
      this.#streams.set(connection, { chunks: chunks.slice(), total });
  }

  #settle(): void {
    const { now } = this.#kernel;
    for (const event of this.client.takeOps())
      this.#emit({ kind: "client", witness: "world", time: now, event });
    for (const { direction, text } of this.client.takeDatagrams())
      this.#emit({
        kind: "client-datagram",
        witness: "world",
        time: now,
        client: this.name,
        direction,
        text,
      });
    for (const { connection, what } of this.client.takeConnections())
      this.#emit({
        kind: "client-connection",
        witness: "world",
        time: now,
        client: this.name,
        connection,
        what,
      });
    for (const read of this.client.takeReads()) this.#read(read.connection, read.bytes);
    for (const frame of this.client.takeFrames())
      this.#network.send(WIRE_NET, this.name, SWITCH, frame);
    const next = this.client.nextDeadline();
    // Deadlines mostly move later; a wake-up that turns out to be early looks again.
    const wakeUp = this.#wakeUp;
    if (next === TIME_NEVER || (wakeUp !== undefined && wakeUp.time <= next)) return;
    if (wakeUp !== undefined) this.#kernel.cancel(wakeUp);
    this.#wakeUp = this.#kernel.schedule(latest(next, now), this.name, "wake-up", null);
  }

  #read(connection: string, bytes: Uint8Array): void {
    const stream = this.#streams.get(connection) ?? { chunks: [], total: 0 };
    this.#streams.set(connection, stream);
    stream.chunks.push(bytes);
    stream.total += bytes.length;
    const digest = new Digest();
    digest.bytes(bytes);
    this.#emit({
      kind: "client-read",
      witness: "world",
      time: this.#kernel.now,
      client: this.name,
      connection,
      total: stream.total,
      digest: digest.toString(),
    });
  }
}
