// The command line: argv to a command, its answer to an exit code. What a person got wrong is one
// line and exit 64; what ftsim got wrong is one line and exit 70.

import { Command, CommanderError } from "commander";
import {
  check,
  diff,
  log,
  type LogOptions,
  rebuildReport,
  type ReportOptions,
} from "./commands/stored.ts";
import { explain } from "./commands/explain.ts";
import { init } from "./commands/init.ts";
import { lab } from "./commands/lab.ts";
import { list } from "./commands/list.ts";
import { createNew } from "./commands/new.ts";
import { replay, type ReplayOptions } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { type VmOptions, vmBoot, vmRun, vmSnapshot } from "./commands/vm.ts";
import type { SweepOptions as ParameterOptions } from "./commands/sweep-parameter.ts";
import type { TablesOptions } from "./commands/tables.ts";
import { verify, type VerifyOptions } from "./commands/verify.ts";
import { type VmGdbOptions, vmGdb } from "./commands/vm-gdb.ts";
import { EXIT_INTERNAL, EXIT_NOT_DETERMINISTIC, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { printable } from "../report/text.ts";
import { ProtocolMistake } from "../ft/protocol-mistake.ts";
import { UserProtocolError } from "../protocols/user-protocol.ts";
import { NotDeterministic, UsageError } from "./usage-error.ts";
import { collect } from "./commands-options.ts";
import { addCampaigns, addFarm } from "./main-campaigns.ts";
import { addBisect, addCausality, addForks, addSweep } from "./main-forks.ts";
import { explainUserError } from "./user-module.ts";
import { version } from "./version.ts";

const INTRODUCTION = `ftsim ${version()}: a deterministic testbed for fault-tolerant virtual machines
  ftsim run failover --seed 42                          the primary dies, the backup takes over
  ftsim run failover --seed 42 --without output-rule    the same without the Output Rule
  ftsim list scenarios                                  what else there is to run
Everything: ftsim --help. What a name means: ftsim explain NAME.
`;

export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    process.stdout.write(INTRODUCTION);
    return EXIT_OK;
  }
  let exitCode = EXIT_OK;
  const finish = (code: number): void => {
    exitCode = code;
  };
  // What stands behind `--vs` are the options of a second run.
  const at = argv[0] === "bisect" ? argv.indexOf("--vs") : -1;
  const program = buildProgram(finish);
  addBisect(program, finish, at < 0 ? undefined : argv.slice(at + 1));
  try {
    await program.parseAsync(at < 0 ? argv : argv.slice(0, at), { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UserProtocolError) {
    const { message: line, exitCode } = explainUserError(error);
    tell(line);
    return exitCode;
  }
  if (error instanceof ProtocolMistake) {
    tell(`the protocol asked for what cannot be done: ${message}`);
    return EXIT_USAGE;
  }
  if (error instanceof NotDeterministic) {
    tell(message);
    return EXIT_NOT_DETERMINISTIC;
  }
  if (error instanceof UsageError) {
    tell(message);
    return EXIT_USAGE;
  }
  tell(`a bug in ftsim itself: ${message.split("\n")[0]}`);
  if (process.env["FTSIM_DEBUG"] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return EXIT_INTERNAL;
}

/** One line, whatever stands in it. */
function tell(message: string): void {
  process.stderr.write(oneLine(`ftsim: ${message}`));
}

/** What came in from outside may say anything, in several lines. */
function oneLine(text: string): string {
  return `${printable(text.trim().replaceAll(/\s*\n\s*/g, " "))}\n`;
}

function buildProgram(finish: (exitCode: number) => void): Command {
  const program = new Command("ftsim");
  program
    .description("A deterministic testbed for fault-tolerant virtual machines.")
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) => write(oneLine(text.replace(/^error: /, "ftsim: "))),
    });
  addRun(program, finish);
  program
    .command("verify <scenario>")
    .description(
      "run a seed twice, the second time in another worker: equal, or the first differing event",
    )
    .option("--seed <seed>", "the seed")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js")
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .action(async (name: string, options: VerifyOptions) => finish(await verify(name, options)));
  addSweep(program, finish);
  addCampaigns(program, finish);
  addForks(program, finish);
  addCausality(program, finish);
  addFarm(program, finish);
  program
    .command("list [noun]")
    .description("scenarios, guests, faults, checkers, rules, bugs, holes, protocols")
    .action((noun: string | undefined) => finish(list(noun)));
  program
    .command("explain <name>")
    .description("what a rule, invariant, checker, bug, fault or scenario means, and what to run")
    .action((name: string) => finish(explain(name)));
  program
    .command("new <what> [name]")
    .description("new protocol: one of your own, in a file that runs as it stands")
    .action((what: string, name: string | undefined) => finish(createNew(what, name)));
  program
    .command("init <what>")
    .description("init ci: campaigns in your own CI, as a workflow to begin with")
    .action((what: string) => finish(init(what)));
  program
    .command("lab [number] [file]")
    .description("the labs; or run one of them, with a protocol of yours")
    .action(async (number: string | undefined, file: string | undefined) =>
      finish(await lab(number, file)),
    );
  addStored(program, finish);
  addVm(program, finish);
  addTables(program, finish);
  for (const command of program.commands) command.exitOverride();
  return program;
}

interface Sweep {
  readonly sweepParam?: string;
}

