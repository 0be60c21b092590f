// `ftsim run SCENARIO --sweep-param KEY=FROM..TO`: the scenario at several values of one parameter.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  type ParameterSweep,
  problemsOf,
  sweepCharts,
  sweepHtml,
  sweepPart,
} from "../../tables/parameter-sweep.ts";
import { partText } from "../../tables/text.ts";
import { type ParameterRange, parseValues } from "../../tables/values.ts";
import type { Scenario } from "../../testbed/scenario.ts";
import { EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { findProtocol } from "../protocols.ts";
import type { RunOptions } from "../run-options.ts";
import { loadScenario } from "../scenarios.ts";
import { measureAll } from "../tables/crew.ts";
import { drawCharts } from "../tables/draw.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";
import { version } from "../version.ts";
import { chooseSeed } from "../seed.ts";
import { parseCount } from "./tables.ts";

export interface SweepOptions extends RunOptions {
  readonly sweepParam: string;
  readonly steps: string;
}

const STEPS_MAX = 50;

export async function sweepParameter(options: SweepOptions): Promise<number> {
  const [parameter, text] = splitAssignment(options.sweepParam);
  const range = parseValues(text, parseCount("--steps", options.steps, STEPS_MAX));
  if (!range.ok) throw new UsageError(`--sweep-param ${parameter}=${range.error}`);
  const seed = chooseSeed(options.seed);
  const scenarios = range.value.values.map((value) =>
    loadScenario(options.scenario, [...options.set, `${parameter}=${value.text}`], seed),
  );
  const sweep = await measure(options, { parameter, range: range.value, scenarios, seed });
  const command = commandOf(options, seed);
  const path = options.report ? await writeReport(sweep, command, options) : "";
  if (options.json) process.stdout.write(`${JSON.stringify({ seed, ...sweep }, undefined, 2)}\n`);
  else {
    const problems = problemsOf(sweep).map((problem) => `INVALID   ${problem}\n`);
    process.stdout.write(
      `${partText(sweepPart(sweep))}\n${problems.join("")}seed ${seed}${path === "" ? "" : `   report  ${path}`}\nagain   ${command}\n`,
    );
  }
  return problemsOf(sweep).length === 0 ? EXIT_OK : EXIT_VIOLATION;
}

function commandOf(options: SweepOptions, seed: string): string {
  const { scenario, protocol, without, bug, set, sweepParam, steps } = options;
  return [
    `npx ftsim run ${scenario} --seed ${seed}`,
    ...(protocol === undefined ? [] : [`--protocol ${protocol}`]),
    ...without.map((name) => `--without ${name}`),
    ...bug.map((name) => `--bug ${name}`),
    ...set.map((override) => `--set ${override}`),
    `--sweep-param ${sweepParam} --steps ${steps}`,
  ].join(" ");
}

function splitAssignment(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--sweep-param ${text}: expected e.g. log-link.rtt=90us..20ms`);
}

async function measure(
  options: SweepOptions,
  parts: {
    readonly parameter: string;
    readonly range: ParameterRange;
    readonly scenarios: readonly Scenario[];
    readonly seed: string;
  },
): Promise<ParameterSweep> {
  const { parameter, range, scenarios, seed } = parts;
  const [first] = scenarios as readonly [Scenario, ...Scenario[]];
  const protocol = findProtocol(options.protocol ?? first.protocol.name).name;
  // Names are refused here, in one line, and not by a thread.
  resolveVariants(options.without, options.bug);
  const progress = new Progress(options.quiet || options.json);
  try {
    const orders = scenarios.map((scenario) => ({
      kind: "scenario" as const,
      run: {
        scenario,
        protocol,
        seed,
        without: options.without,
        bugs: options.bug,
        from: 0,
        to: scenario.workload.for,
      },
    }));
    const measured = await measureAll(orders, availableParallelism(), (done) =>
      progress.show(`${done} of ${orders.length} runs`),
    );
    const values = range.values.map((value, at) => ({
      ...value,
      measured: measured.slice(at, at + 1),
    }));
    const { unit, isLogarithmic } = range;
    return { scenario: first.name, protocol, parameter, unit, isLogarithmic, values };
  } finally {
    progress.done();
  }
}

async function writeReport(
  sweep: ParameterSweep,
  command: string,
  options: SweepOptions,
): Promise<string> {
  const folder = new OutputFolder(
    options.out ?? join(REPORTS_DIR, `${sweep.scenario}-over-${sweep.parameter}`),
  );
  const charts = sweepCharts(sweep);
  const drawn = await drawCharts(charts);
  const byTitle = new Map(charts.map((chart) => [chart.title, drawn.get(chart) ?? ""]));
  const page = { version: version(), command };
  folder.write(
    "report.html",
    sweepHtml(sweep, page, ({ title }) => byTitle.get(title) ?? ""),
  );
  return join(folder.path, "report.html");
}
