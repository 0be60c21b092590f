// The workloads that measure: what they ask for, when they end, and closed loops on a client.

import { describe, expect, it } from "vitest";
import { utf8Decode } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import {
  after,
  type Duration,
  milliseconds,
  seconds,
  TIME_ZERO,
  type VirtualTime,
} from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { parseAddress, parseMac } from "../net/address.ts";
import { INTERNET } from "../net/tcp-profile.ts";
import { SERVICE, TestService } from "../../test/support/kv-service.ts";
import { CLEAN_WIRE, TestWire } from "../../test/support/net-wire.ts";
import { BulkWorkload } from "./bulk.ts";
import { Client } from "./client.ts";
import { CpuWorkload } from "./cpu.ts";
import { KEY_VALUE_DEFAULTS, KeyValueWorkload } from "./key-value.ts";
import { OltpWorkload } from "./oltp.ts";
import type { NextOp, Workload } from "./workload.ts";

function opOf(next: NextOp): Op {
  if (next.kind === "done") throw new Error("nothing more");
  return next.op;
}

const CPU = {
  timerHz: 250,
  isBusy: true,
  reads: { perSecond: 23, sectors: 16 },
  writes: { perSecond: 0, sectors: 1 },
  every: milliseconds(10),
  duration: milliseconds(35),
};

describe("the cpu workload", () => {
  it("sets the load first, then looks at fixed intervals, and ends", () => {
    const workload = new CpuWorkload(CPU);
    const asked: (readonly [string, number])[] = [];
    for (;;) {
      const next = workload.next(0, TIME_ZERO);
      if (next.kind !== "op" || next.op.kind !== "command") break;
      asked.push([next.op.command, next.at]);
    }
    expect(asked).toEqual([
      ["load 250 1 23 16 0 1", 0],
      ["count", 10_000_000],
      ["count", 20_000_000],
      ["count", 30_000_000],
    ]);
  });

  it("only looks as another client", () => {
    expect(opOf(new CpuWorkload(CPU).next(1, TIME_ZERO))).toEqual({
      kind: "command",
      command: "count",
    });
  });
});

const OLTP = {
  timerHz: 1_000,
  think: milliseconds(10),
  work: 5,
  milliReads: 1_500,
  readSectors: 16,
  milliWrites: 0,
  writeSectors: 2,
  requestBytes: 200,
  replyBytes: 300,
  duration: seconds(1),
};

describe("the oltp workload", () => {
  it("draws reads around their mean, and pauses around theirs", () => {
    const workload = new OltpWorkload(new Prng("x"), OLTP);
    workload.next(1, TIME_ZERO);
    const reads: number[] = [];
    const pauses: number[] = [];
    for (let at = 0; at < 2_000; at++) {
      const next = workload.next(1, TIME_ZERO);
      if (next.kind !== "next-op" || next.op.kind !== "command") throw new Error("expected a loop");
      reads.push(Number(next.op.command.split(" ")[2]));
      pauses.push(next.pause);
    }
    expect(new Set(reads)).toEqual(new Set([1, 2]));
    const mean = reads.reduce((sum, one) => sum + one, 0) / reads.length;
    expect(mean).toBeGreaterThan(1.4);
    expect(mean).toBeLessThan(1.6);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000_000);
  });

  it("sends requests of the size that was asked for, in one line", () => {
    const workload = new OltpWorkload(new Prng("x"), OLTP);
    workload.next(1, TIME_ZERO);
    const bytes = workload.encode(opOf(workload.next(1, TIME_ZERO)));
    expect(bytes).toHaveLength(200);
    expect(utf8Decode(bytes)).toMatch(/^tx 5 [12] 16 0 2 300 x+\r\n$/);
  });

  it("says when an answer is not what was asked for", () => {
    const workload = new OltpWorkload(new Prng("x"), OLTP);
    const op: Op = { kind: "command", command: "tx 5 1 16 0 2 300" };
    const bulk = (length: number) => ({ kind: "bulk", bytes: new Uint8Array(length) }) as const;
    expect(workload.decode(op, bulk(300))).toMatchObject({ result: { kind: "bytes", bytes: 300 } });
    expect(workload.decode(op, bulk(299))).toMatchObject({ result: { kind: "wrong" } });
    expect(workload.decode(op, { kind: "error", text: "ERR no" })).toMatchObject({ kind: "fail" });
  });

  it("ends with its time", () => {
    const workload = new OltpWorkload(new Prng("x"), OLTP);
    workload.next(1, TIME_ZERO);
    expect(workload.next(1, after(TIME_ZERO, seconds(1)))).toEqual({ kind: "done" });
  });
});

