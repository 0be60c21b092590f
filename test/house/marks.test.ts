// Goal: the list of marks and the code are one; every requirement that the code keeps has one, few are
// too rare for a campaign, and those have a test. Method: the sources are searched for names.

import { expect, it } from "vitest";
import { REQUIREMENTS } from "../../src/cli/documents/requirements.ts";
import { KNOWN_PROTOCOLS } from "../../src/protocols/registry.ts";
import { MARKS, marksFor, requiredMarks } from "../../src/testbed/variants/marks.ts";
import { UNMARKED } from "../../src/testbed/variants/unmarked.ts";
import { readSource, sourcesOf } from "./house.ts";

const REGISTRY = "src/testbed/variants/marks-of-";
/** A call with a name; the browser's `performance.mark` is another one. */
const CALL = /(?<!performance\.)\bmark\(\s*"([a-z0-9-]+)"/g;
/** A call with anything else than a text, which could not be held to the list. */
const UNNAMED = /\.mark\(\s*[^")\s]/g;
/** Where a mark is handed on, or its name is one of two. */
const HANDED_ON = ["src/testbed/replica-driver.ts", "src/testbed/marks/", "src/protocols/"];

const NAMES = MARKS.map(({ name }) => name);

function code(): readonly { readonly path: string; readonly text: string }[] {
  return sourcesOf("src").filter(
    ({ path }) => !path.endsWith(".test.ts") && !path.startsWith(REGISTRY),
  );
}

function marksIn(text: string): readonly string[] {
  return [...text.matchAll(CALL)].map(([, name = ""]) => name);
}

it("every mark is told once, and its name stands in the code exactly once", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(120);
  expect(new Set(NAMES).size).toBe(NAMES.length);
  const text = code()
    .map((source) => source.text)
    .join("\n");
  const places = NAMES.map((name) => [name, text.split(`"${name}"`).length - 1] as const);
  expect(places.filter(([, count]) => count !== 1)).toEqual([]);
});

it("every name that the code marks is in the list", () => {
  const used = code().flatMap(({ text }) => marksIn(text));
  expect(used.length).toBeGreaterThan(80);
  expect(used.filter((name) => !NAMES.includes(name))).toEqual([]);
});

it("a name is written where the mark is made", () => {
  const unnamed = code().filter(
    ({ path, text }) =>
      text.match(UNNAMED) !== null && !HANDED_ON.some((place) => path.startsWith(place)),
  );
  expect(unnamed.map(({ path }) => path)).toEqual([]);
});

it("a call is found however it is written", () => {
  expect(
    marksIn(
      'out.mark("a-b"); step.out.mark(\n "c"); mark("e"); performance.mark("d"); bookmark("e")',
    ),
  ).toEqual(["a-b", "c", "e"]);
  expect('out.mark(`x-${why}`); out.mark(name); out.mark("a")'.match(UNNAMED)).toHaveLength(2);
});

it("names are short and read like a headline", () => {
  expect(NAMES.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(name))).toEqual([]);
  expect(NAMES.filter((name) => name.length > 45)).toEqual([]);
  expect(MARKS.filter(({ what }) => what.length < 15 || what.endsWith("."))).toEqual([]);
});

it("every requirement has a mark, or a reason why none can be", () => {
  const known = new Set(REQUIREMENTS.map(({ id }) => id));
  const marked = new Set(MARKS.flatMap(({ requirements }) => requirements));
  expect([...marked].filter((id) => !known.has(id))).toEqual([]);
  const wanted = [...known].filter((id) => id.startsWith("R-"));
  expect(wanted.length).toBe(62);
  expect(wanted.filter((id) => marked.has(id) === UNMARKED.has(id))).toEqual([]);
  expect([...UNMARKED].filter(([id, why]) => !known.has(id) || why.length < 20)).toEqual([]);
});

it("at most a tenth is too rare for a campaign, and has a test that comes to it", () => {
  const rare = MARKS.filter((mark) => mark.rare !== undefined);
  expect(rare.length).toBeGreaterThan(0);
  expect(rare.length * 10).toBeLessThanOrEqual(MARKS.length);
  for (const { name, rare: file = "" } of rare)
    expect(readSource(file).text, `${file} on ${name}`).toContain(`"${name}"`);
});

it("each protocol has marks that it can come to, and the paper's has most", () => {
  for (const { protocol } of KNOWN_PROTOCOLS) {
    const { name } = protocol;
    expect(requiredMarks(name).length, name).toBeGreaterThan(10);
    expect(requiredMarks(name).length).toBeLessThanOrEqual(marksFor(name).length);
  }
  expect(marksFor("vm-ft").length).toBeGreaterThan(marksFor("colo").length);
  const anyones = new Set(KNOWN_PROTOCOLS.flatMap(({ protocol }) => marksFor(protocol.name)));
  expect(MARKS.filter((mark) => !anyones.has(mark))).toEqual([]);
  expect(marksFor("./mine.js")).toEqual(marksFor("unprotected"));
});
