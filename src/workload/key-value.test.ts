// The generator: seeded, unique values, the asked rate; and the meaning of each reply.

import { describe, expect, test } from "vitest";
import { utf8Decode, utf8Encode } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { seconds, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { decodeReply, encodeOp, KEY_VALUE_DEFAULTS, KeyValueWorkload } from "./key-value.ts";

function all(seed: string, client: number): { op: Op; at: VirtualTime }[] {
  const workload = new KeyValueWorkload(new Prng(seed), KEY_VALUE_DEFAULTS);
  const ops: { op: Op; at: VirtualTime }[] = [];
  for (;;) {
    const next = workload.next(client, TIME_ZERO);
    if (next.kind !== "op") return ops;
    ops.push(next);
  }
}

describe("the key-value workload", () => {
  test("the same seed gives the same operations, another seed others", () => {
    expect(all("a", 1)).toEqual(all("a", 1));
    expect(all("a", 1)).not.toEqual(all("b", 1));
  });

  test("four clients at 200/s for 10 s: about 500 operations each, never early, in order", () => {
    const ops = all("rate", 0);
    expect(ops.length).toBeGreaterThan(480);
    expect(ops.length).toBeLessThan(520);
    const times = ops.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(seconds(10));
    expect(new Set(ops.map(({ op }) => op.kind)).size).toBe(6);
  });

  test("every value that is ever set is unique, and one in ten is large", () => {
    const values: string[] = [];
    for (let client = 0; client < 4; client++)
      for (const { op } of all(`values-${client}`, client))
        if (op.kind === "set") values.push(op.value);
    expect(new Set(values).size).toBe(values.length);
    const large = values.filter((value) => value.length >= 200);
    expect(large.length / values.length).toBeGreaterThan(0.05);
    expect(large.length / values.length).toBeLessThan(0.2);
    expect(Math.max(...values.map((value) => value.length))).toBeLessThanOrEqual(1500);
  });

  test("restored from a snapshot it goes on alike", () => {
    const one = new KeyValueWorkload(new Prng("s"), KEY_VALUE_DEFAULTS);
    for (let i = 0; i < 50; i++) one.next(2, TIME_ZERO);
    const two = new KeyValueWorkload(new Prng("other"), KEY_VALUE_DEFAULTS);
    two.restore(one.snapshot());
    for (let i = 0; i < 50; i++) expect(two.next(2, TIME_ZERO)).toEqual(one.next(2, TIME_ZERO));
  });

  test("operations on the wire", () => {
    const lock: Op = { kind: "lock", key: "l", owner: "c1", leaseMilliseconds: 50 };
    expect(utf8Decode(encodeOp(lock))).toBe(
      "*4\r\n$4\r\nLOCK\r\n$1\r\nl\r\n$2\r\nc1\r\n$2\r\n50\r\n",
    );
    expect(utf8Decode(encodeOp({ kind: "del", key: "k" }))).toBe("*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n");
  });

  test("what replies mean", () => {
    const get: Op = { kind: "get", key: "k" };
    const lock: Op = { kind: "lock", key: "l", owner: "c1", leaseMilliseconds: 50 };
    expect(decodeReply(get, { kind: "bulk", bytes: utf8Encode("v") })).toEqual({
      kind: "ok",
      result: { kind: "value", value: "v" },
    });
    expect(decodeReply(get, { kind: "bulk", bytes: null })).toEqual({
      kind: "ok",
      result: { kind: "value", value: null },
    });
    expect(decodeReply(lock, { kind: "error", text: "HELD c2" })).toEqual({
      kind: "ok",
      result: { kind: "held", owner: "c2" },
    });
    expect(decodeReply(get, { kind: "error", text: "ERR no" }).kind).toBe("fail");
    expect(decodeReply(get, { kind: "simple", text: "OK" }).kind).toBe("info");
    expect(decodeReply({ kind: "incr", key: "n" }, { kind: "integer", value: 7 })).toEqual({
      kind: "ok",
      result: { kind: "number", value: 7 },
    });
  });
});
