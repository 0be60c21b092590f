// The guard throws on everything ambient, by whatever way it is reached, leaves exact arithmetic
// alone, and puts everything back: after a return, after an exception, and after nesting.

/* oxlint-disable typescript/unbound-method, typescript/no-implied-eval, typescript/restrict-template-expressions, no-eval -- what the guard must stop */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeterminismViolation, withDeterminismGuard } from "./determinism-guard.ts";

const aliasedMath = Math;
const aliasedDate = Date;
const aliasedPerformance = performance;
const indirectEval = eval;
const HANDS: readonly (readonly [string, () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date", () => new Date()],
  ["Date as a function", () => Date()],
  ["Date.UTC", () => Date.UTC(2010, 1)],
  ["Date by Reflect", () => Reflect.construct(Date, [])],
  ["aliased Date.now", () => aliasedDate.now()],
  ["aliased new Date, read", () => new aliasedDate().getTime()],
  ["aliased new Date, as a number", () => +new aliasedDate()],
  ["aliased new Date, as text", () => `${new aliasedDate()}`],
  ["Math.random", () => Math.random()],
  ["aliased Math", () => aliasedMath.random()],
  ["Math by Reflect", () => Reflect.get(Math, "random")()],
  ["Math destructured inside", () => (({ random }) => random())(Math)],
  ["Math.sin", () => Math.sin(1)],
  ["Math.pow", () => Math.pow(2, 0.5)],
  ["new Function", () => new Function("return Date.now()")()],
  ["indirect eval", () => indirectEval("Math.random()")],
  ["globalThis.Date", () => globalThis.Date.now()],
  ["performance.now", () => performance.now()],
  ["aliased performance.now", () => aliasedPerformance.now()],
  ["process.hrtime", () => process.hrtime()],
  ["process.hrtime.bigint", () => process.hrtime.bigint()],
  ["process.nextTick", () => process.nextTick(() => undefined)],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(1))],
  ["setTimeout", () => setTimeout(() => undefined, 0)],
  ["setInterval", () => setInterval(() => undefined, 0)],
  ["setImmediate", () => setImmediate(() => undefined)],
  ["queueMicrotask", () => queueMicrotask(() => undefined)],
  ["Promise.resolve", () => Promise.resolve(1)],
  ["new Promise", () => new Promise(() => undefined)],
  ["WeakRef", () => new WeakRef({})],
  ["FinalizationRegistry", () => new FinalizationRegistry(() => undefined)],
  ["SharedArrayBuffer", () => new SharedArrayBuffer(8)],
  ["Intl", () => new Intl.NumberFormat()],
  ["localeCompare", () => "a".localeCompare("b")],
  ["toLocaleString", () => (1234.5).toLocaleString()],
  ["toLocaleString of an array", () => [1234.5].toLocaleString()],
];

/** Everything that the guard touches, as it is now. */
function world(): string {
  const owners: readonly object[] = [
    globalThis,
    Math,
    Date,
    Date.prototype,
    performance,
    crypto,
    process,
    String.prototype,
    Number.prototype,
    Array.prototype,
  ];
  return JSON.stringify(
    owners.map((owner) =>
      Reflect.ownKeys(owner).map((key) => {
        const { value, ...rest } = Object.getOwnPropertyDescriptor(owner, key)!;
        return [String(key), typeof value, rest, isTouched(value)];
      }),
    ),
  );
}

function isTouched(value: unknown): boolean {
  try {
    return typeof value === "function" && value.name === "door";
  } catch (error) {
    return error instanceof DeterminismViolation;
  }
}

let untouched = "";
beforeEach(() => (untouched = world()));
afterEach(() => expect(world() === untouched, "something was not put back").toBe(true));

describe("the guard", () => {
  it.each(HANDS)("stops %s", (_, reach) => {
    expect(() => withDeterminismGuard(reach)).toThrow(DeterminismViolation);
    expect(() => withDeterminismGuard(reach)).toThrow("ambient nondeterminism");
  });

  it("says what was reached for", () => {
    expect(() => withDeterminismGuard(() => Date.now())).toThrow("Date.now");
    expect(() => withDeterminismGuard(() => new Date())).toThrow("new Date()");
    expect(() => withDeterminismGuard(() => setTimeout(() => undefined, 0))).toThrow(
      "setTimeout()",
    );
  });

  it("leaves what is exact alone, and passes the result on", () => {
    const result = withDeterminismGuard(() => [
      Math.imul(3, 5),
      Math.max(1, 2),
      Math.floor(1.5),
      [3, 20, 100].sort((a, b) => a - b).join(),
      new Map([["a", 1]]).get("a"),
      {} instanceof Date,
      JSON.stringify({ a: [1] }),
    ]);
    expect(result).toEqual([15, 2, 1, "3,20,100", 1, false, '{"a":[1]}']);
  });

  it("lets what it stopped work again afterwards, also after an exception", () => {
    expect(() =>
      withDeterminismGuard(() => {
        throw new RangeError("of its own");
      }),
    ).toThrow(RangeError);
    expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
    expect(Math.random()).toBeLessThan(1);
    expect(performance.now()).toBeGreaterThan(0);
  });

  it("nests: the inner one's end does not open the outer one's doors", () => {
    withDeterminismGuard(() => {
      expect(withDeterminismGuard(() => 7)).toBe(7);
      expect(() => withDeterminismGuard(() => Math.random())).toThrow(DeterminismViolation);
      expect(() => Math.random()).toThrow(DeterminismViolation);
      return undefined;
    });
    expect(Math.random()).toBeLessThan(1);
  });

  it("refuses a function that is not finished when it returns", () => {
    // A promise made outside is as good as one made by an async function: neither is caught earlier.
    const made = Promise.resolve(1);
    expect(() => withDeterminismGuard(() => made)).toThrow("must be synchronous");
  });
});
