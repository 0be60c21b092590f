// INV-18: hand-made histories, a brute-force oracle on small random ones, and the steps that large ones take.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import type { Op, OpEvent, OpResult } from "../history/op.ts";
import type { CheckerResult } from "../history/verdict.ts";
import { TEST_CONTEXT } from "../../test/support/history-builder.ts";
import { LINEARIZABLE } from "./linearizable.ts";
import { applyOp, type ModelState } from "./service-model.ts";

const MS = 1_000_000;
const incr: Op = { kind: "incr", key: "n" };
const get: Op = { kind: "get", key: "n" };
const set = (value: string): Op => ({ kind: "set", key: "n", value });
const del: Op = { kind: "del", key: "n" };
const lock = (owner: string, leaseMilliseconds: number): Op => ({
  kind: "lock",
  key: "l",
  owner,
  leaseMilliseconds,
});
const done: OpResult = { kind: "done" };
const got = (value: string | null): OpResult => ({ kind: "value", value });
const num = (value: number): OpResult => ({ kind: "number", value });
const acquired: OpResult = { kind: "acquired" };

interface Call {
  readonly op: Op;
  readonly from: number;
  /** null: no answer ever; "fail": it did not happen. */
  readonly result: OpResult | null | "fail";
  readonly to: number;
}

/** Milliseconds; an operation without an answer gets its `info` at `to`. */
const call = (op: Op, from: number, to: number, result: Call["result"]): Call => ({
  op,
  from,
  to,
  result,
});

function factsOf(calls: readonly Call[]): readonly Fact[] {
  const events: { readonly time: number; readonly event: OpEvent }[] = [];
  calls.forEach(({ op, from, to, result }, client) => {
    const base = { client, process: client, opId: `c${client}`, op };
    const at = (ms: number): VirtualTime => (ms * MS) as VirtualTime;
    events.push({ time: from, event: { kind: "invoke", at: at(from), ...base } });
    if (result === "fail")
      events.push({ time: to, event: { kind: "fail", at: at(to), error: "no", ...base } });
    else if (result === null)
      events.push({ time: to, event: { kind: "info", at: at(to), error: "?", ...base } });
    else events.push({ time: to, event: { kind: "ok", at: at(to), result, ...base } });
  });
  events.sort((a, b) => a.time - b.time);
  return events.map(({ time, event }) => ({
    kind: "client",
    witness: "world",
    time: time * MS,
    event,
  }));
}

function judge(calls: readonly Call[], searchBudget: number = 1_000_000): CheckerResult {
  const checker = LINEARIZABLE.start({ ...TEST_CONTEXT, searchBudget });
  factsOf(calls).forEach((fact, index) => checker.observe(fact, index));
  return checker.result();
}

const messageOf = (calls: readonly Call[]): string => judge(calls).findings[0]?.message ?? "";

describe("counters", () => {
  test("INV-18 holds: concurrent increments in any order", () => {
    expect(judge([call(incr, 0, 10, num(2)), call(incr, 1, 9, num(1))]).verdict).toBe("valid");
  });

  test("INV-18: a counter reads 11 twice", () => {
    const calls = [
      call(set("10"), 0, 1, done),
      call(incr, 2, 3, num(11)),
      call(incr, 3000, 5014, num(11)),
    ];
    expect(messageOf(calls)).toMatchInlineSnapshot(
      `"at 5.014000 s client 2 got 11 for INCR n (c2), which no order of the operations explains: n was "11" until then; the same 11 had gone to client 1 (c1) at 0.003000 s"`,
    );
    expect(judge(calls).findings[0]?.facts).toEqual([3, 4, 5]);
  });

  test("INV-18: an increment without an answer may have happened, once", () => {
    const lost = call(incr, 0, 5, null);
    expect(judge([lost, call(incr, 10, 11, num(1))]).verdict).toBe("valid");
    expect(judge([lost, call(incr, 10, 11, num(2))]).verdict).toBe("valid");
    expect(judge([lost, call(incr, 10, 11, num(3))]).verdict).toBe("invalid");
    const twice = [lost, call(incr, 10, 11, num(2)), call(incr, 12, 13, num(4))];
    expect(judge(twice).verdict).toBe("invalid");
  });

  test("INV-18: it may take effect long after its client gave up", () => {
    const calls = [call(incr, 0, 5, null), call(incr, 10, 11, num(1)), call(incr, 20, 21, num(3))];
    expect(judge(calls).verdict).toBe("valid");
  });

  test("INV-18: what failed did not happen", () => {
    const calls = [call(incr, 0, 1, "fail"), call(incr, 2, 3, num(2))];
    expect(judge(calls).verdict).toBe("invalid");
  });
});

