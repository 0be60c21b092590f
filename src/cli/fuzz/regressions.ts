// Reproductions that earlier campaigns left: they have to end as expected by now.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Interrupt } from "../drive.ts";
import { EXIT_OK } from "../exit-codes.ts";
import { UsageError } from "../usage-error.ts";
import type { Outcome } from "./outcome.ts";
import type { SeedCrew } from "./seed-crew.ts";
import type { CampaignReport } from "./summary.ts";

/** Every *.json of a folder, its sub-folders' repro.json too. */
export function reproductionsIn(folder: string | undefined): readonly string[] {
  if (folder === undefined) return [];
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(`--regressions ${folder}: expected a folder with reproductions (*.json)`);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => /(^|[/\\])repro\.json$|^[^/\\]+\.json$/.test(name));
  return files.map((name) => join(folder, name));
}

export async function runReproductions(
  crew: SeedCrew,
  files: readonly string[],
  interrupt: Interrupt,
): Promise<CampaignReport["regressions"]> {
  const outcomes = await Promise.all(
    files.map(
      async (file): Promise<readonly [string, Outcome] | undefined> =>
        interrupt.isRaised ? undefined : [file, await crew.run({ kind: "reproduction", file })],
    ),
  );
  const run = outcomes.filter((one) => one !== undefined);
  return {
    run: run.length,
    failed: run.flatMap(([file, { exit, message }]) =>
      exit === EXIT_OK ? [] : [`${file} (${message})`],
    ),
  };
}
