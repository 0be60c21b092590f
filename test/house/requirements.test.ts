// Goal: the requirement table is complete and true. Method: every cell is looked at, every file, test
// and switch that it names is looked up; docs/requirements.md is what the table makes today. That the
// named tests ran and passed is what named-tests.ts says at the end of each run.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKERS } from "../../src/checkers/registry.ts";
import { REQUIREMENTS, requirementsDocument } from "../../src/cli/documents/requirements.ts";
import { resolveVariants } from "../../src/cli/variants.ts";
import { INVARIANTS } from "../../src/report/invariants.ts";
import { PLANTED_BUGS } from "../../src/testbed/variants/bugs.ts";
import type { Requirement } from "../../src/testbed/variants/requirement.ts";
import { ROOT } from "./house.ts";
import { failedNames, hasTest } from "./named-tests.ts";

/** How many requirements each chapter of the specification has. */
const CHAPTERS = [10, 8, 5, 5, 8, 4, 5, 2, 7, 3, 5];

function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

function isShown({ tests }: Requirement): boolean {
  return tests.every(
    ({ file, name }) => exists(file) && hasTest(readFileSync(join(ROOT, file), "utf8"), name),
  );
}

describe("the requirement table", () => {
  it("has every requirement and every invariant, in their order", () => {
    const numbers = CHAPTERS.flatMap((last, chapter) =>
      Array.from({ length: last }, (_, at) => `R-${chapter + 1}.${at + 1}`),
    );
    expect(REQUIREMENTS.map(({ id }) => id)).toEqual([...numbers, ...INVARIANTS.keys()]);
  });

  it("has no empty cell, and no two answers in one", () => {
    const isOne = (list: readonly string[], instead: string | undefined): boolean =>
      list.length > 0 ? instead === undefined : (instead ?? "").length > 20;
    const empty = REQUIREMENTS.filter(
      (row) =>
        row.says === "" ||
        row.files.length === 0 ||
        row.tests.length === 0 ||
        !isOne(row.checkers, row.unjudged) ||
        !isOne(row.broken, row.unbroken),
    );
    expect(empty.map(({ id }) => id)).toEqual([]);
  });

  it("names files, checkers and tests that exist", () => {
    const checkers = new Set(CHECKERS.map(({ name }) => name));
    const wrong = REQUIREMENTS.flatMap((row) => [
      ...row.files.filter((file) => !exists(file)).map((file) => `${row.id} ${file}`),
      ...row.checkers.filter((name) => !checkers.has(name)).map((name) => `${row.id} ${name}`),
      ...(isShown(row) ? [] : row.tests.map(({ file, name }) => `${row.id} ${file}: ${name}`)),
    ]);
    expect(wrong).toEqual([]);
  });

  it("names switches that exist, and that one of the row's checkers catches", () => {
    const wrong = REQUIREMENTS.flatMap(({ id, broken, checkers }) =>
      broken.filter((text) => !isCaught(text, checkers)).map((text) => `${id} ${text}`),
    );
    expect(wrong).toEqual([]);
  });

  it("is what docs/requirements.md shows", () => {
    const file = join(ROOT, "docs", "requirements.md");
    expect(readFileSync(file, "utf8")).toBe(requirementsDocument());
  });
});

function isCaught(text: string, checkers: readonly string[]): boolean {
  const [flag, name = ""] = text.split(" ");
  if (flag === "--without") return resolveVariants([name], []).length > 0;
  const killers = PLANTED_BUGS.find((bug) => bug.name === name)?.killers ?? [];
  return killers.some((one) => checkers.includes(one));
}

describe("named tests", () => {
  it("are found as they are written, and nothing else is", () => {
    const text = `it("a", f); it.each(rows)(\n  "b %s", f); const c = "c"; describe("d", f)`;
    expect(["a", "b %s", "c", "d"].filter((name) => hasTest(text, name))).toEqual([
      "a",
      "b %s",
      "d",
    ]);
  });

  it("that did not run, or did not pass, are told", () => {
    const named = [
      { file: "a.test.ts", name: "one" },
      { file: "a.test.ts", name: "two %s" },
      { file: "a.test.ts", name: "three" },
      { file: "b.test.ts", name: "four" },
    ];
    const ran = new Map([
      [
        "a.test.ts",
        new Map([
          ["one", true],
          ["two x", true],
          ["three", false],
        ]),
      ],
    ]);
    expect(failedNames(named, ran)).toEqual(["a.test.ts: three"]);
    ran.get("a.test.ts")?.delete("one");
    expect(failedNames(named, ran)).toEqual(["a.test.ts: one", "a.test.ts: three"]);
  });
});
