// A search as text and as JSON: what was reached, where it was forked, and how to see each again.

import { formatDuration, formatSeconds } from "../../base/time.ts";
import { count, number } from "../../base/words.ts";
import { labelled } from "../../report/text.ts";
import { madeBy } from "../fuzz/subject.ts";
import type { Exploration, News, Source, TreeRun } from "./exploration.ts";
import { commandOf } from "./subject.ts";
import type { SeededSubject } from "./task.ts";

export interface ExploreReport {
  readonly subject: SeededSubject;
  readonly name: string;
  readonly exploration: Exploration;
  readonly budget: number;
  readonly jobs: number;
  readonly seconds: number;
  /** Why it ended before its budget was used up; "" when it was not. */
  readonly endedBy: string;
  readonly recheck: { readonly runs: number; readonly differ: readonly number[] };
}

export function exploreText(report: ExploreReport): string {
  const { subject, name, exploration, jobs, seconds } = report;
  const { runs } = exploration;
  const forks = runs.length - 1;
  const lines = [
    `ftsim ${madeBy()}   explore ${name}   seed ${subject.seed}   ${count(forks, "fork")} in ${count(exploration.rounds, "round")}, ${count(jobs, "thread")}, ${seconds.toFixed(1)} s${report.endedBy}`,
    "",
    ...marksText(runs),
    ...distancesText(exploration),
    ...sourcesText(exploration.sources),
    ...treeText(exploration),
    ...findingsText(runs),
    ...recipesText(report),
    verdictLine(report),
    recheckLine(report),
  ];
  return `${lines.join("\n")}\n`;
}

export function findingsOf(
  runs: readonly TreeRun[],
): readonly (readonly [TreeRun, Extract<News, { kind: "finding" }>])[] {
  return runs.flatMap((run) =>
    run.news.flatMap((news) => (news.kind === "finding" ? [[run, news] as const] : [])),
  );
}

function verdictLine({ exploration }: ExploreReport): string {
  const findings = findingsOf(exploration.runs).length;
  const runs = count(exploration.runs.length, "run");
  return findings === 0
    ? `AS EXPECTED   all ${runs}`
    : `FAILED   ${runs}, ${count(findings, "finding")}`;
}

function recheckLine({ recheck }: ExploreReport): string {
  if (recheck.runs === 0) return "  from scratch     nothing was run again";
  const what = `${count(recheck.runs, "recipe")} run again without a fork`;
  return recheck.differ.length === 0
    ? `  from scratch     ${what}, equal digests`
    : `  from scratch     ${what}, OTHER DIGESTS: ${recheck.differ.map(nameOf).join(", ")}`;
}

function marksText(runs: readonly TreeRun[]): readonly string[] {
  const hit = runs.flatMap(({ id, news }) =>
    news.flatMap((one) => (one.kind === "mark" ? [{ id, ...one }] : [])),
  );
  const width = widest(hit.map(({ mark }) => mark));
  const rows = hit.map(
    ({ id, mark, time }) =>
      `    ${mark.padEnd(width)} ${formatSeconds(time, 3).padStart(8)} s  ${nameOf(id)}`,
  );
  return [`  marks            ${number(rows.length)} reached`, ...rows, ""];
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map(({ length }) => length));
}

function distancesText({ nearest, runs }: Exploration): readonly string[] {
  const rows = nearest.flatMap(({ checker, distance, unit, between }) => {
    const steps = runs.flatMap((run) =>
      run.news.flatMap((news) =>
        news.kind === "nearer" && news.checker === checker
          ? [[run.id, news.distance] as const]
          : [],
      ),
    );
    const [first] = steps;
    const last = steps.at(-1);
    const from = first === undefined || steps.length < 2 ? "" : `${amount(first[1], unit)} -> `;
    return [
      `    ${checker.padEnd(18)} ${`${from}${amount(distance, unit)}`.padEnd(34)} ${nameOf(last?.[0] ?? 0)}`,
      ...labelled("", between, 6),
    ];
  });
  return ["  nearest to a violation", ...rows, ""];
}

function amount(distance: number, unit: string): string {
  return unit === "ns" ? formatDuration(distance) : `${number(distance)} ${unit}`;
}

function sourcesText(sources: readonly Source[]): readonly string[] {
  const used = sources.filter(({ spent }) => spent > 0);
  const width = widest(used.map(({ name }) => name));
  return [
    `  ${"forked at".padEnd(width + 2)}  forks  with news`,
    ...used.map(
      ({ name, spent, gained }) =>
        `    ${name.padEnd(width)} ${number(spent).padStart(6)} ${number(gained).padStart(10)}`,
    ),
    "",
  ];
}

