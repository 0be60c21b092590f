// Measures one run from outside: what clients were told and when, what the wires carried, what the
// storage was asked for. All of it world facts in virtual time, but for two figures that only a
// replica can know (the bytes of its log entries, its lag), which are marked as claims here.

import type { Fact, FactOf } from "../history/fact.ts";
import { type Distribution, distributionOf } from "./statistics.ts";

const NS_PER_SECOND = 1_000_000_000;
const BITS = 8;
const MEGA = 1_000_000;
const SECTOR = 512;
/** guests/cpu/main.c. */
const COUNT_COMMAND = "count";

/** A figure that changed over time: virtual seconds, value. */
export type Series = readonly (readonly [number, number])[];

/** Rates are per second of virtual time. Plain data: it comes out of a worker. */
export interface Measurement {
  readonly seconds: number;
  /** Answered operations. */
  readonly operations: number;
  readonly operationRate: number;
  /** Bytes that operations moved, as bits: Mb/s. */
  readonly movedMbit: number;
  /** Units of work of the guest's processor; 0 when nobody counts them. */
  readonly workRate: number;
  /** ns from a request to its answer. */
  readonly latency: Distribution | undefined;
  /** The longest time without an answer, ns. */
  readonly longestGap: number;
  /** Data sent on the logging channel, from the first host to the second: what TCP carries. */
  readonly logMbit: number;
  /** The same link with frames, headers and TCP's own acks, and the way back. */
  readonly logWireMbit: number;
  readonly ackWireMbit: number;
  /** Claim: the log entries alone, without messages, TCP and frames. */
  readonly entryMbit: number;
  readonly entryRate: number;
  /** Frames to the guest's host from the clients' network. */
  readonly receivedMbit: number;
  /** Megabytes read from the storage. */
  readonly diskReadMegabytes: number;
  /** From the first crash of a host to the first announcement of the VM's address, ns; -1: none. */
  readonly takeover: number;
  /** Claim: execution lag, ms. */
  readonly lag: Series;
  /** How much of its CPU the primary's VM may use, in percent, as it was changed. */
  readonly limit: Series;
  /** What a checker found wrong with the run, in words: such a figure is worth nothing. */
  readonly problems: readonly string[];
}

export interface FrameSize {
  readonly bytes: number;
  readonly data: number;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

export class Meter {
  readonly #window: Window;
  readonly #invokedAt: Map<string, number>;
  readonly #latencies: number[];
  readonly #lag: [number, number][];
  readonly #limit: [number, number][];
  #lastAnswer: number;
  #longestGap: number;
  #operations: number;
  /** Of the answers that moved bytes: the first one's moment, and what came after it. */
  #firstMove: number | undefined;
  #lastMove: number;
  #moved: number;
  #counts: { readonly first: Count; readonly last: Count } | undefined;
  readonly #bytes: {
    log: number;
    logWire: number;
    ackWire: number;
    received: number;
    disk: number;
    entries: number;
  };
  #entries: number;
  #crashedAt: number | undefined;
  #takeover: number;

  constructor(window: Window) {
    this.#window = window;
    this.#invokedAt = new Map();
    this.#latencies = [];
    this.#lag = [];
    this.#limit = [];
    this.#lastAnswer = window.from;
    this.#longestGap = 0;
    this.#operations = 0;
    this.#firstMove = undefined;
    this.#lastMove = 0;
    this.#moved = 0;
    this.#counts = undefined;
    this.#bytes = { log: 0, logWire: 0, ackWire: 0, received: 0, disk: 0, entries: 0 };
    this.#entries = 0;
    this.#crashedAt = undefined;
    this.#takeover = -1;
  }

