// A RunResult as the report wants it, with the words and commands that only the command line knows.

import { join } from "node:path";
import type { CheckerKind } from "../checkers/checker.ts";
import { CHECKERS } from "../checkers/registry.ts";
import { formatDuration } from "../base/time.ts";
import type { Intervention } from "../faults/operator.ts";
import type { ConsoleLine, ReportFault, ReportRun, ReportVariant } from "../report/report-run.ts";
import { encodeAddress } from "../testbed/run-address.ts";
import type { ConsoleText, RunResult } from "../testbed/run.ts";
import type { Scenario } from "../testbed/scenario.ts";
import { PLANTED_BUGS } from "../testbed/variants/bugs.ts";
import { PROTECTIONS } from "../testbed/variants/protections.ts";
import { describeExit, EXIT_INTERRUPTED, exitOf } from "./exit-codes.ts";
import { parametersOf } from "./parameters.ts";
import { paperSections } from "./paper-sections.ts";
import type { RunOptions } from "./run-options.ts";
import { scenarioNames } from "./scenarios.ts";
import { revision, version } from "./version.ts";

export interface ReportExtras {
  readonly options: RunOptions;
  readonly reportPath: string;
  readonly outDir: string;
  readonly wallSeconds: number;
  readonly isInterrupted: boolean;
  /** Somebody's own, who judged the run beside ours. */
  readonly checkers?: readonly CheckerKind[];
  /** What makes it again, where that is not this command line; "": nothing that could be pasted. */
  readonly again?: string;
}

export function toReportRun(result: RunResult, extras: ReportExtras): ReportRun {
  const { scenario } = result;
  const { options } = extras;
  const kinds = [...CHECKERS, ...(extras.checkers ?? [])];
  const commands = commandsOf(result, options, extras.outDir);
  const { again = commands.again } = extras;
  const exitCode = extras.isInterrupted ? EXIT_INTERRUPTED : exitOf(result);
  return {
    version: version(),
    revision: revision(),
    scenario: {
      name: scenario.name,
      title: scenario.title,
      about: scenario.about,
      shows: scenario.shows,
      paper: paperSections(scenario.shows),
    },
    seed: result.seed,
    guest: { name: result.guestName, digest: result.guestDigest },
    protocol: result.protocol,
    load: loadOf(scenario),
    verdict: result.verdict,
    conclusion: result.conclusion,
    checkers: result.results.map((checker) => ({
      result: checker,
      rejects: kinds.find(({ name }) => name === checker.checker)?.rejects ?? "",
    })),
    facts: result.facts,
    digest: result.digest,
    events: result.events,
    endTime: result.endTime,
    steps: result.steps,
    faults: scenario.faults.map(
      (fault, index): ReportFault => ({
        asked: describeFault(fault),
        struck: result.struck[index] ?? 0,
      }),
    ),
    fired: firedIn(result.facts),
    marks: result.marks,
    parameters: parametersOf(scenario),
    variants: options.hideBug ? [] : variantsOf(options),
    consoles: [...result.consoles].map(([node, texts]) => ({
      node,
      lines: [...bootLines(result.bootConsole), ...linesOf(texts)],
    })),
    commands: { ...commands, again },
    outcome: { exitCode, words: describeExit(exitCode, result) },
    reportPath: extras.reportPath,
    ...(result.exhausted === undefined ? {} : { exhausted: result.exhausted }),
    wallSeconds: extras.wallSeconds,
  };
}

function firedIn(facts: RunResult["facts"]): ReportRun["fired"] {
  return facts.flatMap((fact) =>
    fact.kind === "fault-fired"
      ? [{ fault: fact.fault, strikes: fact.strikes, bites: fact.bites }]
      : [],
  );
}

function loadOf({ workload }: Scenario): string {
  const rate = "rate" in workload ? `${workload.rate} requests/s` : workload.kind;
  return `${workload.clients} clients, ${rate}, ${formatDuration(workload.for)}`;
}

