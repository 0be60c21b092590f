// Clients against a service that works, refuses, dies with requests in flight, falls silent or
// talks nonsense: every operation completes at most once and with the right word.

import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { after, seconds, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import { formatMac, parseAddress, parseMac } from "../net/address.ts";
import { INTERNET } from "../net/tcp-profile.ts";
import { CLEAN_WIRE, ROUGH_WIRE, TestWire, type WireFaults } from "../../test/support/net-wire.ts";
import { Client } from "./client.ts";
import type { ClientOptions, ClientRead } from "./client-state.ts";
import { KEY_VALUE_DEFAULTS, KeyValueWorkload } from "./key-value.ts";
import { SERVICE, TestService } from "../../test/support/kv-service.ts";

const CLIENTS = 3;

interface World {
  readonly wire: TestWire;
  readonly service: TestService;
  readonly clients: readonly Client[];
  readonly events: OpEvent[];
  readonly reads: ClientRead[];
  run(until: number, isDone?: () => boolean): void;
}

function makeClient(seed: string, index: number, options: Partial<ClientOptions>): Client {
  const prng = new Prng(`${seed}/client-${index}`);
  const workload = new KeyValueWorkload(prng.fork("workload"), {
    ...KEY_VALUE_DEFAULTS,
    clients: CLIENTS,
    duration: seconds(5),
  });
  return new Client(prng, workload, {
    index,
    clients: CLIENTS,
    mac: parseMac("02:00:00:00:01:00") + index,
    address: parseAddress("10.0.0.21") + index,
    server: SERVICE,
    profile: INTERNET,
    depth: 1,
    replyTimeout: undefined,
    hangUpAfter: undefined,
    ...options,
  });
}

function makeWorld(seed: string, faults: WireFaults, options: Partial<ClientOptions> = {}): World {
  const service = new TestService(new Prng(`${seed}/service`));
  const clients = Array.from({ length: CLIENTS }, (_, i) => makeClient(seed, i, options));
  const wire = new TestWire(new Prng(`${seed}/wire`), [...clients, service], faults);
  const events: OpEvent[] = [];
  const reads: ClientRead[] = [];
  const turn = (): void => {
    for (const client of clients) {
      events.push(...client.takeOps());
      reads.push(...client.takeReads());
    }
  };
  for (const client of clients) client.start(TIME_ZERO);
  return {
    wire,
    service,
    clients,
    events,
    reads,
    run: (until, isDone = () => clients.every((client) => client.isIdle)) =>
      wire.run(turn, isDone, after(TIME_ZERO, seconds(until))),
  };
}

/** Well-formedness of a history: what every checker relies on. */
function checkHistory(events: readonly OpEvent[]): Map<string, number> {
  const open = new Map<string, number>();
  const busy = new Set<number>();
  const ended = new Set<number>();
  const counts = new Map<string, number>();
  let last: VirtualTime = TIME_ZERO;
  for (const event of events) {
    expect(event.at).toBeGreaterThanOrEqual(last);
    last = event.at;
    counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
    expect(event.process % CLIENTS).toBe(event.client);
    if (event.kind === "invoke") {
      expect(open.has(event.opId) || busy.has(event.process) || ended.has(event.process)).toBe(
        false,
      );
      open.set(event.opId, event.process);
      busy.add(event.process);
      continue;
    }
    expect(open.get(event.opId)).toBe(event.process);
    open.delete(event.opId);
    busy.delete(event.process);
    if (event.kind === "info") ended.add(event.process);
  }
  return counts;
}

describe("a client that hangs up", () => {
  test("closes after so many operations, opens another connection, and loses nothing", () => {
    const world = makeWorld("hang-up", CLEAN_WIRE, { depth: 2, hangUpAfter: 3 });
    world.run(600);
    const counts = checkHistory(world.events);
    const answered = counts.get("ok") ?? 0;
    expect(answered).toBe(counts.get("invoke"));
    const [first] = world.clients;
    const told = first?.takeConnections() ?? [];
    const operations = world.events.filter(({ kind, client }) => kind === "ok" && client === 0);
    const closed = told.filter(({ what }) => what === "closed");
    expect(closed).toHaveLength(Math.floor(operations.length / 3));
    expect(new Set(closed.map(({ connection }) => connection)).size).toBe(closed.length);
    expect(told.filter(({ what }) => what !== "closed" && what !== "connected")).toEqual([]);
  });
});

describe("a service that works", () => {
  for (const [name, faults, depth] of [
    ["clean wire", CLEAN_WIRE, 1],
    ["rough wire", ROUGH_WIRE, 1],
    ["rough wire, pipelined", ROUGH_WIRE, 4],
  ] as const)
    test(`everything is ok: ${name}`, () => {
      const world = makeWorld(`ok-${name}`, faults, { depth });
      world.run(600);
      const counts = checkHistory(world.events);
      expect(world.clients.map((client) => client.isIdle)).toEqual([true, true, true]);
      expect(counts.get("invoke")).toBeGreaterThan(900);
      expect(counts.get("ok")).toBe(counts.get("invoke"));
      expect(world.service.executed.length).toBe(counts.get("ok"));
    });

  test("what is read is what was sent, byte for byte", () => {
    const world = makeWorld("reads", ROUGH_WIRE, { depth: 2 });
    world.run(600);
    for (const [index, client] of world.clients.entries()) {
      const parts = world.reads.filter((read) => read.connection === client.connectionName);
      let offset = 0;
      for (const part of parts) {
        expect(part.offset).toBe(offset);
        offset += part.bytes.length;
      }
      const port = client.connectionName.split(":")[1];
      const sent = world.service.sent.get(`${parseAddress("10.0.0.21") + index}:${port}`);
      const read = concatBytes(parts.map((part) => part.bytes));
      expect(read.length).toBeGreaterThan(1000);
      expect(equalBytes(read, concatBytes(sent ?? []))).toBe(true);
    }
  });

  test("reads see the values that were set, counters count", () => {
    const world = makeWorld("values", CLEAN_WIRE);
    world.run(600);
    const set = new Set<string>();
    const counted = new Map<string, number>();
    for (const event of world.events) {
      if (event.kind === "invoke" && event.op.kind === "set") set.add(event.op.value);
      if (event.kind !== "ok") continue;
      if (event.result.kind === "value" && event.result.value !== null)
        expect(set.has(event.result.value)).toBe(true);
      if (event.op.kind === "incr" && event.result.kind === "number")
        counted.set(event.op.key, Math.max(counted.get(event.op.key) ?? 0, event.result.value));
    }
    for (const [key, value] of counted) expect(world.service.values.get(key)).toBe(`${value}`);
    expect(counted.size).toBe(4);
  });

  test("stop: what is in flight completes, nothing new begins", () => {
    const world = makeWorld("stop", CLEAN_WIRE);
    world.run(600, () => world.wire.now > seconds(2) && world.clients[0]?.inFlight === 1);
    world.clients[0]?.stop(world.wire.now);
    const before = world.events.length;
    world.run(600);
    const later = world.events.slice(before).filter((event) => event.client === 0);
    expect(later.map((event) => event.kind)).toEqual(["ok"]);
  });
});

describe("a service that fails", () => {
  test("nobody there: clients keep trying, and nothing is invoked", () => {
    const world = makeWorld("nobody", CLEAN_WIRE);
    world.wire.filter = (frame) => frame.station === CLIENTS;
    world.run(30);
    expect(world.events).toEqual([]);
    world.wire.filter = () => false;
    world.run(600);
    expect(checkHistory(world.events).get("ok")).toBeGreaterThan(900);
  });

  test("reborn without its connections: info, a new process, a new connection", () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = makeWorld(`reborn-${seed}`, CLEAN_WIRE, { depth: 2, replyTimeout: seconds(1) });
      world.run(600, () => world.wire.now > seconds(2) && world.clients[1]?.inFlight === 1);
      const first = world.clients[1]?.connectionName;
      world.service.reboot();
      world.run(600);
      const counts = checkHistory(world.events);
      expect(counts.get("info")).toBeGreaterThan(0);
      expect((counts.get("ok") ?? 0) + (counts.get("info") ?? 0)).toBe(counts.get("invoke"));
      expect(world.clients[1]?.connectionName).not.toBe(first);
      const processes = new Set(world.events.map((event) => event.process));
      expect(processes.size).toBe(CLIENTS * 2 + (counts.get("info") ?? 0));
    }
  });

  test("a silent service: the reply timeout gives the connection up", () => {
    const world = makeWorld("silent", CLEAN_WIRE, { replyTimeout: seconds(2) });
    world.run(600, () => world.wire.now > seconds(2));
    world.service.isSilent = true;
    world.run(600, () => world.wire.now > seconds(8));
    world.service.isSilent = false;
    world.run(600);
    const infos = world.events.filter((event) => event.kind === "info");
    expect(infos.length).toBeGreaterThan(3);
    expect(infos.every((event) => event.kind === "info" && event.error === "no reply")).toBe(true);
    checkHistory(world.events);
  });

  test("nonsense: a protocol error is info, never ok", () => {
    const world = makeWorld("nonsense", CLEAN_WIRE);
    world.run(600, () => world.wire.now > seconds(2));
    world.service.garbage = "?what\r\n";
    const before = world.events.length;
    world.run(600, () => world.wire.now > seconds(3));
    const kinds = world.events.slice(before + CLIENTS).map((event) => event.kind);
    expect(kinds).toContain("info");
    expect(kinds).not.toContain("ok");
    world.service.garbage = undefined;
    world.run(600);
    checkHistory(world.events);
  });

  test("a silence of four seconds costs time, but no operation", () => {
    const world = makeWorld("outage", CLEAN_WIRE);
    world.run(600, () => world.wire.now > seconds(2));
    world.wire.filter = () => true;
    world.run(6);
    world.wire.filter = () => false;
    world.run(600);
    const counts = checkHistory(world.events);
    expect(counts.get("ok")).toBe(counts.get("invoke"));
    expect(world.clients[0]?.tcpTotals.timeouts).toBeGreaterThan(2);
  });
});

