// What the tables ask for is there: every rule that a run breaks on purpose, every protocol it names.

import { expect, it } from "vitest";
import { runsOf, TABLES } from "../../tables/registry.ts";
import { findProtocol } from "../protocols.ts";
import { resolveVariants } from "../variants.ts";

it("every run's protocol and broken rules are known to this build", () => {
  const runs = runsOf(TABLES, { protocols: ["vm-ft", "none"], accepts: () => false });
  const broken = runs.filter(({ bugs }) => bugs.length > 0);
  expect(broken.length).toBeGreaterThan(2);
  for (const { bugs } of broken) expect(resolveVariants([], bugs).length).toBeGreaterThan(0);
  for (const { protocol } of runs) expect(findProtocol(protocol).name).toBe(protocol);
});