function describeFault(fault: Scenario["faults"][number]): string {
  const { at, when, after, for: lasts, ...what } = fault;
  const words = Object.entries(what as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${describeStrength(key, value)}`);
  const start = at === undefined ? `when ${describeWhen(when ?? {})}` : `at ${describeMoment(at)}`;
  const later = after === undefined ? "" : ` + ${formatDuration(after)}`;
  const length = lasts === undefined ? "" : ` for ${formatDuration(lasts)}`;
  return `${start}${later}: ${words.join(" ")}${length}`;
}

function describeMoment(at: NonNullable<Scenario["faults"][number]["at"]>): string {
  if (!Array.isArray(at)) return formatDuration(at);
  return `a moment from ${formatDuration(at[0])} to ${formatDuration(at[1])}`;
}

function describeStrength(key: string, value: unknown): string {
  if (typeof value === "number")
    return key === "by" || key === "stability" ? formatDuration(value) : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  const { numerator, denominator, percent, bandwidth } = value as Record<string, number>;
  if (percent !== undefined) return `${percent} %`;
  if (bandwidth !== undefined) return `${bandwidth / 1_000_000} Mb/s`;
  return `${numerator}/${denominator}`;
}

/** "release disk by primary (number 60)": what has to happen, then how often and since when. */
function describeWhen(when: object): string {
  const { nth, from, by, ...event } = when as Record<string, unknown>;
  const words = Object.entries(event)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${String(value)}`);
  if (typeof by === "string" && by !== "") words.push(`by ${by}`);
  if (typeof nth === "number" && nth > 1) words.push(`(number ${nth})`);
  if (typeof from === "number" && from > 0) words.push(`from ${formatDuration(from)} on`);
  return words.join(" ");
}

function variantsOf(options: RunOptions): readonly ReportVariant[] {
  const off = options.without.map(
    (name): ReportVariant => ({
      kind: "protection",
      name,
      meaning: PROTECTIONS.find((protection) => protection.name === name)?.meaning ?? "",
    }),
  );
  const bugs = options.bug.map(
    (name): ReportVariant => ({
      kind: "bug",
      name,
      meaning: PLANTED_BUGS.find((bug) => bug.name === name || bug.id === name)?.meaning ?? "",
    }),
  );
  return [...off, ...bugs];
}

function commandsOf(result: RunResult, options: RunOptions, outDir: string): ReportRun["commands"] {
  const changes = [
    ...options.without.map((name) => ` --without ${name}`),
    ...options.bug.map((name) => ` --bug ${name}`),
  ];
  // The folder's repro.json has what is hidden here: this runs it again and says nothing.
  if (options.hideBug && changes.length > 0) {
    const folder = outDir === "" ? "" : quote(outDir);
    return {
      again: folder === "" ? "" : `npx ftsim report ${folder}`,
      break: "",
      small: "",
      why: "",
      log: folder === "" ? "" : `npx ftsim log ${folder}`,
    };
  }
  const { protocol } = options;
  const isOther = protocol !== undefined && protocol !== result.scenario.protocol.name;
  const switches = [
    ...changes,
    ...(isOther ? [` --protocol ${quote(protocol)}`] : []),
    ...options.set.map((override) => ` --set ${quote(override)}`),
  ].join("");
  const base = `npx ftsim run ${quote(options.scenario)} --seed ${result.seed}`;
  const { interventions = [] } = options;
  if (interventions.length > 0)
    return {
      again: replayCommand(result, options, interventions, outDir),
      break: "",
      small: "",
      why: "",
      log: outDir === "" ? "" : `npx ftsim log ${quote(outDir)}`,
    };
  const breaking = PROTECTIONS.find(({ scenario }) => scenario === result.scenario.name);
  const [broken] = options.without;
  return {
    again: base + switches,
    break: breaking === undefined || switches !== "" ? "" : `${base} --without ${breaking.name}`,
    small: "",
    why: broken === undefined ? "" : `npx ftsim explain ${broken}`,
    log: outDir === "" ? "" : `npx ftsim log ${quote(outDir)}`,
  };
}

/** A scenario of the package needs no file; another one stands in the run's own. */
function replayCommand(
  result: RunResult,
  options: RunOptions,
  interventions: readonly Intervention[],
  outDir: string,
): string {
  const { set, without, bug } = options;
  const scenario = result.scenario.name;
  if (!scenarioNames().includes(scenario) && outDir !== "")
    return `npx ftsim replay ${quote(join(outDir, "repro.json"))}`;
  const { seed, digest } = result;
  return `npx ftsim replay '#${encodeAddress({ scenario, seed, set, without, bug, interventions, digest })}'`;
}

export function quote(text: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function bootLines(text: string): readonly ConsoleLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ time: null, text: line }));
}

/** Bytes come one at a time: lines are stamped with the time at which they were complete. */
function linesOf(texts: readonly ConsoleText[]): readonly ConsoleLine[] {
  const lines: ConsoleLine[] = [];
  let open = "";
  let time = 0;
  for (const piece of texts) {
    time = piece.time;
    open += piece.text;
    for (let end = open.indexOf("\n"); end >= 0; end = open.indexOf("\n")) {
      lines.push({ time, text: open.slice(0, end) });
      open = open.slice(end + 1);
    }
  }
  if (open !== "") lines.push({ time, text: open });
  return lines;
}
