// The client of the register service: one operation at a time, sent again until it is answered, given
// up as unknown in the end; a service that answers each request here is the test itself.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { type Duration, type VirtualTime, TIME_NEVER, TIME_ZERO } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import { IpHost } from "../net/ip-host.ts";
import { INTERNET } from "../net/tcp-profile.ts";
import { createRegisterClient } from "./register-client.ts";
import type { ServiceClient } from "./service-client.ts";
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from "./register-wire.ts";

const MS = 1_000_000;
const SERVER = { address: 0x0a00000a, port: 7_000 };

function newClient(): ServiceClient {
  return createRegisterClient(new Prng("client"), {
    clients: 1,
    rate: 100,
    duration: (100 * MS) as Duration,
    index: 0,
    mac: 2,
    address: 0x0a000015,
    server: SERVER,
    profile: INTERNET,
    registers: 4,
    mix: { get: 1, set: 1, incr: 1 },
    retryAfter: (20 * MS) as Duration,
    retryMost: (80 * MS) as Duration,
    answerTimeout: (300 * MS) as Duration,
  });
}

interface Seen {
  readonly events: OpEvent[];
  /** Request numbers as they came in. */
  readonly numbers: number[];
}

/** To the end; the service answers unless it is told to be silent about this arrival of a request. */
function run(client: ServiceClient, isAnswered: (number: number, times: number) => boolean): Seen {
  const service = new IpHost(new Prng("service"), { ...SERVER, mac: 1, profile: INTERNET });
  service.openUdp(SERVER.port);
  const seen: Seen = { events: [], numbers: [] };
  let now: VirtualTime = TIME_ZERO;
  client.start(now);
  for (let turn = 0; turn < 10_000 && now !== TIME_NEVER; turn++) {
    for (const { bytes } of client.takeFrames()) service.handleFrame(bytes, now);
    for (const { bytes, remote } of service.takeDatagrams()) {
      const {
        client: of,
        number,
        value,
      } = decodeRequest(bytes) ?? { client: 9, number: 0, value: 0 };
      seen.numbers.push(number);
      const times = seen.numbers.filter((one) => one === number).length;
      const reply = encodeReply({ client: of, number, kind: "value", value, trace: 0 });
      if (isAnswered(number, times)) service.sendUdp(SERVER.port, remote, reply, now);
    }
    const frames = service.takeFrames();
    for (const { bytes } of frames) client.handleFrame(bytes, now);
    seen.events.push(...client.takeOps());
    if (frames.length > 0) continue;
    now = client.nextDeadline();
    if (now !== TIME_NEVER) client.handleDeadline(now);
  }
  return seen;
}

describe("a client of the registers", () => {
  it("asks each number once where each is answered", () => {
    const client = newClient();
    const { events, numbers } = run(client, () => true);
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(events.filter(({ kind }) => kind === "ok")).toHaveLength(numbers.length);
    expect(client.isIdle).toBe(true);
  });

  it("sends again what is not answered, and takes one answer for it", () => {
    const { events, numbers } = run(newClient(), (_, times) => times === 3);
    const kinds = new Set(events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["invoke", "ok"]));
    expect(numbers.filter((number) => number === 1)).toHaveLength(3);
  });

  it("gives up as unknown what is never answered, and goes on as another process", () => {
    const { events } = run(newClient(), (number) => number !== 2);
    const given = events.filter(({ kind }) => kind === "info");
    expect(given.map(({ opId }) => opId)).toEqual(["c1-1"]);
    const processes = events.map(({ process }) => process);
    expect([processes[0], processes.at(-1)]).toEqual([0, 1]);
  });

  it("goes on identically from a snapshot", () => {
    const [one, other] = [newClient(), newClient()];
    one.start(TIME_ZERO);
    one.handleDeadline((5 * MS) as VirtualTime);
    other.restore(one.snapshot());
    expect(run(other, () => true)).toEqual(run(one, () => true));
  });
});

describe("what it says", () => {
  it("is what is understood, and nothing else is", () => {
    const request = { client: 3, number: 70_000, op: "set", register: 31, value: 12_345 } as const;
    const reply = { client: 3, number: 70_000, kind: "done", value: 5, trace: 0xfedcba98 } as const;
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
    expect(decodeReply(encodeReply(reply))).toEqual(reply);
    expect(decodeRequest(encodeReply(reply))).toBeUndefined();
    expect(decodeReply(encodeRequest(request))).toBeUndefined();
    expect(decodeRequest(encodeRequest({ ...request, client: 16 }))).toBeUndefined();
    expect(decodeRequest(encodeRequest({ ...request, number: 0 }))).toBeUndefined();
    expect(decodeRequest(encodeRequest(request).slice(0, 15))).toBeUndefined();
  });
});
