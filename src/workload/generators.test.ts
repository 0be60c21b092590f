// The generators beside key-value: seeded, restorable, with arguments that the guest accepts; and what
// each reply means.

import { describe, expect, test } from "vitest";
import { utf8Decode, utf8Encode } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { milliseconds, seconds, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { COUNT, CounterWorkload } from "./counter.ts";
import { LeaseWorkload } from "./lease.ts";
import { patternBytes, sumBytes } from "./probe-bytes.ts";
import { PROBE_COMMANDS, ProbeWorkload } from "./probe.ts";
import { StreamWorkload } from "./stream.ts";
import type { Workload } from "./workload.ts";

const LOOP = { clients: 3, rate: 90, duration: seconds(4) };
const MAKERS: readonly (readonly [string, (seed: string) => Workload])[] = [
  ["counter", (seed) => new CounterWorkload(new Prng(seed), LOOP)],
  ["probe", probe],
  ["stream", stream],
  ["lease", lease],
];

function probe(seed: string): ProbeWorkload {
  const weights = PROBE_COMMANDS.map((name) => [name, 1] as const);
  return new ProbeWorkload(new Prng(seed), { ...LOOP, weights, slots: 5 });
}

function stream(seed: string): StreamWorkload {
  const uploads = { numerator: 1, denominator: 2 };
  return new StreamWorkload(new Prng(seed), { ...LOOP, least: 10, most: 99, uploads });
}

function lease(seed: string): LeaseWorkload {
  const jitter = milliseconds(3);
  return new LeaseWorkload(new Prng(seed), {
    duration: seconds(2),
    locks: 2,
    leaseMilliseconds: 100,
    jitter,
  });
}

function all(workload: Workload, client: number): { op: Op; at: VirtualTime }[] {
  const ops: { op: Op; at: VirtualTime }[] = [];
  for (;;) {
    const next = workload.next(client, TIME_ZERO);
    if (next.kind !== "op") return ops;
    ops.push(next);
  }
}

describe.each(MAKERS)("%s", (_name, make) => {
  test("the same seed gives the same operations, in the order of time", () => {
    const ops = all(make("a"), 1);
    expect(ops.length).toBeGreaterThan(20);
    expect(all(make("a"), 1)).toEqual(ops);
    expect(all(make("b"), 1)).not.toEqual(ops);
    const times = ops.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("restored from a snapshot it goes on alike", () => {
    const [one, two] = [make("s"), make("other")];
    for (let i = 0; i < 10; i++) one.next(2, TIME_ZERO);
    two.restore(one.snapshot());
    for (let i = 0; i < 10; i++) expect(two.next(2, TIME_ZERO)).toEqual(one.next(2, TIME_ZERO));
  });
});

test("probe: every command comes, no two with the same salt", () => {
  const commands = [0, 1, 2].flatMap((client) =>
    all(probe(`p${client}`), client).map(({ op }) => (op.kind === "probe" ? op.command : "inc")),
  );
  expect(new Set(commands.map((command) => command.split(" ")[0]))).toEqual(
    new Set(PROBE_COMMANDS),
  );
  const salts = commands.filter((command) => command.startsWith("overlap"));
  expect(new Set(salts.map((command) => command.split(" ")[2])).size).toBe(salts.length);
});

test("probe: what the guest saw and must not see is an answer, a refusal has no effect", () => {
  const workload = probe("replies");
  const op: Op = { kind: "probe", command: "spin 1 2" };
  expect(utf8Decode(workload.encode(op))).toBe("spin 1 2\r\n");
  expect(workload.decode(op, { kind: "simple", text: "spin 5" })).toEqual({
    kind: "ok",
    result: { kind: "text", text: "spin 5" },
  });
  expect(workload.decode(op, { kind: "error", text: "BROKEN torn" })).toEqual({
    kind: "ok",
    result: { kind: "wrong", detail: "torn" },
  });
  expect(workload.decode(op, { kind: "error", text: "ERR no" }).kind).toBe("fail");
  expect(workload.decode(op, { kind: "integer", value: 1 }).kind).toBe("info");
  expect(workload.decode(COUNT, { kind: "integer", value: 11 })).toEqual({
    kind: "ok",
    result: { kind: "number", value: 11 },
  });
});

test("lease: a lock is asked for again about one lease later", () => {
  const times = all(lease("edges"), 0)
    .filter(({ op }) => op.kind === "lock" && op.key === "lock0")
    .map(({ at }) => at);
  for (const [index, at] of times.entries()) {
    if (index === 0) continue;
    const pause = at - (times[index - 1] as number);
    expect(Math.abs(pause - milliseconds(100))).toBeLessThanOrEqual(milliseconds(3));
  }
  expect(new Set(times.map((at, index) => at - (times[index - 1] ?? 0))).size).toBeGreaterThan(10);
});

describe("stream", () => {
  const down: Op = { kind: "down", bytes: 40, salt: 9 };
  const up: Op = { kind: "up", bytes: 40, salt: 9 };
  const sent = patternBytes(9, 40);
  const workload = stream("codec");

  test("an upload carries its pattern, and its checksum must come back", () => {
    const bytes = workload.encode(up);
    expect(utf8Decode(bytes.subarray(0, 7))).toBe("up 40\r\n");
    expect(bytes.subarray(7)).toEqual(sent);
    const right = { kind: "integer", value: sumBytes(sent) } as const;
    expect(workload.decode(up, right)).toMatchObject({ result: { kind: "bytes", bytes: 40 } });
    const wrong = { kind: "integer", value: sumBytes(sent) + 1 } as const;
    expect(workload.decode(up, wrong)).toMatchObject({ result: { kind: "wrong" } });
  });

  test("a download is compared byte by byte", () => {
    expect(utf8Decode(workload.encode(down))).toBe("down 40 9\r\n");
    expect(workload.decode(down, { kind: "bulk", bytes: sent })).toMatchObject({
      result: { kind: "bytes", bytes: 40 },
    });
    const damaged = sent.slice();
    damaged[17] = (damaged[17] as number) ^ 1;
    expect(workload.decode(down, { kind: "bulk", bytes: damaged })).toMatchObject({
      result: { kind: "wrong", detail: expect.stringContaining("byte 17 of 40") },
    });
    expect(workload.decode(down, { kind: "bulk", bytes: sent.subarray(1) })).toMatchObject({
      result: { kind: "wrong", detail: "39 bytes instead of 40" },
    });
  });

  test("the checksum is FNV-1a: its published values", () => {
    expect(sumBytes(utf8Encode(""))).toBe(0x811c9dc5);
    expect(sumBytes(utf8Encode("foobar"))).toBe(0xbf9cf968);
  });
});
