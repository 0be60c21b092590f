// facts.jsonl: what is written is read back, and nothing else is believed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import { decodeFacts, encodeFacts } from "./facts-codec.ts";
import { claim, client, failoverFacts, world } from "../../test/support/report-run.ts";

const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const integer = fc.maxSafeInteger();
const text = fc.string({ unit: "binary" });
const disk = fc.record({
  ioId: integer,
  op: fc.constantFrom("read" as const, "write" as const, "flush" as const),
  sector: integer,
  sectorCount: integer,
  dataHash: text,
});
const op = fc.oneof(
  fc.constant({ kind: "ping" as const }),
  fc.record({ kind: fc.constant("set" as const), key: text, value: text }),
  fc.record({ kind: fc.constant("unlock" as const), key: text, owner: text }),
);
const result = fc.oneof(
  fc.constant({ kind: "done" as const }),
  fc.record({ kind: fc.constant("value" as const), value: fc.option(text) }),
);
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.tuple(time, text, disk).map(([at, node, one]) =>
    world(at, {
      kind: "disk-apply",
      node,
      fenceGeneration: 1,
      fenceOwner: node,
      disk: one,
      result: "fenced",
    }),
  ),
  fc
    .tuple(time, text, op, fc.option(result, { nil: undefined }))
    .map(([at, id, asked, got]) => client(at, id, asked, got)),
  fc
    .tuple(time, text, integer)
    .map(([at, node, silence]) => claim(at, node, { kind: "suspect", reason: node, silence })),
  time.map((at) => world(at, { kind: "storage-restart" })),
  fc
    .tuple(time, text, integer, integer)
    .map(([at, node, plainBytes, sentBytes]) =>
      world(at, { kind: "log-packed", node, plainBytes, sentBytes }),
    ),
);
const history = fc.array(fact).map((facts) => facts.toSorted((a, b) => a.time - b.time));

describe("facts as JSON Lines", () => {
  test("are read back as they were", () => {
    fc.assert(
      fc.property(history, (facts) => {
        expect(decodeFacts(encodeFacts(facts))).toEqual({ ok: true, value: facts });
      }),
    );
    const facts = failoverFacts();
    expect(decodeFacts(encodeFacts(facts))).toEqual({ ok: true, value: facts });
  });

  test("cut off anywhere, are refused", () => {
    const whole = encodeFacts(failoverFacts().slice(0, 6));
    // Without the very last newline everything is still there.
    for (let length = 0; length < whole.length - 1; length++)
      expect(decodeFacts(whole.slice(0, length)).ok).toBe(false);
    expect(decodeFacts(whole.slice(0, -1)).ok).toBe(true);
  });

  test("that are garbage, are refused without an exception", () => {
    const lines = encodeFacts(failoverFacts()).split("\n");
    fc.assert(
      fc.property(fc.nat(lines.length - 2), fc.json(), (at, garbage) => {
        const decoded = decodeFacts(lines.with(at, garbage).join("\n"));
        expect(decoded.ok).toBe(false);
      }),
    );
    fc.assert(fc.property(text, (garbage) => !decodeFacts(garbage).ok));
  });

  test.each([
    ["an unknown kind", { kind: "magic" }, /line 3.*unknown kind of fact: "magic"/],
    ["an inherited name", { kind: "toString" }, /unknown kind/],
    ["a missing field", { node: undefined }, /role: expected a field node/],
    ["a field too many", { more: 1 }, /no field "more"/],
    ["a wrong type", { time: "0" }, /time: a time in ns/],
    ["a fraction", { time: 0.5 }, /time: a time in ns/],
    ["the wrong witness", { witness: "world" }, /witness: one of claim/],
    ["a role that does not exist", { role: "KING" }, /role: one of PRIMARY/],
  ])("with %s, say line and reason", (_, change, expected) => {
    const lines = encodeFacts(failoverFacts().slice(0, 2)).split("\n");
    const broken = { ...(JSON.parse(lines[2] ?? "") as object), ...change };
    const decoded = decodeFacts(lines.with(2, JSON.stringify(broken)).join("\n"));
    expect(decoded.ok ? "" : `line ${decoded.error.line}: ${decoded.error.message}`).toMatch(
      expected,
    );
  });

  test("of another version, or running backwards, are refused", () => {
    const facts = failoverFacts();
    const newer = encodeFacts(facts).replace('"version":5', '"version":6');
    expect(decodeFacts(newer)).toMatchObject({
      error: { line: 1, message: "version 6 of the facts: this ftsim reads version 5" },
    });
    expect(decodeFacts(encodeFacts(facts.toReversed()))).toMatchObject({
      error: { message: expect.stringContaining("time runs backwards") },
    });
  });
});
