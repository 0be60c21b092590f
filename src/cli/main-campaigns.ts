// The commands of campaigns: fuzz, what comes after it, and the farm.

import type { Command } from "commander";
import type { FuzzOptions } from "./commands/fuzz.ts";
import type { LedgerOptions } from "./commands/ledger.ts";
import { merge, type MergeOptions } from "./commands/merge.ts";
import type { MutantsOptions } from "./commands/mutants.ts";
import type { ShrinkOptions } from "./commands/shrink.ts";
import type { WorkerOptions } from "./commands/worker.ts";
import { collect } from "./commands-options.ts";
import { UsageError } from "./usage-error.ts";

export function addCampaigns(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("fuzz [scenario]")
    .description("many seeds on all cores, every run judged; swarm without a scenario")
    .option("-n, --number <count>", "so many seeds")
    .option("--seeds <A..B>", "these seeds")
    .option("--time <time>", "begin no seed after so long, e.g. 10m; 60s without any limit")
    .option("--until-quiet [seeds]", "until so many in a row bring no new mark and no new finding")
    .option("--jobs <count>", "worker threads; one a core without")
    .option("--queue <url>", "redis://HOST:PORT: workers that join there take part")
    .option("--shard <i/n>", "every n-th of the seeds only")
    .option("--resume", "go on with the results in the folder", false)
    .option(
      "--twice",
      "every seed a second time, on other threads: the same to the last bit",
      false,
    )
    .option("--ledger <file>", "add a line about this campaign, which anybody can check")
    .option("--regressions <dir>", "reproductions (*.json) that are run first")
    .option("--baseline <file>", "failures.jsonl of an earlier campaign: what is new, known, gone")
    .option("--require-marks", "fail when a mark that can come up never did", false)
    .option("--unbounded", "faults beyond what must be survived; only safety is judged", false)
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--no-shrink", "leave findings as large as they are")
    .option("--junit <file>", "the findings as JUnit's XML")
    .option("--out <dir>", "where files go; reports/fuzz-SCENARIO without")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "only the verdict", false)
    .action(async (name: string | undefined, options: FuzzOptions) => {
      const { fuzz } = await import("./commands/fuzz.ts");
      finish(await fuzz(name ?? "swarm", options));
    });
  addAfterCampaigns(program, finish);
}

function addAfterCampaigns(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("shrink <run>")
    .description(
      "the smallest run with the same finding: of a scenario and a seed, or a repro.json",
    )
    .option("--seed <seed>", "the seed")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--time <time>", "give up after so long", "10min")
    .option("--jobs <count>", "worker threads; one a core without")
    .option("--out <dir>", "where files go; reports/shrink-SCENARIO-SEED without")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "without progress", false)
    .action(async (name: string, options: ShrinkOptions) => {
      const { shrink } = await import("./commands/shrink.ts");
      finish(await shrink(name, options));
    });
  program
    .command("mutants [bugs...]")
    .description("planted bugs: who catches each, in its scenario and in the swarm")
    .option("--seeds <count>", "at most so many of its scenario", "20")
    .option("--swarm <count>", "at most so many of the swarm; 0: not there", "0")
    .option("--jobs <count>", "worker threads; one a core without")
    .option("--document <file>", "the tables as a document")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "without progress", false)
    .action(async (names: readonly string[], options: MutantsOptions) => {
      const { mutants } = await import("./commands/mutants.ts");
      finish(await mutants(names, options));
    });
  program
    .command("ledger <what> <file>")
    .description("ledger check FILE: runs blocks of a ledger's seeds again and compares")
    .option("--sample <blocks>", "so many blocks, drawn at random", "3")
    .option("--jobs <count>", "worker threads; one a core without")
    .action(async (what: string, file: string, options: LedgerOptions) => {
      if (what !== "check") throw new UsageError(`ledger ${what}: expected check`);
      const { checkLedgerFile } = await import("./commands/ledger.ts");
      finish(await checkLedgerFile(file, options));
    });
  program
    .command("merge <folders...>")
    .description("the results of shards of `ftsim fuzz` as those of one campaign")
    .option("--require-marks", "fail when a mark that can come up never did", false)
    .option("--out <dir>", "where files go; reports/fuzz-merged without")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .action((folders: readonly string[], options: MergeOptions) => finish(merge(folders, options)));
}

export function addFarm(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("worker")
    .description("run seeds of the campaigns at a Redis, `ftsim fuzz --queue`, beside others")
    .requiredOption("--queue <url>", "redis://HOST:PORT")
    .option("--jobs <count>", "seeds at a time; one a core without")
    .option("--until-idle", "leave when there is nothing to do", false)
    .option("--quiet", "without a word", false)
    .action(async (options: WorkerOptions) => {
      const { worker } = await import("./commands/worker.ts");
      finish(await worker(options));
    });
}
