// docs/mutants.json: how strong the checkers of this version are, as `ftsim mutants --document` found
// it. Every campaign says it: a campaign without a finding is worth as much as its checkers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { number } from "../../base/words.ts";
import { PACKAGE_ROOT } from "../paths.ts";

interface Rate {
  readonly bugs: number;
  readonly killed: number;
  readonly median: number;
  /** Seeds that were tried at most. */
  readonly most: number;
}

export interface KillRateFile {
  readonly format: "ftsim-mutants";
  readonly version: 1;
  /** The ftsim whose bugs were hunted. */
  readonly ftsim: string;
  readonly named: Rate;
  readonly swarm: Rate | null;
}

const rate = z.strictObject({
  bugs: z.number().int(),
  killed: z.number().int(),
  median: z.number().int(),
  most: z.number().int(),
});

const fileSchema: z.ZodType<KillRateFile> = z.strictObject({
  format: z.literal("ftsim-mutants"),
  version: z.literal(1),
  ftsim: z.string(),
  named: rate,
  swarm: rate.nullable(),
});

const FILE = join("docs", "mutants.json");

/** Undefined where the file is not there: a build without its documents. */
export function readKillRate(): KillRateFile | undefined {
  let text: string;
  try {
    text = readFileSync(join(PACKAGE_ROOT, FILE), "utf8");
  } catch {
    return undefined;
  }
  return fileSchema.parse(JSON.parse(text));
}

/** "67 of 67 planted bugs caught in their scenarios, 61 of 67 by the swarm" */
export function killRateWords(file: KillRateFile | undefined): string {
  if (file === undefined) return "not known: docs/mutants.json is not there";
  const { named, swarm, ftsim } = file;
  const own = `${number(named.killed)} of ${number(named.bugs)} planted bugs caught in their scenarios`;
  const bySwarm =
    swarm === null
      ? "by the swarm: not run"
      : `${number(swarm.killed)} of ${number(swarm.bugs)} by the swarm within ${number(swarm.most)} seeds`;
  return `${own}, ${bySwarm} (ftsim mutants, ${ftsim})`;
}
