// `ftsim replay ADDRESS|FILE`: a run again, with everything that a person did to it, from the address of
// the page or from the repro.json that a run left. Its digest must come out as it was.

import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { interventionsProblem, parseAddress, type RunAddress } from "../../testbed/run-address.ts";
import { EXIT_INTERRUPTED, EXIT_NOT_DETERMINISTIC, exitOf } from "../exit-codes.ts";
import {
  decodeReproduction,
  isPacked,
  madBy,
  type Reproduction,
  unpackReproduction,
} from "../reproduction.ts";
import type { RunOptions } from "../run-options.ts";
import { quote } from "../report-input.ts";
import { loadScenario, scenarioNames, scenarioText } from "../scenarios.ts";
import { interventionsOf, readReproduction, readStored, scenarioOf } from "../stored-run.ts";
import { UsageError } from "../usage-error.ts";
import { perform, type RunSubject } from "./run.ts";

export type ReplayOptions = Pick<
  RunOptions,
  "out" | "pcap" | "report" | "json" | "quiet" | "verbose"
>;

interface Replay {
  readonly subject: RunSubject;
  readonly options: RunOptions;
  /** What must come out, where that is known. */
  readonly digest: string | undefined;
  readonly madBy: string;
  /** They judged it then, and nobody has them here. */
  readonly ownCheckers: readonly string[];
}

export async function replay(source: string, given: ReplayOptions): Promise<number> {
  const found = find(source, given);
  const { result, isInterrupted } = await perform(found.options, found.subject);
  if (isInterrupted) return EXIT_INTERRUPTED;
  if (found.ownCheckers.length > 0)
    process.stderr.write(
      `ftsim: judged without ${found.ownCheckers.join(", ")}: checkers of a test of your own, which has to judge it again\n`,
    );
  if (found.digest === undefined || found.digest === result.digest) {
    if (found.digest !== undefined && !given.json)
      process.stdout.write(`EQUAL   digest ${result.digest}, as it was\n`);
    return exitOf(result);
  }
  process.stderr.write(`ftsim: digest ${result.digest}, it was ${found.digest}${found.madBy}\n`);
  return EXIT_NOT_DETERMINISTIC;
}

function find(source: string, given: ReplayOptions): Replay {
  if (isPacked(source)) return ofReproduction(unpackReproduction(source), source, given);
  return source.includes("#") ? ofAddress(source, given) : ofFile(source, given);
}

function ofAddress(source: string, given: ReplayOptions): Replay {
  const parsed = parseAddress(source);
  if (!parsed.ok) throw new UsageError(parsed.error);
  const address: RunAddress = parsed.value;
  const scenario = loadScenario(address.scenario, address.set, address.seed);
  const problem = interventionsProblem(scenario, address.interventions);
  if (problem !== undefined) throw new UsageError(`address: ${problem}`);
  const { scenario: name, seed, set, without, bug, interventions, digest } = address;
  return {
    subject: { scenario, scenarioText: scenarioText(name, seed), seed },
    options: {
      ...given,
      scenario: name,
      seed,
      set,
      without,
      bug,
      protocol: undefined,
      interventions,
      allFacts: false,
      hideBug: false,
    },
    digest,
    madBy: "",
    ownCheckers: [],
  };
}

/** A run's folder, or its repro.json under any name. */
function ofFile(source: string, given: ReplayOptions): Replay {
  if (!existsSync(source))
    throw new UsageError(
      `${source}: no such file; expected a repro.json, a run's folder, or an address with a #`,
    );
  const isFolder = statSync(source).isDirectory();
  const reproduction = isFolder
    ? readReproduction(source)
    : decodeReproduction(readStored(source), source);
  const out = given.out ?? (isFolder ? source : undefined);
  return ofReproduction(reproduction, source, {
    ...given,
    // Where it stood is where it stays, unless told.
    out: out ?? (basename(source) === "repro.json" ? dirname(source) : undefined),
  });
}

function ofReproduction(reproduction: Reproduction, source: string, given: ReplayOptions): Replay {
  const file = isPacked(source) ? "repro:..." : source;
  const scenario = scenarioOf(reproduction, file);
  const interventions = interventionsOf(reproduction, scenario, file);
  const { seed, set, without, bug, hideBug, protocol, digest } = reproduction;
  return {
    subject: {
      scenario,
      scenarioText: reproduction.scenario.text,
      seed,
      ...(isShipped(reproduction) ? {} : { again: `npx ftsim replay ${quote(source)}` }),
    },
    options: {
      ...given,
      scenario: scenario.name,
      seed,
      set,
      without,
      bug,
      protocol,
      interventions,
      allFacts: false,
      hideBug,
    },
    digest,
    madBy: madBy(reproduction),
    ownCheckers: reproduction.checkers,
  };
}

/** Its name says all of it. */
function isShipped({ scenario, seed }: Reproduction): boolean {
  const { name, text } = scenario;
  return scenarioNames().includes(name) && scenarioText(name, seed) === text;
}
