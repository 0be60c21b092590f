// The campaign with fresh seeds, for 20 s or what FTSIM_LOCKSTEP_SECONDS says. It needs no tool of
// the system: it is with the outside tests because it is long and never the same twice.

import process from "node:process";
import { expect, it } from "vitest";
import { campaign, summary } from "./campaign.ts";

const SECONDS = Number(process.env["FTSIM_LOCKSTEP_SECONDS"] ?? "20");

it(
  "runs fresh random programs to the same states in all arms",
  () => {
    const end = Date.now() + SECONDS * 1000;
    const told: string[] = [];
    const result = campaign({
      seed: `${Date.now()}`,
      steps: Number.POSITIVE_INFINITY,
      isOver: () => Date.now() >= end,
      tell: (line) => told.push(line),
    });
    console.log(summary(result));
    expect(told).toEqual([]);
    expect(result.programs).toBeGreaterThan(0);
  },
  (SECONDS + 120) * 1000,
);
