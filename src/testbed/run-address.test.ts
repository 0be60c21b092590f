// A run's address: every run survives being written and read, whatever stands in its overrides, and
// what is damaged is refused in one line.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../base/time.ts";
import type { Intervention } from "../faults/operator.ts";
import { encodeAddress, parseAddress, type RunAddress } from "./run-address.ts";

const intervention = fc.record({
  gap: fc.integer({ min: 1, max: 3_000_000_000 }),
  isBetween: fc.boolean(),
  phase: fc.constantFrom<"start" | "end">("start", "end"),
  kind: fc.constantFrom("crash", "cut", "storage-outage", "reseed"),
  target: fc.constantFrom("h1", "log-link", "log:h1>h2", "h1-h2"),
});
const address: fc.Arbitrary<RunAddress> = fc
  .record({
    scenario: fc.constantFrom("failover", "split-brain"),
    seed: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
    set: fc.array(fc.string({ unit: "grapheme" })),
    without: fc.array(fc.constantFrom("output-rule", "test-and-set")),
    bug: fc.array(fc.constantFrom("early-ack")),
    interventions: fc.array(intervention, { maxLength: 20 }),
    digest: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/), { nil: undefined }),
  })
  .map((one) => {
    let [at, afterEvent] = [0, 1];
    const interventions = one.interventions.map(({ gap, isBetween, ...act }): Intervention => {
      if (isBetween) {
        afterEvent += gap % 1_000;
        return { ...act, afterEvent };
      }
      at += gap;
      return { ...act, at: virtualTime(at) };
    });
    return { ...one, interventions };
  });

describe("an address", () => {
  it("is the same run when it is read again, alone or behind a page's name", () => {
    fc.assert(
      fc.property(address, (run) => {
        const text = encodeAddress(run);
        expect(text).toMatch(/^[\x21-\x7e]+$/);
        expect(parseAddress(text)).toEqual({ ok: true, value: run });
        expect(parseAddress(`http://localhost:8080/index.html#${text}`)).toEqual({
          ok: true,
          value: run,
        });
      }),
    );
  });

  it.each([
    ["", /KEY=VALUE/],
    ["scenario=failover", /seed/],
    ["seed=1", /scenario/],
    ["scenario=../x&seed=1", /no scenario/],
    ["scenario=failover&seed=1&seed=2", /once/],
    ["scenario=failover&seed=1&what=2", /KEY=VALUE/],
    ["scenario=failover&seed=%zz", /KEY=VALUE/],
    ["scenario=failover&seed=1&digest=12", /digest/],
    ["scenario=failover&seed=1&do=1~crash~h1", /SECONDS/],
    ["scenario=failover&seed=1&do=0.000000000~crash~h1", /moment/],
    ["scenario=failover&seed=1&do=@0~crash~h1", /moment/],
    ["scenario=failover&seed=1&do=@x~crash~h1", /@EVENT/],
    ["scenario=failover&seed=1&do=@9~crash~h1&do=@8~crash~h2", /moment/],
    ["scenario=failover&seed=1&do=2.000000000~crash~h1&do=2.000000000~crash~h2", /moment/],
    [`scenario=failover&seed=1${"&do=2.000000000~crash~h1".repeat(2_000)}`, /more than/],
    [`scenario=failover&seed=1&set=${"x".repeat(100_001)}`, /longer/],
  ])("that is damaged is refused: %s", (text, words) => {
    const parsed = parseAddress(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error).toMatch(words);
    expect(!parsed.ok && parsed.error).not.toContain("\n");
  });
});
