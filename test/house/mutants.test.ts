// Goal: docs/mutants.md is of these bugs and these checkers. Method: the document's rows against the
// registries; what it says about seeds is for `ftsim mutants` to find out again.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKERS } from "../../src/checkers/registry.ts";
import { killRateWords, readKillRate } from "../../src/cli/mutants/kill-rate-file.ts";
import { WHY_IT_STAYS } from "../../src/cli/mutants/why-it-stays.ts";
import { PLANTED_BUGS } from "../../src/testbed/variants/bugs.ts";

const rows = readFileSync("docs/mutants.md", "utf8").split("\n");

it("has a row for every planted bug, and no bug was missed", () => {
  const shown = rows.flatMap((row) => {
    const [, bug = "", id = "", scenario = "", seed = ""] = row.split(" | ").join("|").split("|");
    return /^\d+$/.test(seed.trim()) ? [[bug.trim(), id.trim(), scenario.trim()]] : [];
  });
  expect(shown).toEqual(PLANTED_BUGS.map(({ name, id, scenario }) => [name, id, scenario]));
});

it("says of every checker that catches nothing alone why it stays, and of no other", () => {
  for (const { name } of CHECKERS) {
    const row = rows.find((one) => one.startsWith(`| ${name} | `)) ?? "";
    const isAlone = row.includes("| alone: ");
    expect([name, isAlone || WHY_IT_STAYS.has(name)]).toEqual([name, true]);
  }
  const known = new Set(CHECKERS.map(({ name }) => name));
  for (const name of WHY_IT_STAYS.keys()) expect(known).toContain(name);
});

it("is what every campaign says of its version", () => {
  const file = readKillRate();
  expect(file?.named.bugs).toBe(PLANTED_BUGS.length);
  expect(file?.named.killed).toBe(file?.named.bugs);
  expect(killRateWords(file)).toMatch(/^\d+ of \d+ planted bugs caught in their scenarios, /);
});

it("has a row for every checker", () => {
  for (const { name } of CHECKERS)
    expect(
      rows.filter((row) => row.startsWith(`| ${name} | `)),
      name,
    ).toHaveLength(1);
});