  /** Every fact, in order, from the start of the run. */
  observe(fact: Fact): void {
    if (fact.kind === "client") this.#observeClient(fact);
    if (fact.kind === "cpu-limit" && fact.node === "h1")
      this.#limit.push([fact.time / NS_PER_SECOND, fact.percent]);
    if (fact.kind === "host" && fact.what === "crash") this.#crashedAt ??= fact.time;
    if (fact.kind === "announce" && this.#crashedAt !== undefined && this.#takeover < 0)
      this.#takeover = fact.time - this.#crashedAt;
    if (!this.#isInside(fact.time)) return;
    if (fact.kind === "log-append") {
      this.#bytes.entries += fact.bytes;
      this.#entries += 1;
    } else if (fact.kind === "lag") {
      this.#lag.push([fact.time / NS_PER_SECOND, fact.lag / MEGA]);
    } else if (fact.kind === "disk-apply" && fact.disk.op === "read" && fact.result === "ok") {
      this.#bytes.disk += fact.disk.sectorCount * SECTOR;
    }
  }

  /** Every frame, as it is sent. `link` is "log:h1>h2"; `data` is how much of it TCP carries. */
  observeFrame(link: string, { bytes, data }: FrameSize, time: number): void {
    if (!this.#isInside(time)) return;
    if (link === "log:h1>h2") {
      this.#bytes.logWire += bytes;
      this.#bytes.log += data;
    } else if (link === "log:h2>h1") this.#bytes.ackWire += bytes;
    else if (link === "net:switch>h1") this.#bytes.received += bytes;
  }

  result(problems: readonly string[]): Measurement {
    const seconds = (this.#window.to - this.#window.from) / NS_PER_SECOND;
    const { log, logWire, ackWire, received, disk, entries } = this.#bytes;
    const mbit = (bytes: number): number => (bytes * BITS) / MEGA / seconds;
    return {
      seconds,
      operations: this.#operations,
      operationRate: this.#operations / seconds,
      movedMbit: this.#movedMbit(),
      workRate: this.#workRate(),
      latency: distributionOf(this.#latencies),
      longestGap: Math.max(this.#longestGap, this.#window.to - this.#lastAnswer),
      logMbit: mbit(log),
      logWireMbit: mbit(logWire),
      ackWireMbit: mbit(ackWire),
      entryMbit: mbit(entries),
      entryRate: this.#entries / seconds,
      receivedMbit: mbit(received),
      diskReadMegabytes: disk / MEGA / seconds,
      takeover: this.#takeover,
      lag: this.#lag,
      limit: this.#limit,
      problems,
    };
  }

  #observeClient({ event, time }: FactOf<"client">): void {
    if (event.kind === "invoke") {
      this.#invokedAt.set(event.opId, time);
      return;
    }
    const invokedAt = this.#invokedAt.get(event.opId) ?? time;
    this.#invokedAt.delete(event.opId);
    if (event.kind !== "ok" || !this.#isInside(time)) return;
    this.#operations += 1;
    this.#longestGap = Math.max(this.#longestGap, time - this.#lastAnswer);
    this.#lastAnswer = time;
    // Who was asked before the window began would make its beginning look better than it is.
    if (invokedAt >= this.#window.from) this.#latencies.push(time - invokedAt);
    if (event.result.kind === "bytes") this.#move(event.result.bytes, time);
    if (event.op.kind !== "command" || event.op.command !== COUNT_COMMAND) return;
    if (event.result.kind !== "number" || invokedAt < this.#window.from) return;
    const count = { time: invokedAt, value: event.result.value };
    this.#counts = { first: this.#counts?.first ?? count, last: count };
  }

  #move(bytes: number, time: number): void {
    if (this.#firstMove === undefined) this.#firstMove = time;
    else this.#moved += bytes;
    this.#lastMove = time;
  }

  /** From the first answer to the last one: no piece is counted by half. */
  #movedMbit(): number {
    const elapsed = this.#lastMove - (this.#firstMove ?? 0);
    return elapsed <= 0 ? 0 : ((this.#moved * BITS) / MEGA) * (NS_PER_SECOND / elapsed);
  }

  #workRate(): number {
    if (this.#counts === undefined) return 0;
    const { first, last } = this.#counts;
    const elapsed = last.time - first.time;
    return elapsed <= 0 ? 0 : ((last.value - first.value) * NS_PER_SECOND) / elapsed;
  }

  #isInside(time: number): boolean {
    return time >= this.#window.from && time < this.#window.to;
  }
}

interface Count {
  readonly time: number;
  readonly value: number;
}
