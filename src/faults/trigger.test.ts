// Triggers look at facts: the event, what kind of it, and by whom - a node or a role at that moment.

import { describe, expect, it } from "vitest";
import type { Fact, FactOf } from "../history/fact.ts";
import { matchesTrigger, type Trigger, type TriggerEvent } from "./trigger.ts";

const world = { witness: "world", time: 5 } as const;
const claim = { witness: "claim", time: 5, node: "h1", generation: 1 } as const;
const release: FactOf<"release"> = {
  ...world,
  kind: "release",
  node: "h1",
  ordinal: 1,
  outputClass: "network",
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
const trigger = (event: TriggerEvent, of = "", by = ""): Trigger => ({ event, of, by, nth: 1 });

describe.each([...FACTS])("%s", (event, [fact, of, by]) => {
  it("matches its own event, narrowed by kind and by whom", () => {
    expect(matchesTrigger(trigger(event), fact, nodeOf)).toBe(true);
    expect(matchesTrigger(trigger(event, of, by), fact, nodeOf)).toBe(true);
    expect(matchesTrigger(trigger(event, "other"), fact, nodeOf)).toBe(false);
    expect(matchesTrigger(trigger(event, of, "h2"), fact, nodeOf)).toBe(false);
    expect(matchesTrigger(trigger(event, of, "primary"), fact, nodeOf)).toBe(by === "h1");
  });

  it("matches no other event", () => {
    for (const [other, [otherFact]] of FACTS)
      expect(matchesTrigger(trigger(event), otherFact, nodeOf)).toBe(other === event);
  });
});

it("facts that no trigger knows match nothing", () => {
  const facts: readonly Fact[] = [
    { ...world, kind: "run", phase: "start", hosts: [] },
    { ...world, kind: "client", event: { kind: "info", error: "", ...(op as object) } } as never,
  ];
  for (const fact of facts)
    for (const event of FACTS.keys())
      expect(matchesTrigger(trigger(event), fact, nodeOf)).toBe(false);
});
