// Commands over a stored run's folder: its log in columns, its report built again, its history
// judged again, and the first difference of two.

import { join } from "node:path";
import { conclude } from "../../checkers/composite.ts";
import { startCheckers } from "../../checkers/registry.ts";
import type { Fact } from "../../history/fact.ts";
import { logColumns, type LogFilter } from "../../report/columns.ts";
import { decodeFacts, encodeFact } from "../../report/facts-codec.ts";
import { createWorld, runToEnd } from "../../testbed/run.ts";
import { checkerContext } from "../../testbed/judge.ts";
import { parseDuration } from "../../testbed/units.ts";
import { createEngine } from "../engine.ts";
import {
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_OK,
  EXIT_UNKNOWN,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import { OutputFolder } from "../output-folder.ts";
import { loadProtocol } from "../protocols.ts";
import { toReportRun } from "../report-input.ts";
import { interventionsOf, readReproduction, readStored, scenarioOf } from "../stored-run.ts";
import { madBy } from "../reproduction.ts";
import { renderReport } from "../run-files.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

export interface LogOptions {
  readonly from?: string;
  readonly to?: string;
  readonly nodes?: string;
  readonly only?: string;
}

export interface ReportOptions {
  readonly allFacts: boolean;
}

export function log(folder: string, options: LogOptions): number {
  const filter: LogFilter = {
    ...(options.from === undefined ? {} : { from: timeOf("--from", options.from) }),
    ...(options.to === undefined ? {} : { to: timeOf("--to", options.to) }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes.split(",") }),
    ...(options.only === undefined ? {} : { only: options.only.split(",") }),
  };
  process.stdout.write(logColumns(readFacts(folder), filter));
  return EXIT_OK;
}

/** A run is its reproduction: it is run again, must come out the same, and the report is drawn anew. */
export async function rebuildReport(folder: string, { allFacts }: ReportOptions): Promise<number> {
  const reproduction = readReproduction(folder);
  const scenario = scenarioOf(reproduction, folder);
  const created = createWorld(createEngine(), {
    scenario,
    seed: reproduction.seed,
    protocol: await loadProtocol(reproduction.protocol),
    changes: resolveVariants(reproduction.without, reproduction.bug),
    interventions: interventionsOf(reproduction, scenario, folder),
  });
  if (!created.ok) throw new UsageError(created.error);
  const result = runToEnd(created.value);
  if (result.digest !== reproduction.digest) {
    process.stderr.write(
      `ftsim: ${folder}: digest ${result.digest}, stored ${reproduction.digest}${madBy(reproduction)}\n`,
    );
    return EXIT_NOT_DETERMINISTIC;
  }
  const path = join(folder, "report.html");
  const { seed, set, without, bug, hideBug, protocol } = reproduction;
  const options = {
    scenario: scenario.name,
    seed,
    set,
    without,
    bug,
    protocol,
    interventions: interventionsOf(reproduction, scenario, folder),
    out: folder,
    pcap: false,
    allFacts,
    hideBug,
    report: true,
    json: false,
    quiet: false,
    verbose: false,
  };
  const report = toReportRun(result, {
    options,
    reportPath: path,
    outDir: folder,
    wallSeconds: 0,
    isInterrupted: false,
  });
  new OutputFolder(folder).write("report.html", renderReport(report, allFacts));
  process.stdout.write(`report  ${path}\n`);
  return EXIT_OK;
}

export async function check(folder: string): Promise<number> {
  const reproduction = readReproduction(folder);
  const scenario = scenarioOf(reproduction, folder);
  const protocol = await loadProtocol(reproduction.protocol);
  const checkers = startCheckers(checkerContext(scenario, protocol.name), protocol);
  const facts = readFacts(folder);
  for (const [index, fact] of facts.entries()) checkers.observe(fact, index);
  const conclusion = conclude(checkers.results());
  process.stdout.write(
    `${conclusion.verdict.toUpperCase()}  ${conclusion.valid} valid, ${conclusion.invalid} invalid, ${conclusion.unknown} unknown, ${conclusion.idle} idle; ${facts.length} facts\n`,
  );
  for (const { cause } of conclusion.findings)
    process.stdout.write(`  ${cause.checker} (${cause.invariant}): ${cause.message}\n`);
  if (conclusion.verdict === "valid") return EXIT_OK;
  if (conclusion.verdict === "unknown") return EXIT_UNKNOWN;
  return conclusion.findings[0]?.property === "liveness" ? EXIT_LIVENESS : EXIT_VIOLATION;
}

export function diff(one: string, other: string): number {
  const [a, b] = [readFacts(one), readFacts(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [lineOf(a[index]), lineOf(b[index])];
    if (left === right) continue;
    process.stdout.write(
      `fact ${index} differs\n  ${one}\n    ${left}\n  ${other}\n    ${right}\n`,
    );
    return EXIT_VIOLATION;
  }
  process.stdout.write(`equal: ${a.length} facts\n`);
  return EXIT_OK;
}

function lineOf(fact: Fact | undefined): string {
  return fact === undefined ? "(no more facts)" : encodeFact(fact);
}

function readFacts(folder: string): readonly Fact[] {
  const file = join(folder, "facts.jsonl");
  const facts = decodeFacts(readStored(file));
  if (!facts.ok) throw new UsageError(`${file}:${facts.error.line}: ${facts.error.message}`);
  return facts.value;
}

function timeOf(option: string, text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UsageError(`${option}: ${parsed.error}`);
  return parsed.value;
}
