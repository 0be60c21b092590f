// Goal: every rare situation that the code marks has a line that says what it is, and no line is left
// of one that is gone. Method: the sources are searched for the calls.

import { expect, it } from "vitest";
import { MARKS } from "../../src/testbed/variants/marks.ts";
import { sourcesOf } from "./house.ts";

/** Of the protocol's effects or the host's parts; the browser's `performance.mark` is another one. */
const CALL = /(?<!performance)\.mark\(\s*"([^"]+)"/g;

function marksIn(text: string): readonly string[] {
  return [...text.matchAll(CALL)].map(([, name = ""]) => name);
}

it("every mark in the code is told in src/testbed/variants/marks.ts, and no other", () => {
  const used = sourcesOf("src")
    .filter(({ path }) => !path.endsWith(".test.ts"))
    .flatMap(({ text }) => marksIn(text));
  expect(used.length).toBeGreaterThan(10);
  expect([...new Set(used)].sort()).toEqual([...MARKS.keys()].sort());
});

it("a call is found however it is written", () => {
  expect(
    marksIn('out.mark("a-b"); step.out.mark(\n "c"); performance.mark("d"); bookmark("e")'),
  ).toEqual(["a-b", "c"]);
});
