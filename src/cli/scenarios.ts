// Finds and reads scenarios: by name in scenarios/, or as a file.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseScenario } from "../testbed/scenario-file.ts";
import type { OwnGuest, Scenario } from "../testbed/scenario.ts";
import { writtenOut } from "../testbed/swarm.ts";
import { SCENARIOS_DIR } from "./paths.ts";
import { closest } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";

const ENDING = ".yaml";
const FILE_MAX = 1_048_576;

export function scenarioNames(): readonly string[] {
  return readdirSync(SCENARIOS_DIR)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();
}

/** A scenario before it is read: it can be sent to where its file is not. */
export interface ScenarioSource {
  readonly name: string;
  /** As it is called in messages. */
  readonly file: string;
  readonly text: string;
}

/** A scenario that draws from the seed (`draw: swarm`) is another one with each. */
export function loadScenario(
  nameOrFile: string,
  overrides: readonly string[],
  seed: string,
  guest?: OwnGuest,
): Scenario {
  return readScenario(
    { ...sourceOf(nameOrFile), text: scenarioText(nameOrFile, seed) },
    overrides,
    guest,
  );
}

/** Of a file that may be elsewhere. */
export function loadSent(
  source: ScenarioSource,
  overrides: readonly string[],
  seed: string,
): Scenario {
  return readScenario({ ...source, text: writtenOut(source.text, seed) }, overrides);
}

/** All that is needed where the file is not. */
export function scenarioToSend(nameOrFile: string): ScenarioSource {
  return { ...sourceOf(nameOrFile), text: scenarioSource(nameOrFile) };
}

function sourceOf(nameOrFile: string): Omit<ScenarioSource, "text"> {
  const file = fileOf(nameOrFile);
  return { name: basename(file).replace(/\.ya?ml$/, ""), file: shownFile(nameOrFile, file) };
}

function readScenario(
  source: ScenarioSource,
  overrides: readonly string[],
  guest?: OwnGuest,
): Scenario {
  const parsed = parseScenario(source, overrides, guest);
  if (!parsed.ok) throw new UsageError(parsed.error);
  return parsed.value;
}

/** A scenario's file as it is. */
export function scenarioSource(nameOrFile: string): string {
  return read(fileOf(nameOrFile));
}

/** Scenarios of many seeds: files are read once, and one that draws nothing is the same for all. */
export class ScenarioShelf {
  readonly #texts: Map<string, string>;
  readonly #scenarios: Map<string, Scenario>;

  constructor() {
    this.#texts = new Map();
    this.#scenarios = new Map();
  }

  load(nameOrFile: string, overrides: readonly string[], seed: string): Scenario {
    const key = JSON.stringify([nameOrFile, overrides]);
    const known = this.#scenarios.get(key);
    if (known !== undefined) return known;
    const source = this.#texts.get(nameOrFile) ?? scenarioSource(nameOrFile);
    this.#texts.set(nameOrFile, source);
    const text = writtenOut(source, seed);
    const scenario = readScenario({ ...sourceOf(nameOrFile), text }, overrides);
    if (text === source) this.#scenarios.set(key, scenario);
    return scenario;
  }
}

/** Where only title and about are looked at, and where a scenario is known to draw nothing. */
export const ANY_SEED = "any";

/** A scenario's text with everything that is drawn written out, for reproductions. */
export function scenarioText(nameOrFile: string, seed: string): string {
  return writtenOut(read(fileOf(nameOrFile)), seed);
}

function fileOf(nameOrFile: string): string {
  if (/[/\\]|\.ya?ml$/.test(nameOrFile)) return nameOrFile;
  const names = scenarioNames();
  if (names.includes(nameOrFile)) return join(SCENARIOS_DIR, nameOrFile + ENDING);
  throw new UsageError(
    `no scenario ${nameOrFile}${closest(nameOrFile, names)}; expected a name of \`ftsim list scenarios\`, or a file.yaml`,
  );
}

function shownFile(nameOrFile: string, file: string): string {
  return nameOrFile === file ? file : `scenarios/${nameOrFile}${ENDING}`;
}

function read(file: string): string {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file`);
  const stat = statSync(file);
  if (!stat.isFile()) throw new UsageError(`${file}: not a file`);
  if (stat.size > FILE_MAX) throw new UsageError(`${file}: larger than 1 MiB`);
  return readFileSync(file, "utf8");
}