describe("registers", () => {
  test("INV-18: an acknowledged write is gone", () => {
    const calls = [
      call(set("old"), 0, 1, done),
      call(set("new"), 2, 3, done),
      call(get, 4, 5, got("old")),
    ];
    expect(messageOf(calls)).toMatchInlineSnapshot(
      `"at 0.005000 s client 2 got "old" for GET n (c2), which no order of the operations explains: n was "new" until then; client 1 had got "done" for SET n new (c1) at 0.003000 s"`,
    );
  });

  test("INV-18: a read between two writes, all at once", () => {
    const calls = [
      call(set("a"), 0, 9, done),
      call(set("b"), 0, 9, done),
      call(get, 1, 2, got("b")),
      call(get, 3, 4, got("a")),
    ];
    expect(judge(calls).verdict).toBe("valid");
    expect(judge([...calls, call(get, 5, 6, got("b"))]).verdict).toBe("invalid");
  });

  test("INV-18: del says how many keys it removed", () => {
    expect(judge([call(del, 0, 1, num(0))]).verdict).toBe("valid");
    expect(judge([call(del, 0, 1, num(1))]).verdict).toBe("invalid");
    const calls = [call(set("a"), 0, 1, done), call(del, 2, 3, num(1))];
    expect(judge([...calls, call(get, 4, 5, got(null))]).verdict).toBe("valid");
  });

  test("operations without an end are treated as unanswered when somebody asks", () => {
    const open = factsOf([call(set("a"), 0, 100, done), call(get, 1, 2, got("a"))]).slice(0, -1);
    const checker = LINEARIZABLE.start(TEST_CONTEXT);
    open.forEach((fact, index) => checker.observe(fact, index));
    expect(checker.result().verdict).toBe("valid");
    expect(checker.result().looked).toBe(1);
  });

  test("a hundred increments at once, answered in order or in reverse", () => {
    const calls = Array.from({ length: 100 }, (_, n) => call(incr, 0, 100 + n, num(n + 1)));
    expect(judge(calls).verdict).toBe("valid");
    const reverse = Array.from({ length: 100 }, (_, n) => call(incr, 0, 100 + n, num(100 - n)));
    expect(judge(reverse).verdict).toBe("valid");
    expect(judge([...calls, call(incr, 300, 301, num(100))]).verdict).toBe("invalid");
  });

  test("a spent budget is unknown, not valid", () => {
    const calls = Array.from({ length: 20 }, (_, n) => call(incr, 0, 100 + n, num(20 - n)));
    expect(judge(calls, 10).verdict).toBe("unknown");
    expect(judge(calls).verdict).toBe("valid");
  });
});

describe("locks", () => {
  test("INV-18 holds: held, released, taken", () => {
    const calls = [
      call(lock("a", 60_000), 0, 1, acquired),
      call(lock("b", 60_000), 2, 3, { kind: "held", owner: "a" }),
      call({ kind: "unlock", key: "l", owner: "a" }, 4, 5, num(1)),
      call(lock("b", 60_000), 6, 7, acquired),
    ];
    expect(judge(calls).verdict).toBe("valid");
  });

  test("INV-18: two owners at once", () => {
    const calls = [call(lock("a", 60_000), 0, 1, acquired), call(lock("b", 9), 2, 3, acquired)];
    expect(messageOf(calls)).toMatchInlineSnapshot(
      `"at 0.003000 s client 1 got "acquired" for LOCK l by b for 9 ms (c1), which no order of the operations explains: lock l was held by a until then; client 0 had got "acquired" for LOCK l by a for 60000 ms (c0) at 0.001000 s"`,
    );
  });

  test("INV-18: a lease may have expired, and may be renewed", () => {
    const first = call(lock("a", 1000), 0, 1, acquired);
    expect(judge([first, call(lock("b", 9), 500, 998, acquired)]).verdict).toBe("valid");
    expect(judge([first, call(lock("b", 9), 500, 900, acquired)]).verdict).toBe("invalid");
    const renewed = call(lock("a", 1000), 600, 601, acquired);
    expect(judge([first, renewed, call(lock("b", 9), 1200, 1300, acquired)]).verdict).toBe(
      "invalid",
    );
  });
});

/** Every order of the operations that respects real time, with every choice of the unanswered. */
function isLinearizable(calls: readonly Call[]): boolean {
  const open = calls.filter((one) => one.result !== "fail");
  const search = (state: ModelState, left: readonly Call[]): boolean => {
    if (left.every((one) => one.result === null)) return true;
    const deadline = Math.min(
      ...left.map((one) => (one.result === null ? Number.POSITIVE_INFINITY : one.to)),
    );
    return left.some((one) => {
      if (one.from > deadline) return false;
      const result = one.result === "fail" ? null : one.result;
      const returned = result === null ? TIME_NEVER : one.to * MS;
      const entry = { op: one.op, result, invoked: one.from * MS, returned };
      const next = one.op.kind === "get" && result === null ? state : applyOp(entry, state);
      return (
        next !== undefined &&
        search(
          next,
          left.filter((other) => other !== one),
        )
      );
    });
  };
  return search(null, open);
}

