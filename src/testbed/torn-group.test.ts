// Goal: the scenario that tears a group apart really does. Method: a few seeds; a group is torn when a
// backup goes live with the beginning of a message in its hands, and nothing is wrong for all that.

import { expect, it } from "vitest";
import { createTestEngine, runOf, scenarioOf } from "../../test/support/worlds.ts";

it("a primary that dies while a group is on the wire leaves half of it", () => {
  const engine = createTestEngine();
  const scenario = scenarioOf("torn-group", ["workload.for=2500ms"]);
  const results = ["1", "2", "3"].map((seed) => runOf(engine, { scenario, seed }));
  expect(results.map(({ verdict }) => verdict)).toEqual(["valid", "valid", "valid"]);
  const torn = results.filter(({ marks }) => marks.has("group-torn"));
  expect(torn.length).toBeGreaterThanOrEqual(2);
}, 60_000);