describe("snapshots", () => {
  test("a restored client emits the same frames, operations and reads", () => {
    const world = makeWorld("snap", ROUGH_WIRE, { depth: 3 });
    world.run(600, () => world.wire.now > seconds(2));
    const original = world.clients[0] as Client;
    const twin = makeClient("other", 0, { depth: 3 });
    twin.restore(original.snapshot());
    let now = world.wire.now;
    const seen: string[][] = [[], []];
    for (let i = 0; i < 500; i++) {
      for (const [index, client] of [original, twin].entries()) {
        for (const frame of client.takeFrames())
          seen[index]?.push(`${formatMac(frame.destination)} ${frame.bytes.join()}`);
        for (const event of client.takeOps()) seen[index]?.push(JSON.stringify(event));
        for (const read of client.takeReads()) seen[index]?.push(read.bytes.join());
      }
      now = original.nextDeadline();
      expect(twin.nextDeadline()).toBe(now);
      original.handleDeadline(now);
      twin.handleDeadline(now);
    }
    expect(seen[0]?.length).toBeGreaterThan(20);
    expect(seen[1]).toEqual(seen[0]);
  });

  test("two runs of one seed are the same run", () => {
    const runs = [0, 1].map(() => {
      const world = makeWorld("twice", ROUGH_WIRE, { depth: 2 });
      world.run(600);
      return JSON.stringify(world.events);
    });
    expect(runs[0]).toBe(runs[1]);
  });
});