const operation: fc.Arbitrary<{ readonly op: Op; readonly result: OpResult }> = fc.oneof(
  fc.record({ op: fc.constant(incr), result: fc.integer({ min: 1, max: 4 }).map(num) }),
  fc.record({
    op: fc.constantFrom(set("1"), set("2"), set("7")),
    result: fc.constant(done),
  }),
  fc.record({
    op: fc.constant(get),
    result: fc.constantFrom(got(null), got("1"), got("2"), got("3"), got("7")),
  }),
  fc.record({ op: fc.constant(del), result: fc.constantFrom(num(0), num(1)) }),
);

/** A lease of 40 ms in histories of 14 ms never expires; one of 3 ms may. */
const lockOperation = fc
  .record({
    owner: fc.constantFrom("a", "b"),
    lease: fc.constantFrom(3, 40),
    answer: fc.constantFrom("acquired", "held", "removed", "not there"),
  })
  .map(({ owner, lease, answer }) => {
    const other = owner === "a" ? "b" : "a";
    const unlock: Op = { kind: "unlock", key: "l", owner };
    if (answer === "removed") return { op: unlock, result: num(1) };
    if (answer === "not there") return { op: unlock, result: num(0) };
    const result: OpResult = answer === "held" ? { kind: "held", owner: other } : acquired;
    return { op: lock(owner, lease), result };
  });

/** Distinct moments, so that the order of events is not in doubt. */
const historyOf = (one: typeof operation): fc.Arbitrary<readonly Call[]> =>
  fc
    .array(fc.tuple(one, fc.constantFrom("ok", "ok", "ok", "info", "fail")), {
      minLength: 1,
      maxLength: 7,
    })
    .chain((ops) =>
      fc
        .shuffledSubarray(
          Array.from({ length: 2 * ops.length }, (_, n) => n),
          { minLength: 2 * ops.length },
        )
        .map((times) =>
          ops.map(([{ op, result }, outcome], n): Call => {
            const a = times[2 * n] as number;
            const b = times[2 * n + 1] as number;
            const end = outcome === "ok" ? result : outcome === "info" ? null : "fail";
            return call(op, Math.min(a, b), Math.max(a, b), end);
          }),
        ),
    );

/** Histories that a real counter and register could have had: answers are computed, not drawn. */
function honest(count: number, concurrency: number, seed: number): readonly Call[] {
  let random = seed;
  const draw = (bound: number): number => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return (random >>> 8) % bound;
  };
  let value: string | null = null;
  const calls: Call[] = [];
  for (let n = 0; n < count; n++) {
    // Operation n takes effect at 10 n and is open around it, with about `concurrency` others.
    const from = 10 * n - draw(5 * concurrency) * 2 - 1;
    const to = 10 * n + draw(5 * concurrency) * 2 + 1;
    const kind = draw(4);
    if (kind === 0) {
      value = `${n}`;
      calls.push(call(set(value), from + 10_000, to + 10_000, done));
    } else if (kind === 1) calls.push(call(get, from + 10_000, to + 10_000, got(value)));
    else {
      value = `${Number(value ?? 0) + 1}`;
      calls.push(call(incr, from + 10_000, to + 10_000, num(Number(value))));
    }
  }
  return calls;
}

describe("against a brute-force oracle", () => {
  test("the same verdict on small random histories", () => {
    fc.assert(
      fc.property(fc.oneof(historyOf(operation), historyOf(lockOperation)), (calls) => {
        const expected = isLinearizable(calls) ? "valid" : "invalid";
        const { verdict, looked } = judge(calls);
        if (looked > 0) expect(verdict).toBe(expected);
      }),
      { numRuns: 4000 },
    );
  });

  test("honest histories are valid", () => {
    for (let seed = 1; seed <= 30; seed++) expect(judge(honest(60, 6, seed)).verdict).toBe("valid");
  });

  test("2,000 operations with concurrency 8 are decided in few steps", () => {
    const result = judge(honest(2000, 8, 5));
    expect(result.verdict).toBe("valid");
    expect(result.looked).toBe(2000);
    expect(result.figures.get("searchSteps")).toBeLessThan(300_000);
  });

  test("2,000 concurrent increments, and 2,000 blind sets", () => {
    const incrs = honest(4000, 8, 9).filter((one) => one.op.kind === "incr");
    const renumbered = incrs.map((one, n) => ({ ...one, result: num(n + 1) }));
    const sets = honest(8000, 16, 9).filter((one) => one.op.kind === "set");
    for (const calls of [renumbered, sets]) {
      const result = judge(calls);
      expect(result.verdict).toBe("valid");
      expect(result.looked).toBeGreaterThan(1900);
      expect(result.figures.get("searchSteps")).toBeLessThan(300_000);
    }
  });
});
