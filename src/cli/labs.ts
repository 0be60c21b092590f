// The labs of the course: a folder each, with what is to be learned (README.md), a protocol that is
// wrong (start.js), one that is not (solution.js), and the runs that tell them apart (lab.json).

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LABS_DIR } from "./paths.ts";
import { UsageError } from "./usage-error.ts";

export interface Lab {
  readonly number: number;
  readonly folder: string;
  readonly title: string;
  readonly paper: string;
  readonly runs: readonly LabRun[];
}

export interface LabRun {
  readonly scenario: string;
  readonly seeds: readonly string[];
  readonly set: readonly string[];
}

const schema = z.strictObject({
  title: z.string(),
  paper: z.string(),
  runs: z
    .array(
      z.strictObject({
        scenario: z.string(),
        seeds: z.array(z.string()).min(1),
        set: z.array(z.string()).default([]),
      }),
    )
    .min(1),
});

export function allLabs(): readonly Lab[] {
  return readdirSync(LABS_DIR)
    .filter((name) => existsSync(join(LABS_DIR, name, "lab.json")))
    .map((name) => {
      const folder = join(LABS_DIR, name);
      const text = readFileSync(join(folder, "lab.json"), "utf8");
      return { number: Number.parseInt(name, 10), folder, ...schema.parse(JSON.parse(text)) };
    })
    .sort((a, b) => a.number - b.number);
}

export function findLab(number: string): Lab {
  const labs = allLabs();
  const found = labs.find((lab) => String(lab.number) === number);
  if (found !== undefined) return found;
  throw new UsageError(`no lab ${number}; expected 1 to ${labs.length}, see \`ftsim lab\``);
}
