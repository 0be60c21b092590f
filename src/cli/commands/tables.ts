// `ftsim tables [N...]`: the paper's tables, measured. Exit 1 when something that must hold does not.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { tablesHtml } from "../../tables/html.ts";
import { FITTED_ON, PARAMETERS } from "../../tables/parameters.ts";
import { computeTable, isInOrder, runsOf, TABLES } from "../../tables/registry.ts";
import type { RunSpec } from "../../tables/run-spec.ts";
import type { Measurement } from "../../tables/meter.ts";
import { type Abilities, Results, type Table, type TableSpec } from "../../tables/table.ts";
import { parametersText, tableText } from "../../tables/text.ts";
import { parseScenario } from "../../testbed/scenario-file.ts";
import { EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { KNOWN_PROTOCOLS } from "../../protocols/registry.ts";
import { measureAll } from "../tables/crew.ts";
import { drawCharts } from "../tables/draw.ts";
import { UsageError } from "../usage-error.ts";
import { version } from "../version.ts";

export interface TablesOptions {
  readonly seeds: string;
  readonly workers?: string;
  readonly out?: string;
  readonly report: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const SEEDS_MAX = 100;

export async function tables(names: readonly string[], options: TablesOptions): Promise<number> {
  const wanted = names.length === 0 ? TABLES : names.map(findTable);
  const count = parseCount("--seeds", options.seeds, SEEDS_MAX);
  const seeds = Array.from({ length: count }, (_, at) => String(at + 1));
  const workers = parseCount("--workers", options.workers ?? String(availableParallelism()), 64);
  const abilities = abilitiesNow();
  const computed = await measureTables(wanted, {
    abilities,
    seeds,
    workers,
    isQuiet: isSilent(options),
  });
  const path = options.report ? await writeReport(computed, { names, seeds, options }) : "";
  if (options.json) process.stdout.write(tablesJson(computed, seeds, path));
  else process.stdout.write(tablesText(computed, path));
  return computed.every(isInOrder) ? EXIT_OK : EXIT_VIOLATION;
}

export function parseCount(option: string, text: string, most: number): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most)
    throw new UsageError(`${option} ${text}: expected a number from 1 to ${most}`);
  return count;
}

function findTable(name: string): TableSpec {
  const number = /^(?:tab-?)?(\d{1,2})$/i.exec(name)?.[1];
  const found = TABLES.find((table) => table.number === Number(number));
  if (found !== undefined) return found;
  throw new UsageError(`no table ${name}; expected 1 to ${TABLES.length}`);
}

/** What is not built is found out by asking, so that nothing here must change when it is. */
function abilitiesNow(): Abilities {
  const accepts = (settings: object): boolean => {
    const scenario = { title: "t", about: "t", workload: { for: "1s" }, protocol: settings };
    return parseScenario({ name: "t", file: "t", text: JSON.stringify(scenario) }, []).ok;
  };
  return { protocols: KNOWN_PROTOCOLS.map(({ protocol }) => protocol.name), accepts };
}

async function measureTables(
  wanted: readonly TableSpec[],
  parts: {
    readonly abilities: Abilities;
    readonly seeds: readonly string[];
    readonly workers: number;
    readonly isQuiet: boolean;
  },
): Promise<readonly Table[]> {
  const { abilities, seeds, workers, isQuiet } = parts;
  const orders = runsOf(wanted, abilities).flatMap((run) =>
    seeds.map((seed) => ({ kind: "table", run, seed }) as const),
  );
  const progress = new Progress(isQuiet);
  try {
    const measured = await measureAll(orders, workers, (done) =>
      progress.show(`${done} of ${orders.length} runs`),
    );
    const results = new Results(byRun(orders, measured));
    return wanted.map((table) => computeTable(table, results, abilities));
  } finally {
    progress.done();
  }
}

function byRun(
  orders: readonly { readonly run: RunSpec }[],
  measured: readonly Measurement[],
): ReadonlyMap<string, readonly Measurement[]> {
  const results = new Map<string, Measurement[]>();
  for (const [at, { run }] of orders.entries()) {
    const list = results.get(run.id) ?? [];
    results.set(run.id, list);
    list.push(measured[at] as Measurement);
  }
  return results;
}

async function writeReport(
  computed: readonly Table[],
  parts: {
    readonly names: readonly string[];
    readonly seeds: readonly string[];
    readonly options: TablesOptions;
  },
): Promise<string> {
  const { names, seeds, options } = parts;
  const label = names.length === 0 ? "all" : computed.map(({ number }) => number).join("-");
  const folder = new OutputFolder(options.out ?? join(REPORTS_DIR, `tables-${label}`));
  const drawn = await drawCharts(computed.flatMap(({ charts }) => charts));
  const command = ["npx ftsim tables", ...names, `--seeds ${seeds.length}`].join(" ");
  const page = { version: version(), command, seeds, tables: computed };
  folder.write(
    "report.html",
    tablesHtml(page, (chart) => drawn.get(chart) ?? ""),
  );
  folder.write("tables.json", tablesJson(computed, seeds, ""));
  return join(folder.path, "report.html");
}

function tablesText(computed: readonly Table[], path: string): string {
  const ruled = computed.flatMap(({ holds }) => holds);
  const kept = ruled.filter(({ holds }) => holds).length;
  return [
    parametersText(),
    ...computed.map(tableText),
    `${kept} of ${ruled.length} hold${path === "" ? "" : `   report  ${path}`}\n`,
  ].join("\n");
}

function tablesJson(computed: readonly Table[], seeds: readonly string[], path: string): string {
  const document = {
    version: version(),
    seeds,
    fittedOn: FITTED_ON,
    parameters: PARAMETERS,
    ...(path === "" ? {} : { report: path }),
    // Charts are for the page.
    tables: computed.map((table) => ({ ...table, charts: undefined })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function isSilent({ quiet, json }: TablesOptions): boolean {
  return quiet || json;
}
