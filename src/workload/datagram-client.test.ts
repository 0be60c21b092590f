// The client on UDP against a counter on an IpHost: it counts, it loses, it is answered twice, and it
// goes on alike from a snapshot.

import { describe, expect, test } from "vitest";
import { utf8Decode, utf8Encode } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { after, milliseconds, seconds, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import { type Frame, parseAddress, parseMac } from "../net/address.ts";
import { IpHost } from "../net/ip-host.ts";
import { INTERNET } from "../net/tcp-profile.ts";
import { CLEAN_WIRE, TestWire } from "../../test/support/net-wire.ts";
import { createDatagramClient, type DatagramClientOptions } from "./datagram-client.ts";
import type { DatagramEvent, ServiceClient } from "./service-client.ts";

const SERVER = { address: parseAddress("10.0.0.10"), port: 7007 };
const ANSWER_TIMEOUT = milliseconds(500);

/** Counts datagrams; each is answered as often as `copies` says. */
class Counter {
  readonly #host = new IpHost(new Prng("server"), {
    mac: parseMac("02:00:00:00:00:10"),
    address: SERVER.address,
    profile: INTERNET,
  });
  counted = 0;
  readonly received: string[] = [];
  copies: (count: number) => number = () => 1;

  constructor() {
    this.#host.openUdp(SERVER.port);
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    this.#host.handleFrame(bytes, now);
    for (const { remote, bytes: payload } of this.#host.takeDatagrams()) {
      this.received.push(utf8Decode(payload));
      this.counted += 1;
      for (let copy = 0; copy < this.copies(this.counted); copy++)
        this.#host.sendUdp(SERVER.port, remote, utf8Encode(`${this.counted}`), now);
    }
  }

  handleDeadline(now: VirtualTime): void {
    this.#host.handleDeadline(now);
  }

  nextDeadline(): VirtualTime {
    return this.#host.nextDeadline();
  }

  takeFrames(): readonly Frame[] {
    return this.#host.takeFrames();
  }
}

function makeClient(seed: string, options: Partial<DatagramClientOptions> = {}): ServiceClient {
  return createDatagramClient(new Prng(seed), {
    index: 1,
    clients: 3,
    rate: 150,
    duration: seconds(2),
    mac: parseMac("02:00:00:00:01:00"),
    address: parseAddress("10.0.0.21"),
    server: SERVER,
    profile: INTERNET,
    answerTimeout: ANSWER_TIMEOUT,
    craftedAfter: undefined,
    ...options,
  });
}

interface Seen {
  readonly events: OpEvent[];
  readonly datagrams: DatagramEvent[];
}

function runAll(client: ServiceClient, counter: Counter): Seen {
  const seen: Seen = { events: [], datagrams: [] };
  const wire = new TestWire(new Prng("wire"), [client, counter], CLEAN_WIRE);
  client.start(TIME_ZERO);
  const turn = (): void => {
    seen.events.push(...client.takeOps());
    seen.datagrams.push(...client.takeDatagrams());
  };
  wire.run(turn, () => client.isIdle, after(TIME_ZERO, seconds(20)));
  turn();
  return seen;
}

const count = (events: readonly OpEvent[], kind: OpEvent["kind"]): number =>
  events.filter((event) => event.kind === kind).length;

describe("a datagram client", () => {
  test("is answered once for each, and every operation is a process of its own", () => {
    const counter = new Counter();
    const { events, datagrams } = runAll(makeClient("ok"), counter);
    expect(count(events, "invoke")).toBeGreaterThan(80);
    expect(count(events, "ok")).toBe(count(events, "invoke"));
    const invoked = events.filter((event) => event.kind === "invoke");
    expect(new Set(invoked.map(({ process }) => process)).size).toBe(invoked.length);
    expect(invoked.every(({ process }) => process % 3 === 1)).toBe(true);
    const values = datagrams.filter(({ direction }) => direction === "received");
    expect(values.map(({ text }) => Number(text))).toEqual(values.map((_, index) => index + 1));
  });

  test("gives up what nobody answers, and never sends it again", () => {
    const counter = new Counter();
    counter.copies = (value) => (value % 10 === 0 ? 0 : 1);
    const { events } = runAll(makeClient("lossy"), counter);
    const lost = Math.floor(counter.counted / 10);
    expect(lost).toBeGreaterThan(5);
    expect(count(events, "info")).toBe(lost);
    expect(counter.counted).toBe(count(events, "invoke"));
  });

  test("reports an answer that nobody waits for", () => {
    const counter = new Counter();
    counter.copies = () => 2;
    const { events, datagrams } = runAll(makeClient("twice", { rate: 30 }), counter);
    const received = datagrams.filter(({ direction }) => direction === "received");
    // The very last one may still be on its way when the client is through.
    expect(received.length).toBeGreaterThanOrEqual(2 * counter.counted - 1);
    expect(count(events, "ok")).toBe(counter.counted);
  });

  test("sends the crafted datagram at its time, once", () => {
    const counter = new Counter();
    counter.copies = () => 0;
    runAll(makeClient("crafted", { craftedAfter: milliseconds(700) }), counter);
    expect(counter.received.filter((text) => text.startsWith("peek"))).toEqual(["peek\0\0\0\0"]);
  });

  test("goes on alike from a snapshot", () => {
    const one = makeClient("snap");
    one.start(TIME_ZERO);
    one.handleDeadline(one.nextDeadline());
    const two = makeClient("other");
    two.restore(one.snapshot());
    for (let i = 0; i < 50; i++) {
      const now = one.nextDeadline();
      expect(two.nextDeadline()).toBe(now);
      one.handleDeadline(now);
      two.handleDeadline(now);
      expect(two.takeOps()).toEqual(one.takeOps());
      expect(two.takeFrames()).toEqual(one.takeFrames());
    }
  });
});
