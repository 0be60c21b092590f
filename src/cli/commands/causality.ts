// `ftsim causality SCENARIO --seed N`: from when on was the violation of this run inevitable? At
// points before it the run is forked and re-seeded many times, and those that violate the same
// invariant are counted.

import { join } from "node:path";
import { RESEED } from "../../faults/operator.ts";
import type { Fact } from "../../history/fact.ts";
import { columnOf, describeFact } from "../../report/describe-fact.ts";
import { formatSeconds } from "../../base/time.ts";
import {
  type Causality,
  type CausalityJump,
  type CausalityPoint,
  causalityChart,
  causalityHtml,
  causalityText,
} from "../../tables/causality.ts";
import { encodeIntervention } from "../../testbed/run-address.ts";
import {
  type CurvePoint,
  firstPoints,
  inevitableFrom,
  type Jump,
  jumpOf,
  nextPoints,
  rangeOf,
} from "../causality/curve.ts";
import { type Survey, surveyViolation } from "../causality/survey.ts";
import { Crew, jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import { createEngine } from "../engine.ts";
import {
  EXIT_INTERRUPTED,
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_UNKNOWN,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import { type ForkCrew, runForks, runScratch, WORKPLACE } from "../explore/crew.ts";
import {
  type Chosen,
  chooseSubject,
  lastGapOf,
  requestOf,
  type SubjectOptions,
} from "../explore/subject.ts";
import type { Recipe } from "../explore/task.ts";
import { madeBy, switches } from "../fuzz/subject.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { quote } from "../report-input.ts";
import { drawCharts } from "../tables/draw.ts";
import { version } from "../version.ts";
import { whole } from "../whole.ts";

export interface CausalityOptions extends SubjectOptions {
  readonly points: string;
  readonly perPoint: string;
  readonly jobs: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

const POINTS_MAX = 10_000;
const FORKS_MAX = 10_000;
/** Points that are chosen at once: the same ones for any number of workers. */
const ROUND = 4;

export async function causality(name: string, options: CausalityOptions): Promise<number> {
  const started = performance.now();
  const chosen = chooseSubject(name, options);
  const size = {
    points: whole("--points", options.points, POINTS_MAX, 2),
    perPoint: whole("--per-point", options.perPoint, FORKS_MAX),
  };
  const survey = await surveyViolation(createEngine(), await requestOf(chosen));
  if (survey === undefined) {
    const { scenario, seed } = chosen.subject;
    process.stdout.write(`NOTHING TO EXPLAIN   ${scenario} seed ${seed} violates nothing\n`);
    return EXIT_UNKNOWN;
  }
  const crew: ForkCrew = new Crew(WORKPLACE, jobsOf(options.jobs));
  const interrupt = new Interrupt();
  const progress = new Progress(options.quiet || options.json);
  try {
    const bench: Bench = { chosen, survey, crew, ...size };
    const curve = await measure(bench, interrupt, (text) => progress.show(text));
    const isEqual = await isEqualFromScratch(bench, curve);
    progress.done();
    const document = documentOf(chosen, survey, curve);
    const path = await write(document, chosen, options);
    const seconds = (performance.now() - started) / 1_000;
    const forks = document.points.reduce((sum, { of }) => sum + of, 0);
    const heading = `ftsim ${madeBy()}   causality of ${document.scenario}   seed ${document.seed}   ${forks} forks at ${document.points.length} points, ${crew.size} threads, ${seconds.toFixed(1)} s`;
    const scratch = `  from scratch ${isEqual ? "a fork run again without forking: equal digest" : "ANOTHER DIGEST"}`;
    if (options.json) process.stdout.write(encode(document));
    else if (options.quiet) process.stdout.write(quietLine(document));
    else
      process.stdout.write(
        `${heading}\n\n${causalityText(document)}\n${scratch}\nreport  ${join(path, "causality.html")}   causality.json\n`,
      );
    if (interrupt.isRaised) return EXIT_INTERRUPTED;
    if (!isEqual) return EXIT_NOT_DETERMINISTIC;
    return survey.property === "safety" ? EXIT_VIOLATION : EXIT_LIVENESS;
  } finally {
    interrupt.stopListening();
    progress.done();
    await crew.dismiss();
  }
}

interface Bench {
  readonly chosen: Chosen;
  readonly survey: Survey;
  readonly crew: ForkCrew;
  readonly points: number;
  readonly perPoint: number;
}

/** Half of the points evenly over the time, then the others where the curve is steepest. */
async function measure(
  bench: Bench,
  interrupt: Interrupt,
  show: (text: string) => void,
): Promise<readonly CurvePoint[]> {
  const { survey, points, perPoint } = bench;
  const { times } = survey;
  const end = { afterEvent: times.length, time: times.at(-1) ?? 0, violated: 1, of: 1 };
  let curve: readonly CurvePoint[] = [end];
  const look = async (events: readonly number[]): Promise<void> => {
    const before = (curve.length - 1) * perPoint;
    const told = (done: number): void => show(`${before + done} of ${points * perPoint} forks`);
    const found = await probe(bench, events, told);
    curve = [...curve, ...found].toSorted((a, b) => a.afterEvent - b.afterEvent);
  };
  await look(
    firstPoints(times, Math.max(2, Math.ceil(points / 2)), lastGapOf(bench.chosen.recipe)),
  );
  while (curve.length - 1 < points && !interrupt.isRaised) {
    const next = nextPoints(curve, Math.min(ROUND, points - curve.length + 1));
    if (next.length === 0) break;
    await look(next);
  }
  return curve;
}

async function probe(
  { chosen, survey, crew, perPoint }: Bench,
  events: readonly number[],
  onDone: (forks: number) => void,
): Promise<readonly CurvePoint[]> {
  const { subject, recipe } = chosen;
  const sent = events.flatMap((afterEvent) =>
    Array.from({ length: perPoint }, (_, index) => ({
      recipe,
      order: {
        afterEvent,
        acts: [{ phase: "start", kind: RESEED, target: labelOf(index) }] as const,
      },
      sender: afterEvent,
    })),
  );
  const answers = await runForks(crew, subject, sent, onDone);
  return events.map((afterEvent) => {
    const own = answers.filter(([event]) => event === afterEvent);
    const violated = own.filter(([, one]) => one?.violated.includes(survey.finding.invariant));
    const time = survey.times[afterEvent - 1] ?? 0;
    return { afterEvent, time, violated: violated.length, of: own.length };
  });
}

/** The same labels at every point: neighbours differ by where they are, not by their luck. */
function labelOf(index: number): string {
  return `c${index + 1}`;
}

/** The first fork of the point in the middle, by a world that was never forked. */
async function isEqualFromScratch(
  { chosen, crew }: Bench,
  curve: readonly CurvePoint[],
): Promise<boolean> {
  const { subject, recipe } = chosen;
  const { afterEvent } = curve[Math.floor((curve.length - 1) / 2)] as CurvePoint;
  const act = { phase: "start", kind: RESEED, target: labelOf(0) } as const;
  const sent = [{ recipe, order: { afterEvent, acts: [act] }, sender: afterEvent }];
  const [forked] = await runForks(crew, subject, sent);
  const scratch = await runScratch(crew, subject, [...recipe, { ...act, afterEvent }]);
  return forked?.[1]?.digest === scratch.digest;
}

function documentOf(
  { scenario, subject }: Chosen,
  survey: Survey,
  curve: readonly CurvePoint[],
): Causality {
  const { invariant, checker, message } = survey.finding;
  const end = curve.at(-1) as CurvePoint;
  const inevitable = inevitableFrom(curve);
  const jump = jumpOf(curve);
  return {
    scenario: scenario.name,
    seed: subject.seed,
    digest: survey.result.digest,
    invariant,
    checker,
    message,
    event: end.afterEvent,
    time: end.time,
    points: curve.slice(0, -1).map(ranged),
    inevitable: inevitable === undefined || inevitable === end ? null : ranged(inevitable),
    jump: jump === undefined ? null : jumpWith(jump, survey),
  };
}

function ranged(point: CurvePoint): CausalityPoint {
  return { ...point, ...rangeOf(point) };
}

const FACTS_TOLD = 12;
/** What tells little by itself: told only where there is nothing else. */
const COMMON: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>([
  "crossing",
  "output",
  "log-append",
  "log-buffered",
  "log-replay",
  "log-traffic",
  "log-packed",
  "log-ack-send",
  "log-ack-receive",
  "output-suppress",
  "heard",
  "lag",
]);

function jumpWith({ from, to }: Jump, { facts, result }: Survey): CausalityJump {
  const all = result.facts.slice(facts[from.afterEvent - 1], facts[to.afterEvent - 1]);
  const telling = all.filter(({ kind }) => !COMMON.has(kind));
  const most = all.length <= FACTS_TOLD || telling.length === 0 ? all : telling;
  const told = most.slice(-FACTS_TOLD);
  const words = told.map(
    (fact) => `${formatSeconds(fact.time, 6)} s ${columnOf(fact)}: ${describeFact(fact)}`,
  );
  const more = all.length - told.length;
  return { from: ranged(from), to: ranged(to), facts: words, more };
}

function encode(document: Causality): string {
  const whole = { format: "ftsim-causality", version: 1, ftsim: madeBy(), ...document };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function quietLine({ scenario, seed, invariant, inevitable, event }: Causality): string {
  const from = inevitable === null ? event : inevitable.afterEvent;
  return `${invariant} ${scenario} seed ${seed}: inevitable from event ${from} of ${event}\n`;
}

async function write(
  document: Causality,
  { subject, recipe }: Chosen,
  options: CausalityOptions,
): Promise<string> {
  const { scenario, seed, set } = subject;
  const folder = new OutputFolder(
    options.out ?? join(REPORTS_DIR, `causality-${document.scenario}-${seed}`),
  );
  const command = [
    `npx ftsim causality ${quote(scenario)} --seed ${seed}`,
    ...switches({ ...subject, set: set.map(quote) }),
    ...recipe.map((one: Recipe[number]) => `--do ${quote(encodeIntervention(one))}`),
    `--points ${options.points} --per-point ${options.perPoint}`,
  ].join(" ");
  const chart = causalityChart(document);
  const drawn = await drawCharts([chart]);
  const svg = drawn.get(chart) ?? "";
  folder.write("causality.json", encode(document));
  folder.write(
    "causality.html",
    causalityHtml(document, { version: version(), command }, () => svg),
  );
  return folder.path;
}
