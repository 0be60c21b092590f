// The two runs that are compared, as the command line names them: two stored ones, or a scenario with
// a seed and what is changed in it for the second.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import {
  type BootCache,
  createWorld,
  type RunRequest,
  type RunResult,
  judgeWorld,
} from "../../testbed/run.ts";
import type { World } from "../../testbed/world.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { chooseSubject, commandOf, requestOf, type SubjectOptions } from "../explore/subject.ts";
import { loadProtocol } from "../protocols.ts";
import { decodeReproduction } from "../reproduction.ts";
import { interventionsOf, readStored, scenarioOf } from "../stored-run.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

/** A run to its end; its world is still there, and must be released. */
export interface FinishedRun {
  readonly name: string;
  readonly world: World;
  readonly result: RunResult;
}

export interface NamedRequest {
  readonly name: string;
  readonly request: RunRequest;
}

export async function storedRun(source: string): Promise<NamedRequest> {
  const isFolder = existsSync(source) && statSync(source).isDirectory();
  const file = isFolder ? join(source, "repro.json") : source;
  const reproduction = decodeReproduction(readStored(file), file);
  const scenario = scenarioOf(reproduction, file);
  const { seed, without, bug } = reproduction;
  const request: RunRequest = {
    scenario,
    seed,
    protocol: await loadProtocol(reproduction.protocol),
    changes: resolveVariants(without, bug),
    interventions: interventionsOf(reproduction, scenario, file),
  };
  return { name: source, request };
}

export async function scenarioRun(name: string, options: SubjectOptions): Promise<NamedRequest> {
  const chosen = chooseSubject(name, options);
  const { subject, recipe } = chosen;
  const command = commandOf(subject, recipe);
  return { name: command.replace("npx ftsim run ", ""), request: await requestOf(chosen) };
}

/** What stands behind `--vs` is done to the second run besides; another seed takes the first one's place. */
export function secondOptions(first: SubjectOptions, versus: readonly string[]): SubjectOptions {
  const collect = (value: string, known: readonly string[]): readonly string[] => [...known, value];
  const parser = new Command("--vs")
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .option("--seed <seed>")
    .option("--without <rule>", "", collect, [])
    .option("--bug <name>", "", collect, [])
    .option("--set <key=value>", "", collect, [])
    .option("--protocol <name>")
    .option("--do <act>", "", collect, []);
  try {
    parser.parse(versus, { from: "user" });
  } catch (error) {
    throw new UsageError(`--vs: ${(error as Error).message.replace(/^error: /, "")}`);
  }
  if (parser.args.length > 0)
    throw new UsageError(
      `--vs ${parser.args.join(" ")}: expected options of a run, e.g. --vs --bug early-ack`,
    );
  const more = parser.opts<SubjectOptions>();
  return {
    seed: more.seed ?? first.seed,
    protocol: more.protocol ?? first.protocol,
    set: [...first.set, ...more.set],
    without: [...first.without, ...more.without],
    bug: [...first.bug, ...more.bug],
    do: [...first.do, ...more.do],
  };
}

export function runThrough(engine: BootCache, { name, request }: NamedRequest): FinishedRun {
  const created = createWorld(engine, request);
  if (!created.ok) throw new UsageError(created.error);
  const world = created.value;
  const result = withDeterminismGuard(() => {
    while (!world.isOver) world.advance(100_000);
    return judgeWorld(world);
  });
  return { name, world, result };
}
