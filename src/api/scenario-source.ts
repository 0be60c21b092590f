// What may be given as a scenario: the name of a shipped one, a file, data as a file would have it, or a
// stored reproduction.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Reproduction, decodeReproduction } from "../cli/reproduction.ts";
import { loadScenario, scenarioText } from "../cli/scenarios.ts";
import { readStored, scenarioOf } from "../cli/stored-run.ts";
import { UsageError } from "../cli/usage-error.ts";
import { parseScenario } from "../testbed/scenario-file.ts";
import type { OwnGuest, Scenario } from "../testbed/scenario.ts";
import { writtenOut } from "../testbed/swarm.ts";
import { shownPath } from "./place.ts";

/** One end of a topology, with units: `rtt: "150us"`, `bandwidth: "1Gb/s"`, `loss: "1/1000"`. */
export interface LinkData {
  readonly rtt?: string;
  readonly bandwidth?: string;
  readonly queue?: string;
  readonly loss?: string;
  readonly duplicate?: string;
  readonly reorder?: string;
  readonly corrupt?: string;
}

/** `{ at: "2s", crash: "primary" }`; kinds of faults are those of `ftsim list faults`. */
export interface FaultData {
  readonly at?: string | readonly [least: string, most: string];
  readonly when?: Readonly<Record<string, string | number>>;
  readonly after?: string;
  readonly for?: string;
  readonly [key: string]: unknown;
}

/** A scenario as data: what `ftsim/schema.json` says of a file. Every value has its unit. */
export interface ScenarioData {
  /** For reports and folders; "scenario" without. */
  readonly name?: string;
  readonly title: string;
  readonly about: string;
  readonly shows?: readonly string[];
  readonly guest?: string;
  readonly topology?: {
    readonly hosts?: number;
    readonly disks?: "shared" | "separate";
    readonly "log-link"?: LinkData;
    readonly "heartbeat-link"?: LinkData;
    readonly "client-link"?: LinkData;
    readonly "storage-link"?: LinkData;
    readonly storage?: Readonly<Record<string, unknown>>;
    readonly host?: Readonly<Record<string, string | number>>;
    readonly "backup-host"?: Readonly<Record<string, string | number>>;
  };
  readonly protocol?: Readonly<Record<string, string | number>>;
  readonly workload: {
    readonly kind?: string;
    readonly clients?: number;
    readonly rate?: string;
    readonly for: string;
    readonly [key: string]: unknown;
  };
  readonly faults?: readonly FaultData[];
  readonly expect?:
    | "valid"
    | "safe"
    | "stalled"
    | "outage"
    | "guest-panic"
    | { readonly invalid: readonly string[] };
  readonly budget?: "survivable" | "unbounded";
  readonly recovery?: string;
  readonly "recovery-most"?: string;
  readonly promises?: readonly "datagrams-at-least-once"[];
  readonly "may-be-idle"?: readonly string[];
}

/** A `repro.json`, under any name: a run that failed once, with everything that decided it. */
export interface Repro {
  readonly repro: string | URL;
}

/** The name of a shipped scenario, a YAML file (relative to the current folder), data, a reproduction. */
export type ScenarioSource = string | URL | ScenarioData | Repro;

export interface ReadScenario {
  readonly scenario: Scenario;
  /** With everything written out that the seed draws. */
  readonly text: string;
  /** As the command line takes it; undefined for data, which no command line can name. */
  readonly name: string | undefined;
}

export interface ReadOptions {
  readonly seed: string;
  /** KEY=VALUE, as for --set. */
  readonly set: readonly string[];
  readonly guest: OwnGuest | undefined;
}

export function isRepro(source: ScenarioSource): source is Repro {
  return typeof source === "object" && "repro" in source;
}

/** The file as it is shown, and what it says. */
export function readRepro({ repro }: Repro): readonly [file: string, reproduction: Reproduction] {
  const path = repro instanceof URL ? fileURLToPath(repro) : repro;
  const file = shownPath(path);
  if (!existsSync(path)) throw new UsageError(`${file}: no such file; expected a repro.json`);
  return [file, decodeReproduction(readStored(path), file)];
}

export function reproducedScenario(
  file: string,
  reproduction: Reproduction,
  guest: OwnGuest | undefined,
): ReadScenario {
  const scenario = scenarioOf(reproduction, file, guest);
  return { scenario, text: reproduction.scenario.text, name: undefined };
}

export function readScenario(
  source: Exclude<ScenarioSource, Repro>,
  { seed, set, guest }: ReadOptions,
): ReadScenario {
  if (typeof source === "object" && !(source instanceof URL))
    return readData(source, { seed, set, guest });
  const name = source instanceof URL ? namedPath(fileURLToPath(source)) : source;
  const scenario = loadScenario(name, set, seed, guest);
  return { scenario, text: scenarioText(name, seed), name };
}

/** With a slash in it, so that it is taken for a file. */
function namedPath(path: string): string {
  const shown = shownPath(path);
  return shown.includes("/") ? shown : `./${shown}`;
}

function readData(data: ScenarioData, { seed, set, guest }: ReadOptions): ReadScenario {
  const { name = "scenario", ...said } = data;
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    throw new UsageError(`scenario ${name}: expected a name: lower-case letters, digits and -`);
  const text = writtenOut(stringify(said), seed);
  const file = `scenario ${name}`;
  const parsed = parseScenario({ name, file, text }, set, guest);
  if (parsed.ok) return { scenario: parsed.value, text, name: undefined };
  // Nobody has seen the lines of this text.
  throw new UsageError(parsed.error.replace(/^(scenario [a-z0-9-]+):\d+:\d+:/, "$1:"));
}
