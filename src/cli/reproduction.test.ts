// A reproduction in one word: what went in comes out, and what was damaged on its way through somebody's
// log is refused in one line.

import { describe, expect, it } from "vitest";
import { isPacked, packReproduction, unpackReproduction } from "./reproduction.ts";
import { UsageError } from "./usage-error.ts";

const REPRODUCTION = {
  format: "ftsim-reproduction",
  version: 1,
  ftsim: { version: "0.1.0", revision: "" },
  scenario: { name: "mine", text: `title: it's "mine"\nabout: ä\n` },
  seed: "5",
  set: ["log-link.rtt=1ms"],
  without: [],
  bug: [],
  interventions: ["2.380000001~crash~h1"],
  hideBug: false,
  protocol: "vm-ft",
  guest: { name: "kv", digest: "3a092b78" },
  digest: "0123456789abcdef",
  verdict: "invalid",
  checkers: [],
};

describe("a packed reproduction", () => {
  const packed = packReproduction(JSON.stringify(REPRODUCTION, null, 2));

  it("is a word that a shell takes as it is, and comes out as it went in", () => {
    expect(packed).toMatch(/^repro:[A-Za-z0-9_-]+$/);
    expect(isPacked(packed)).toBe(true);
    expect(isPacked("reports/repro.json")).toBe(false);
    expect(unpackReproduction(packed)).toEqual(REPRODUCTION);
  });

  it.each([
    ["the end is missing", packed.slice(0, -30), /^repro:\.\.\.: damaged; expected it whole/],
    ["nothing is left of it", "repro:", /^repro:\.\.\.: damaged/],
    ["something stands in it", packed.replace(/.{20}$/, "A".repeat(20)), /^repro:\.\.\.: /],
  ])("is refused in one line where %s", (_, text, words) => {
    let message = "";
    try {
      unpackReproduction(text);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      message = (error as Error).message;
    }
    expect(message).toMatch(words);
    expect(message).not.toContain("\n");
  });

  it("may not grow without bound", () => {
    const bomb = { ...REPRODUCTION, protocol: "x".repeat(5_000_000) };
    expect(() => unpackReproduction(packReproduction(JSON.stringify(bomb)))).toThrow("damaged");
  });

  it("of a version that knew no checkers of one's own has none", () => {
    const { checkers: _, ...old } = REPRODUCTION;
    expect(unpackReproduction(packReproduction(JSON.stringify(old))).checkers).toEqual([]);
  });
});
