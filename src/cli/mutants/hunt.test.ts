// Goal: a hunt leaves out only seeds that cannot differ. A rule that a run never asked for decided
// nothing in it: the planted bugs that change such rules leave the run as it is, to the last bit.

import { beforeAll, expect, it } from "vitest";
import { createTestEngine, scenarioOf, worldOf } from "../../../test/support/worlds.ts";
import type { Rules } from "../../testbed/rules.ts";
import { type BootCache, runToEnd } from "../../testbed/run.ts";
import { PLANTED_BUGS, type PlantedBug } from "../../testbed/variants/bugs.ts";
import { isAsked } from "./hunt.ts";
import { watchedRules } from "../watched-rules.ts";

let engine: BootCache;
const asked = new Set<string>();
let digest = "";
beforeAll(() => {
  engine = createTestEngine();
  digest = runToEnd(world([], asked)).digest;
});

const world = (bugs: readonly PlantedBug[], watched?: Set<string>) =>
  worldOf(engine, {
    scenario: scenarioOf("protocol-only"),
    seed: "7",
    changes: bugs.flatMap(({ changes }) => changes),
    ...(watched === undefined
      ? {}
      : { watchRules: (rules: Rules) => watchedRules(rules, watched) }),
  });

it("watching changes nothing", () => {
  expect(runToEnd(world([])).digest).toBe(digest);
});

it("all bugs together in what was not asked for change nothing", () => {
  const untouched = PLANTED_BUGS.filter((bug) => !isAsked(bug, [...asked]));
  expect(untouched.length).toBeGreaterThan(10);
  expect(untouched.length).toBeLessThan(PLANTED_BUGS.length - 10);
  expect(runToEnd(world(untouched)).digest).toBe(digest);
  process.stdout.write(`hunt: ${asked.size} rules asked for, ${untouched.length} bugs untouched\n`);
});

it("a run of which nothing is known is not left out", () => {
  for (const bug of PLANTED_BUGS) expect(isAsked(bug, undefined)).toBe(true);
});
