// What `run()` was given, resolved: everything that decides the run, and how it can be had again.

import { fileURLToPath } from "node:url";
import { loadProtocol } from "../cli/protocols.ts";
import type { Reproduction } from "../cli/reproduction.ts";
import type { RunOptions as CommandOptions } from "../cli/run-options.ts";
import { chooseSeed } from "../cli/seed.ts";
import { interventionsOf } from "../cli/stored-run.ts";
import { resolveVariants } from "../cli/variants.ts";
import type { CheckerKind } from "../checkers/checker.ts";
import type { BootCache, RunRequest } from "../testbed/run.ts";
import { type Checker, kindOf } from "./checker.ts";
import { engineWith } from "./engine.ts";
import type { Guest } from "./guest.ts";
import { shownPath } from "./place.ts";
import {
  isRepro,
  type ReadScenario,
  readRepro,
  readScenario,
  reproducedScenario,
  type ScenarioSource,
} from "./scenario-source.ts";

/** What a run is made of, beside its scenario. */
export interface RunOptions {
  /** A number or a word; FTSIM_SEED without, and else one is drawn. */
  readonly seed?: number | string;
  /** Another protocol than the scenario's: a name, or the file of one of your own. */
  readonly protocol?: string | URL;
  /** Protections that are switched off: names of `ftsim list rules`. */
  readonly without?: string | readonly string[];
  /** Planted bugs: names of `ftsim list bugs`. */
  readonly bug?: string | readonly string[];
  /** Other values than the scenario's: `{ "log-link.rtt": "10ms" }`. */
  readonly set?: Readonly<Record<string, string | number>>;
  /** Your own, beside ftsim's. */
  readonly checkers?: readonly Checker[];
  /** Your own, in place of the scenario's guest. */
  readonly guest?: Guest;
  /** Ends the run early: what was asked for is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How the run can be had again: by what the command line knows, by its reproduction, by a line of ours. */
export type Again =
  | { readonly kind: "command" }
  | { readonly kind: "packed" }
  | { readonly kind: "line"; readonly line: string };

export interface Subject {
  readonly engine: BootCache;
  readonly request: RunRequest;
  /** As if the command line had been asked for it. */
  readonly options: CommandOptions;
  readonly scenarioText: string;
  readonly checkers: readonly CheckerKind[];
  readonly again: Again;
  readonly signal: AbortSignal | undefined;
}

export async function resolveSubject(
  source: ScenarioSource,
  options: RunOptions,
): Promise<Subject> {
  const [file, stored] = isRepro(source) ? readRepro(source) : ["", undefined];
  const { guest, checkers = [] } = options;
  const seed = stored?.seed ?? chooseSeed(options.seed?.toString());
  const set = [...settings(options), ...(guest === undefined ? [] : [`guest=${guest.name}`])];
  const without = stored?.without ?? listOf(options.without);
  const bug = stored?.bug ?? listOf(options.bug);
  const read: ReadScenario =
    stored === undefined || isRepro(source) === false
      ? readScenario(source as Exclude<ScenarioSource, { repro: unknown }>, { seed, set, guest })
      : reproducedScenario(file, stored, guest);
  const { scenario, text } = read;
  const given = stored?.protocol ?? options.protocol;
  const name = given instanceof URL ? namedProtocol(given) : given;
  const kinds = checkers.map(kindOf);
  const interventions = stored === undefined ? [] : interventionsOf(stored, scenario, file);
  return {
    engine: engineWith(guest),
    request: {
      scenario,
      seed,
      protocol: await protocolOf(name ?? scenario.protocol.name),
      changes: resolveVariants(without, bug),
      interventions,
      checkers: kinds,
    },
    options: {
      ...NOTHING_ASKED,
      scenario: read.name ?? scenario.name,
      seed,
      without,
      bug,
      set: stored?.set ?? set,
      protocol: name,
      hideBug: stored?.hideBug ?? false,
    },
    scenarioText: text,
    checkers: kinds,
    again: againOf(read, file, stored, options),
    signal: options.signal,
  };
}

function againOf(
  { name }: ReadScenario,
  file: string,
  stored: Reproduction | undefined,
  { guest, checkers = [] }: RunOptions,
): Again {
  // No command line has what was made in somebody's program.
  if (guest !== undefined || checkers.length > 0) return { kind: "line", line: "" };
  if (stored !== undefined) return { kind: "line", line: `npx ftsim replay ${file}` };
  return { kind: name === undefined ? "packed" : "command" };
}

const NOTHING_ASKED = {
  out: undefined,
  pcap: false,
  report: true,
  allFacts: false,
  json: false,
  quiet: false,
  verbose: false,
} as const;

function settings({ set = {} }: RunOptions): readonly string[] {
  return Object.entries(set).map(([key, value]) => `${key}=${value}`);
}

function listOf(names: string | readonly string[] = []): readonly string[] {
  return typeof names === "string" ? [names] : names;
}

function namedProtocol(url: URL): string {
  const shown = shownPath(fileURLToPath(url));
  return shown.includes("/") ? shown : `./${shown}`;
}

let lastLoad: Promise<unknown> = Promise.resolve();

/** One after the other: while a user's module is imported, the host is closed to it. */
async function protocolOf(name: string): ReturnType<typeof loadProtocol> {
  const load = lastLoad.then(() => loadProtocol(name));
  lastLoad = load.catch(() => undefined);
  return load;
}
