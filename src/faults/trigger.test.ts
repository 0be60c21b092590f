// Triggers look at facts: the event, what kind of it, and by whom - a node or a role at that moment.

import { describe, expect, it } from "vitest";
import { virtualTime } from "../base/time.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import { countInFlight, matchesTrigger, type Trigger, type TriggerEvent } from "./trigger.ts";

const world = { witness: "world", time: 5 } as const;
const claim = { witness: "claim", time: 5, node: "h1", generation: 1 } as const;
const release: FactOf<"release"> = {
  ...world,
  kind: "release",
  node: "h1",
  ordinal: 1,
  outputClass: "network",
  count: 0,
  hash: "",
  length: 1,
  segment: null,
  disk: null,
  isAgain: false,
};
const op = { at: 0, client: 2, process: 2, opId: "c3-1", op: { kind: "incr", key: "n" } } as never;
const FACTS: ReadonlyMap<TriggerEvent, readonly [Fact, string, string]> = new Map([
  ["release", [release, "network", "h1"]],
  ["append", [{ ...claim, kind: "log-append", entry: "time" } as unknown as Fact, "time", "h1"]],
  ["ack-send", [{ ...claim, kind: "log-ack-send", through: 1, executed: 0 }, "", "h1"]],
  ["ack-receive", [{ ...claim, kind: "log-ack-receive", through: 1, executed: 0 }, "", "h1"]],
  [
    "disk-apply",
    [
      { ...world, kind: "disk-apply", node: "h1", disk: { op: "write" } } as unknown as Fact,
      "write",
      "h1",
    ],
  ],
  [
    "test-and-set",
    [
      {
        ...world,
        kind: "test-and-set",
        generation: 1,
        owner: "h1",
        result: "won",
        isFirst: true,
      },
      "won",
      "h1",
    ],
  ],
  ["role", [{ ...claim, kind: "role", role: "SOLO", reason: "" }, "SOLO", "h1"]],
  [
    "invoke",
    [
      { ...world, kind: "client", event: { kind: "invoke", ...(op as object) } } as Fact,
      "incr",
      "c3",
    ],
  ],
  [
    "ok",
    [
      { ...world, kind: "client", event: { kind: "ok", ...(op as object) } } as unknown as Fact,
      "incr",
      "c3",
    ],
  ],
]);

const nodeOf = (name: string): string => (name === "primary" ? "h1" : name);
const trigger = (event: TriggerEvent, of = "", by = "", from = 0): Trigger => ({
  event,
  of,
  by,
  nth: 1,
  from: virtualTime(from),
});
const matches = (one: Trigger, fact: Fact, inFlight: number = 0): boolean =>
  matchesTrigger(one, fact, nodeOf, inFlight);

describe.each([...FACTS])("%s", (event, [fact, of, by]) => {
  it("matches its own event, narrowed by kind and by whom", () => {
    expect(matches(trigger(event), fact)).toBe(true);
    expect(matches(trigger(event, of, by), fact)).toBe(true);
    expect(matches(trigger(event, "other"), fact)).toBe(false);
    expect(matches(trigger(event, of, "h2"), fact)).toBe(false);
    expect(matches(trigger(event, of, "primary"), fact)).toBe(by === "h1");
  });

  it("matches from its moment on", () => {
    expect(matches(trigger(event, "", "", 5), fact)).toBe(true);
    expect(matches(trigger(event, "", "", 6), fact)).toBe(false);
  });

  it("matches no other event", () => {
    for (const [other, [otherFact]] of FACTS)
      expect(matches(trigger(event), otherFact)).toBe(other === event);
  });
});

it("facts that no trigger knows match nothing", () => {
  const facts: readonly Fact[] = [
    { ...world, kind: "run", phase: "start", hosts: [] },
    { ...world, kind: "client", event: { kind: "info", error: "", ...(op as object) } } as never,
  ];
  for (const fact of facts)
    for (const event of FACTS.keys()) expect(matches(trigger(event), fact)).toBe(false);
});

describe("in-flight", () => {
  const event = (kind: "invoke" | "ok" | "fail" | "info"): Fact =>
    ({ ...world, kind: "client", event: { kind, ...(op as object) } }) as unknown as Fact;

  it("counts operations from their invocation to their end, whatever the end", () => {
    let inFlight = 0;
    const counts = (["invoke", "invoke", "ok", "invoke", "info", "fail"] as const).map((kind) => {
      inFlight = countInFlight(inFlight, event(kind));
      return inFlight;
    });
    expect(counts).toEqual([1, 2, 1, 2, 1, 0]);
    expect(countInFlight(3, release)).toBe(3);
  });

  it("is asked at invocations only, for at least so many", () => {
    expect(matches(trigger("in-flight", "5"), event("invoke"), 5)).toBe(true);
    expect(matches(trigger("in-flight", "5"), event("invoke"), 6)).toBe(true);
    expect(matches(trigger("in-flight", "5"), event("invoke"), 4)).toBe(false);
    expect(matches(trigger("in-flight", "5"), event("ok"), 9)).toBe(false);
    expect(matches(trigger("in-flight", "5"), release, 9)).toBe(false);
  });
});