function addRun(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("run <scenario>")
    .description("run a scenario (a name, or a file.yaml) with a seed, and judge it")
    .option("--seed <seed>", "the seed; drawn and printed without")
    .option("--without <rule>", "switch a protection off", collect, [])
    .option("--bug <name>", "plant a bug", collect, [])
    .option("--protocol <name>", "another protocol: a name, or a file.js (`ftsim new protocol`)")
    .option("--set <key=value>", "change a value of the scenario", collect, [])
    .option("--pcap", "write every frame to a pcapng file", false)
    .option("--out <dir>", "where files go; reports/SCENARIO-SEED without")
    .option("--no-report", "write no files")
    .option("--all-facts", "every fact into the report, however large it gets", false)
    .option("--hide-bug", "do not name what --bug and --without changed: for finding it", false)
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "only the verdict", false)
    .option("--verbose", "every checker", false)
    .option("--gdb <hosts>", "a GDB stub for each of these replicas, e.g. h1,h2 or h2:1234")
    .option("--gdb-at <time>", "the virtual time to attach at, e.g. 1.2s; the start without")
    .option("--counterfactuals <n>", "so many forks let the primary die, and compare; or all")
    .option(
      "--do <act>",
      "strike there, e.g. 2.5~crash~h1, or after an event: @1234~crash~h1",
      collect,
      [],
    )
    .option(
      "--sweep-param <key=from..to>",
      "run it at several values, e.g. log-link.rtt=90us..20ms",
    )
    .option("--steps <count>", "how many values of --sweep-param", "6")
    .action(
      async (
        scenario: string,
        options: Omit<ParameterOptions, "scenario" | "sweepParam"> & Sweep,
      ) => {
        const { sweepParam } = options;
        if (sweepParam === undefined) finish(await run({ ...options, scenario }));
        else {
          const { sweepParameter } = await import("./commands/sweep-parameter.ts");
          finish(await sweepParameter({ ...options, scenario, sweepParam }));
        }
      },
    );
}

function addTables(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("tables [numbers...]")
    .description(
      "the paper's tables measured here, beside the paper's figures; all of them without",
    )
    .option("--seeds <count>", "so many runs of everything", "3")
    .option("--workers <count>", "threads; as many as there are cores without")
    .option("--out <dir>", "where files go; reports/tables-N without")
    .option("--no-report", "write no files")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "without progress", false)
    .action(async (numbers: readonly string[], options: TablesOptions) => {
      // Whoever runs a scenario need not wait until a library for charts is there.
      const { tables } = await import("./commands/tables.ts");
      finish(await tables(numbers, options));
    });
}

function addStored(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("replay <source>")
    .description(
      "a run again, as an address of the page, a repro.json or a repro:... says: the same digest",
    )
    .option("--pcap", "write every frame to a pcapng file", false)
    .option("--out <dir>", "where files go")
    .option("--no-report", "write no files")
    .option("--json", "one JSON document on stdout and nothing else", false)
    .option("--quiet", "only the verdict", false)
    .option("--verbose", "every checker", false)
    .action(async (source: string, options: ReplayOptions) =>
      finish(await replay(source, options)),
    );
  program
    .command("log <run>")
    .description("what happened in a stored run, one column for each node")
    .option("--from <time>", "e.g. 1.9s")
    .option("--to <time>", "e.g. 2.1s")
    .option("--nodes <names>", "h1,h2,c1,storage")
    .option("--only <kinds>", "role,release,log-append,...")
    .action((folder: string, options: LogOptions) => finish(log(folder, options)));
  program
    .command("report <run>")
    .description("build the HTML report of a stored run again")
    .option("--all-facts", "every fact into the report, however large it gets", false)
    .action(async (folder: string, options: ReportOptions) =>
      finish(await rebuildReport(folder, options)),
    );
  program
    .command("check <run>")
    .description("judge a stored history with today's checkers")
    .action(async (folder: string) => finish(await check(folder)));
  program
    .command("diff <run> <other>")
    .description("the first fact in which two stored runs differ")
    .action((one: string, other: string) => finish(diff(one, other)));
}

function addVm(program: Command, finish: (exitCode: number) => void): void {
  const vm = program.command("vm").description("one machine alone, with its console here");
  const commands = [
    { name: "boot", about: "from power-on to the ready mark", perform: vmBoot },
    { name: "run", about: "from the ready mark, or from a file, on", perform: vmRun },
    { name: "snapshot", about: "the same, and the machine into a file", perform: vmSnapshot },
  ];
  for (const { name, about, perform } of commands) {
    const command = vm.command(name).description(about);
    command
      .option("--guest <name>", "a guest of `ftsim list guests`")
      .option("--limit <steps>", "stop after so many steps")
      .option(
        "--tier <name>",
        "interpreter, or jit on top of it: the same, but for how long it takes",
      )
      .option("--quiet", "without the console", false)
      .action(async (options: VmOptions) => finish(await perform(options)));
    if (name !== "boot")
      command
        .option("--from <file>", "a machine that `vm snapshot` wrote")
        .option("--for <time>", "stop after so much of the guest's time, e.g. 2s");
    if (name === "snapshot") command.option("--out <file>", "where the machine goes");
    command.exitOverride();
  }
  vm.command("gdb [elf]")
    .description("a GDB stub for one machine from power-on, or from a file; back as well as forth")
    .option("--guest <name>", "a guest of `ftsim list guests`")
    .option("--from <file>", "a machine that `vm snapshot` wrote")
    .option("--port <port>", "on 127.0.0.1; any that is free without")
    .option("--quiet", "without the console", false)
    .action(async (elf: string | undefined, options: Omit<VmGdbOptions, "elf">) =>
      finish(await vmGdb(elf === undefined ? options : { ...options, elf })),
    )
    .exitOverride();
}
