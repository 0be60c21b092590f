// A user's protocol: what reaches it, what of it reaches the testbed, and what its author is told. The
// state is frozen, effects are checked, messages survive their way as bytes.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PairBench } from "../../test/support/pair-bench.ts";
import { decodePlain, encodePlain, freezePlain } from "./plain-data.ts";
import { type UserModule, userProtocol } from "./user-protocol.ts";

type Step = (state: Record<string, unknown>, input: Record<string, unknown>) => unknown;

function benchOf(step: Step, init: () => unknown = () => ({ seen: 0 })): PairBench {
  const module: UserModule = { init, step: step as UserModule["step"] };
  return new PairBench(userProtocol("./mine.js", module), "primary");
}

function effectsOf(...effects: readonly unknown[]): PairBench {
  return benchOf((state) => ({ state, effects }));
}

describe("what a step is given", () => {
  it("has the context's values, chance out of the run's seed, and is frozen", () => {
    const inputs: Record<string, unknown>[] = [];
    const bench = benchOf((state, input) => {
      inputs.push(input);
      return { state, effects: [] };
    });
    bench.now = 77;
    bench.step({ kind: "start" });
    bench.step({ kind: "frame", bytes: Uint8Array.from([1]) });
    expect(inputs[0]).toMatchObject({ kind: "start", now: 77, count: 1_000, isWaiting: false });
    expect(inputs[1]?.["pendingDisk"]).toEqual([]);
    expect(inputs.every(Object.isFrozen)).toBe(true);
    expect(inputs[0]?.["random"]).not.toBe(inputs[1]?.["random"]);
    const other = benchOf((state, input) => {
      expect(input["random"]).toBe(inputs[0]?.["random"]);
      return { state, effects: [] };
    });
    other.step({ kind: "start" });
  });

  it("gets messages as they were sent, and damaged ones not at all", () => {
    const message = { kind: "hello", list: [1, -2.5, null, "ä"], bytes: Uint8Array.from([1, 2]) };
    const [effect] = effectsOf({ kind: "send", channel: "log", message }).step({ kind: "start" });
    expect(effect?.kind).toBe("send");
    const bytes = effect?.kind === "send" ? effect.bytes : new Uint8Array(0);
    let heard: unknown;
    const receiver = benchOf((state, input) => {
      heard = input["message"];
      return { state, effects: [] };
    });
    receiver.log(bytes);
    expect(heard).toEqual(message);
    expect(receiver.log(bytes.subarray(1))).toEqual([
      { kind: "mark", name: "damaged-message-refused" },
    ]);
  });
});

describe("the state", () => {
  it("is frozen all the way down", () => {
    const bench = benchOf(
      (state) => {
        (state["list"] as unknown[]).push(1);
        return { state, effects: [] };
      },
      () => ({ list: [] }),
    );
    expect(() => bench.step({ kind: "start" })).toThrow(/step\(start\): .*not extensible/);
  });

  it("is a snapshot of itself", () => {
    const step: Step = (state) => ({ state: { seen: (state["seen"] as number) + 1 }, effects: [] });
    const bench = benchOf(step);
    bench.step({ kind: "start" });
    const snapshot = bench.replica.snapshot();
    bench.step({ kind: "start" });
    expect(bench.replica.snapshot()).toMatchObject({ state: { seen: 2 } });
    bench.replica.restore(snapshot);
    expect(bench.replica.snapshot()).toEqual(snapshot);
  });

  it("is plain data", () => {
    for (const [state, told] of [
      [{ when: new Map() }, "state.when is a Map"],
      [{ list: [() => 1] }, "state.list[0] is a function"],
      [{ n: Number.NaN }, "state.n is NaN"],
    ] as const)
      expect(() =>
        benchOf(
          () => ({}),
          () => state,
        ),
      ).toThrow(told);
  });
});

describe("effects", () => {
  const start = { kind: "start" } as const;

  it("are done as they are told", () => {
    const bench = effectsOf(
      { kind: "set-timer", timer: "beat", at: -5 },
      { kind: "vm", command: { do: "inject", entry: { kind: "timer" } } },
      { kind: "release", ordinal: 3, output: { class: "network", bytes: Uint8Array.from([1]) } },
      { kind: "role", role: "SOLO", reason: "won" },
      { kind: "test-and-set" },
    );
    expect(bench.step(start)).toEqual([
      { kind: "set-timer", timer: "beat", at: -5 },
      {
        kind: "vm",
        command: { do: "inject", entry: { kind: "timer" }, cost: { kind: "none", bytes: 0 } },
      },
      {
        kind: "release",
        ordinal: 3,
        output: { class: "network", bytes: Uint8Array.from([1]) },
        isAgain: false,
      },
      { kind: "claim", claim: { kind: "role", role: "SOLO", reason: "won", generation: 1 } },
      { kind: "test-and-set", generation: 1 },
    ]);
  });

  it.each([
    [{ kind: "sned" }, 'has the unknown kind "sned"; expected one of send, set-timer'],
    [7, "is 7, expected an object"],
    [{ kind: "send", channel: "log", message: { at: new Set() } }, "message.at is a Set"],
    [{ kind: "set-timer", timer: "beat", at: 1.5 }, "at is 1.5"],
    [{ kind: "vm", command: { do: "fly" } }, 'do is "fly"'],
    [{ kind: "vm", command: { do: "answer", answer: {} } }, "the machine asked for nothing"],
    [{ kind: "vm", command: { do: "replay", until: 3 } }, "the machine is at step 1000"],
    [{ kind: "memory", command: { do: "take" } }, "track first"],
    [
      { kind: "memory", command: { do: "put", pages: [{ index: 0, bytes: new Uint8Array(1) }] } },
      "4096 bytes each",
    ],
    [{ kind: "release", ordinal: 0, output: { class: "disk" } }, "release: output: expected"],
    [{ kind: "drop" }, "expected ordinals"],
    [{ kind: "role", role: "KING" }, 'role: "KING"'],
  ])("that are wrong are told to their author: %o", (effect, told) => {
    expect(() => effectsOf(effect).step(start)).toThrow(`step(start): effects[0] ${""}`);
    expect(() => effectsOf(effect).step(start)).toThrow(told);
  });

  it("answer what was asked, once", () => {
    const answer = { kind: "vm", command: { do: "answer", answer: { what: "time", ticks: 5 } } };
    const asked = { kind: "request", what: "time" } as const;
    expect(effectsOf(answer).exit(asked)).toHaveLength(1);
    expect(() => effectsOf(answer, answer).exit(asked)).toThrow("asked for nothing");
    const inject = { kind: "vm", command: { do: "inject", entry: { kind: "timer" } } };
    expect(() => effectsOf(inject).exit(asked)).toThrow("answer it first");
  });

  it("must be there", () => {
    expect(() => benchOf(() => undefined).step(start)).toThrow("did not return { state, effects");
    expect(() => benchOf(() => ({ state: {} })).step(start)).toThrow("did not return");
  });
});

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
    fc.nat(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 4 },
      )
      .map((record) => ({ ...record })),
  ),
})).value;

it("plain data survives its way as bytes", () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(freezePlain(value, "value")).toBeUndefined();
      expect(decodePlain(encodePlain(value))).toEqual({ value });
    }),
  );
});
