// Goal: every hole is closed as things stand, and open with its switch; docs/holes.md shows what the
// open runs print today. Method: each hole is run both ways, from a few seeds.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { holesDocument } from "../../src/cli/documents/holes.ts";
import { runHole, SHOWN_SEED } from "../../src/cli/documents/hole-runs.ts";
import { HOLES } from "../../src/testbed/variants/holes.ts";
import { createTestEngine, ROOT } from "../support/worlds.ts";

const SEEDS = [SHOWN_SEED, ...(process.env["FTSIM_HOLE_SEEDS"] ?? "1").split(",")];

const engine = createTestEngine();
const excerpts = new Map<string, string>();

test("the specification's ten holes are here", () => {
  expect(HOLES.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `H-${at + 1}`));
});

describe.each(HOLES.map((hole) => [hole.id, hole] as const))("%s", (id, hole) => {
  test.each(SEEDS)("is closed, seed %s", (seed) => {
    const { exit, excerpt } = runHole(engine, hole, "closed", seed);
    expect(exit, excerpt).toBe(0);
  });

  test.each(SEEDS)("is open with its switch, seed %s", (seed) => {
    const { exit, excerpt } = runHole(engine, hole, "open", seed);
    if (seed === SHOWN_SEED) excerpts.set(id, excerpt);
    expect(exit, excerpt).toBe(hole.exit);
  });
});

test("docs/holes.md is what scripts/documents.mjs makes", () => {
  expect(excerpts.size).toBe(HOLES.length);
  const made = holesDocument(({ id }) => excerpts.get(id) ?? "");
  expect(readFileSync(join(ROOT, "docs", "holes.md"), "utf8")).toBe(made);
});
