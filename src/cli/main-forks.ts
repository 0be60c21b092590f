// The commands that search by forks: sweep, explore, causality, and bisect.

import type { Command } from "commander";
import type { BisectOptions } from "./commands/bisect.ts";
import type { CausalityOptions } from "./commands/causality.ts";
import type { ExploreOptions } from "./commands/explore.ts";
import { sweep } from "./commands/sweep.ts";
import { collect } from "./commands-options.ts";
import { UsageError } from "./usage-error.ts";
import type { SweepOptions } from "./sweep/plan.ts";

export function addSweep(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("sweep <scenario>")
    .description("strike at every boundary of a window, by forks, and judge every branch")
    .option("--seed <seed>", "the seed; drawn and printed without")
    .option("--window <A..B>", "virtual times, e.g. 1s..1.5s; what the scenario says without")
    .option(
      "--fault <words>",
      'what strikes: crash without; "pause for=300ms on=h1", or all',
      collect,
      [],
    )
    .option("--second <words>", "and after it, at every boundary again", collect, [])
    .option("--within <time>", "how long after the first strike the second one is tried", "20ms")
    .option("--sample <n/m>", "n boundaries, drawn; and m for the second strike after each")
    .option("--nodes <names>", "h1,h2: whom it strikes; every host without")
    .option("--tail <time>", "how long the safety phase goes on after a strike")
    .option("--every-event", "every gap between two events is a boundary", false)
    .option("--recheck <n>", "run so many branches again from scratch", "20")
    .option("--jobs <n>", "worker threads; one a core without")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--out <dir>", "where files go; reports/sweep-SCENARIO-SEED without")
    .option("--json", "the certificate on stdout and nothing else", false)
    .option("--quiet", "only the verdict", false)
    .action(async (name: string, options: SweepOptions) => finish(await sweep(name, options)));
}

export function addForks(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("explore <scenario>")
    .description(
      "fork where something is new or a violation is near, re-seed, and go on from there",
    )
    .option("--seed <seed>", "the seed of the first run; drawn and printed without")
    .option("--budget <forks>", "so many forks", "200")
    .option("--time <time>", "begin no round after so long, e.g. 60s")
    .option("--faults", "every other fork gets a fault besides; then only safety is judged", false)
    .option("--recheck <n>", "run so many forks again from scratch", "8")
    .option("--do <act>", "an act of the first run, as for run", collect, [])
    .option("--jobs <count>", "worker threads; one a core without")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--out <dir>", "where files go; reports/explore-SCENARIO-SEED without")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "only the verdict", false)
    .action(async (name: string, options: ExploreOptions) => {
      const { explore } = await import("./commands/explore.ts");
      finish(await explore(name, options));
    });
}

export function addBisect(
  program: Command,
  finish: (exitCode: number) => void,
  versus: readonly string[] | undefined,
): void {
  program
    .command("bisect <runs...>")
    .description("where two runs or two replicas part: the first fact, and the first step")
    .usage("A B | SCENARIO --seed N --vs OPTIONS | RUN --replicas h1,h2")
    .option("--replicas <hosts>", "two replicas of one run, e.g. h1,h2")
    .option("--seed <seed>", "of a scenario; drawn without")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--do <act>", "an act of the run, as for run", collect, [])
    .addHelpText("after", "\n--vs OPTIONS: a second run, with these options of `run` besides")
    .exitOverride()
    .action(async (runs: readonly string[], options: BisectOptions) => {
      if (runs.length > 2) throw new UsageError(`bisect: ${runs.length} runs; expected two`);
      const { bisect } = await import("./commands/bisect.ts");
      finish(await bisect(runs, options, versus));
    });
}

export function addCausality(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("causality <scenario>")
    .description("of a run that violates something: from when on was it inevitable?")
    .option("--seed <seed>", "the seed; drawn and printed without")
    .option("--points <count>", "so many moments before the violation", "40")
    .option("--per-point <count>", "so many re-seeded forks at each", "20")
    .option("--jobs <count>", "worker threads; one a core without")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--do <act>", "an act of the run, as for run", collect, [])
    .option("--out <dir>", "where files go; reports/causality-SCENARIO-SEED without")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "only what it says", false)
    .action(async (name: string, options: CausalityOptions) => {
      const { causality } = await import("./commands/causality.ts");
      finish(await causality(name, options));
    });
}
