// Goal: docs/mutants.md is of these bugs and these checkers. Method: the document's rows against the
// registries; what it says about seeds is for `ftsim mutants` to find out again.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKERS } from "../../src/checkers/registry.ts";
import { PLANTED_BUGS } from "../../src/testbed/variants/bugs.ts";

const rows = readFileSync("docs/mutants.md", "utf8").split("\n");

it("has a row for every planted bug, and no bug was missed", () => {
  const shown = rows.flatMap((row) => {
    const [, bug = "", id = "", scenario = "", seed = ""] = row.split(" | ").join("|").split("|");
    return /^\d+$/.test(seed.trim()) ? [[bug.trim(), id.trim(), scenario.trim()]] : [];
  });
  expect(shown).toEqual(PLANTED_BUGS.map(({ name, id, scenario }) => [name, id, scenario]));
});

it("has a row for every checker", () => {
  for (const { name } of CHECKERS)
    expect(
      rows.filter((row) => row.startsWith(`| ${name} | `)),
      name,
    ).toHaveLength(1);
});