/** The runs that brought something new, and those that they came from. */
function treeText(exploration: Exploration): readonly string[] {
  const shown = new Set<number>([0]);
  for (const run of exploration.runs)
    if (run.news.length > 0)
      for (let id = run.id; id > 0; id = exploration.run(id).parent) shown.add(id);
  const lines: string[] = [];
  const draw = (run: TreeRun): void => {
    const where = run.id === 0 ? "" : ` after event ${number(run.afterEvent)}, at ${run.source}`;
    const indent = "  ".repeat(run.depth + 2);
    const news = run.news.map(newsText).join("; ");
    const [first = "", ...rest] = labelled(
      "",
      `${nameOf(run.id)}${where}${news === "" ? "" : `: ${news}`}`,
      indent.length,
    );
    lines.push(indent + first.trimStart(), ...rest);
    for (const child of exploration.runs)
      if (child.parent === run.id && shown.has(child.id)) draw(child);
  };
  draw(exploration.run(0));
  return ["  tree", ...lines, ""];
}

function newsText(news: News): string {
  switch (news.kind) {
    case "finding":
      return `FOUND ${news.fingerprint}`;
    case "mark":
      return news.mark;
    case "nearer":
      return `${news.checker} ${amount(news.distance, news.unit)}`;
  }
}

function findingsText(runs: readonly TreeRun[]): readonly string[] {
  const findings = findingsOf(runs);
  if (findings.length === 0) return [];
  const rows = findings.flatMap(([run, { fingerprint, message }]) => {
    const same = runs.filter(({ watched }) => watched.fingerprint === fingerprint).length;
    return [
      `    ${fingerprint}   ${nameOf(run.id)}, ${count(same, "run")}`,
      ...labelled("", message, 6),
    ];
  });
  return ["  found", ...rows, ""];
}

const RECIPES_SHOWN = 12;

/** Findings first; what else was new has its recipe in explore.json, too. */
function recipesText({ subject, exploration }: ExploreReport): readonly string[] {
  const runs = inOrderOfInterest(exploration.runs);
  const rest = runs.length - RECIPES_SHOWN;
  return [
    "  recipes",
    ...runs
      .slice(0, RECIPES_SHOWN)
      .flatMap((run) => [
        ...labelled("    ", `${nameOf(run.id)}: ${run.news.map(newsText).join("; ")}`, 4),
        `      ${commandOf(subject, run.recipe)}`,
      ]),
    ...(rest > 0 ? [`    ... ${count(rest, "more", "more")}: explore.json`] : []),
    "",
  ];
}

/** Forks that brought something new: findings, then marks, then distances. */
export function inOrderOfInterest(runs: readonly TreeRun[]): readonly TreeRun[] {
  const rank = ({ news }: TreeRun): number =>
    Math.min(...news.map(({ kind }) => ["finding", "mark", "nearer"].indexOf(kind)));
  return runs
    .filter(({ id, news }) => news.length > 0 && (id > 0 || rank({ news } as TreeRun) === 0))
    .toSorted((a, b) => rank(a) - rank(b) || a.id - b.id);
}

function nameOf(run: number): string {
  return run === 0 ? "first run" : `fork ${run}`;
}

/** All but `seconds` and `jobs` follows from the subject and the budget. */
export function exploreJson(report: ExploreReport): string {
  const { subject, name, exploration, budget, jobs, seconds, recheck } = report;
  const document = {
    format: "ftsim-exploration",
    version: 1,
    ftsim: madeBy(),
    scenario: name,
    seed: subject.seed,
    set: subject.set,
    without: subject.without,
    bug: subject.bug,
    protocol: subject.protocol ?? null,
    budget,
    rounds: exploration.rounds,
    jobs,
    seconds,
    recheck,
    nearest: exploration.nearest,
    sources: exploration.sources.map(({ name: source, spent, gained }) => ({
      source,
      spent,
      gained,
    })),
    runs: exploration.runs.map(
      ({ id, parent, depth, afterEvent, source, recipe, watched, news }) => ({
        id,
        parent,
        depth,
        afterEvent,
        source,
        digest: watched.digest,
        exit: watched.exit,
        fingerprint: watched.fingerprint,
        message: watched.message,
        events: watched.events,
        endTime: watched.endTime,
        news,
        ...(news.length > 0 ? { command: commandOf(subject, recipe) } : {}),
      }),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