describe("the bulk workload", () => {
  it("sends what the guest receives, and asks for what it transmits", () => {
    const options = { pieceBytes: 10, duration: seconds(1) };
    const up = new BulkWorkload({ ...options, direction: "receive" });
    const sent = up.encode(opOf(up.next(0, TIME_ZERO)));
    expect(utf8Decode(sent.subarray(0, 7))).toBe("up 10\r\n");
    expect(sent).toHaveLength(17);
    const down = new BulkWorkload({ ...options, direction: "transmit" });
    expect(utf8Decode(down.encode(opOf(down.next(0, TIME_ZERO))))).toBe("down 10\r\n");
  });

  it("counts what arrived, and says when it is not all", () => {
    const up = new BulkWorkload({ direction: "receive", pieceBytes: 10, duration: seconds(1) });
    const op = opOf(up.next(0, TIME_ZERO));
    expect(up.decode(op, { kind: "integer", value: 10 })).toMatchObject({
      result: { kind: "bytes", bytes: 10 },
    });
    expect(up.decode(op, { kind: "integer", value: 9 })).toMatchObject({
      result: { kind: "wrong" },
    });
  });
});

/** Requests of the key-value workload, in a closed loop. */
class ClosedLoop implements Workload {
  readonly #inner: KeyValueWorkload;
  readonly #pause: Duration;
  #left: number;

  constructor(prng: Prng, count: number, pause: Duration) {
    this.#inner = new KeyValueWorkload(prng, { ...KEY_VALUE_DEFAULTS, duration: seconds(60) });
    this.#pause = pause;
    this.#left = count;
  }

  next(client: number, now: VirtualTime): NextOp {
    const next = this.#inner.next(client, now);
    if (next.kind === "done" || this.#left-- === 0) return { kind: "done" };
    return { kind: "next-op", op: next.op, pause: this.#pause };
  }

  encode(op: Op): Uint8Array {
    return this.#inner.encode(op);
  }

  decode(op: Op, reply: Parameters<Workload["decode"]>[1]): ReturnType<Workload["decode"]> {
    return this.#inner.decode(op, reply);
  }

  snapshot(): unknown {
    return this.#inner.snapshot();
  }

  restore(snapshot: unknown): void {
    this.#inner.restore(snapshot);
  }
}

describe("a client in a closed loop", () => {
  it.each([
    [1, 7],
    [3, 0],
  ])("has %i under way, and pauses %i ms after an answer", (depth, thinks) => {
    const prng = new Prng(`loop-${depth}`);
    const pause = milliseconds(thinks);
    const client = new Client(prng, new ClosedLoop(prng.fork("w"), 30, pause), {
      index: 0,
      clients: 1,
      mac: parseMac("02:00:00:00:01:00"),
      address: parseAddress("10.0.0.21"),
      server: SERVICE,
      profile: INTERNET,
      depth,
      replyTimeout: undefined,
      hangUpAfter: undefined,
    });
    const service = new TestService(new Prng("service"));
    const wire = new TestWire(new Prng("wire"), [client, service], CLEAN_WIRE);
    const open = new Set<string>();
    const begun: number[] = [];
    const ended: number[] = [];
    let most = 0;
    client.start(TIME_ZERO);
    wire.run(
      () => {
        for (const event of client.takeOps()) {
          if (event.kind === "invoke") {
            open.add(event.opId);
            begun.push(event.at);
          } else {
            open.delete(event.opId);
            ended.push(event.at);
          }
          most = Math.max(most, open.size);
        }
      },
      () => client.isIdle,
      after(TIME_ZERO, seconds(20)),
    );
    expect(ended).toHaveLength(30);
    expect(most).toBe(depth);
    // Each one but the first few began a pause after some answer.
    for (const at of begun.slice(depth)) expect(ended.some((end) => at >= end + pause)).toBe(true);
    if (depth === 1)
      for (const [index, at] of begun.slice(1).entries())
        expect(at).toBe((ended[index] as number) + pause);
  });
});
