// What `ftsim run` prints: the same lines in the same order for the same run, at most a hundred
// columns, greppable, no colour. Everything at the end can be pasted into a shell.

import { formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import { OPERATIONS } from "../history/fact.ts";
import type { CheckerResult, Finding } from "../history/verdict.ts";
import { describeAcross, describeAway, describeExposures } from "./away.ts";
import { excerptOf } from "./excerpt.ts";
import { collectFigures, type Figures, findChecker } from "./figures.ts";
import type { ReportFinding, ReportRun } from "./report-run.ts";
import { storyOf } from "./run-story.ts";
import type { Moment, Story } from "./story.ts";
import { fit, labelled, LINE_WIDTH, printable, wrap } from "./text.ts";
import { timelineRows } from "./timeline.ts";

export interface SummaryOptions {
  /** Every checker and every moment. */
  readonly isVerbose: boolean;
}

const LABEL = 19;
const TIMELINE_MAX = 24;

/** Lines that end in a newline each. */
export function summarize(run: ReportRun, options: SummaryOptions = { isVerbose: false }): string {
  const story = storyOf(run);
  const figures = collectFigures(run, story);
  const lines = [
    ...headerLines(run),
    "",
    ...timelineLines(run, story, options),
    "",
    ...verdictLines(run, figures, options),
    "",
    ...closingLines(run),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function headerLines(run: ReportRun): readonly string[] {
  const { scenario, guest } = run;
  const version = `ftsim ${run.version}${run.revision === "" ? "" : ` (${run.revision})`}`;
  const parts = [
    version,
    scenario.name,
    `seed ${run.seed}`,
    `guest ${guest.name} ${guest.digest.slice(0, 8)}`,
  ];
  const lines = [...wrap(parts.join("   "), 0), ...aboutLines(scenario)];
  // Said first and on a line of its own: a run with a rule off must never pass for one without.
  for (const { kind, name, meaning } of run.variants)
    lines.push(...wrap(`${VARIANT_WORDS.get(kind) ?? kind} ${name}: ${meaning}`, 2));
  return lines;
}

/** The paper's sections stay together, on a line of their own if need be. */
function aboutLines({ about, paper }: ReportRun["scenario"]): readonly string[] {
  const lines = [...wrap(about, 0)];
  if (paper.length === 0) return lines;
  const sections = `[paper ${paper.join(", ")}]`;
  const last = `${lines.at(-1) ?? ""}  ${sections}`;
  return last.length <= LINE_WIDTH ? [...lines.slice(0, -1), last] : [...lines, sections];
}

const VARIANT_WORDS: ReadonlyMap<string, string> = new Map([
  ["protection", "WITHOUT"],
  ["bug", "PLANTED BUG"],
  ["option", "WITH"],
]);

function timelineLines(run: ReportRun, story: Story, options: SummaryOptions): readonly string[] {
  const { rows, leftOut } = timelineRows(
    story.moments,
    options.isVerbose ? Number.MAX_SAFE_INTEGER : TIMELINE_MAX,
  );
  const lines = rows.flatMap((moment) => momentLines(run, moment));
  if (leftOut > 0) lines.push(`${" ".repeat(13)}... ${count(leftOut, "more moment")}: --verbose`);
  return lines;
}

function momentLines(run: ReportRun, moment: Moment): readonly string[] {
  const time = `${formatSeconds(moment.time, 3).padStart(9)} s  `;
  return labelled(time, describeMoment(run, moment), time.length);
}

function describeMoment(run: ReportRun, { kind, what, detail }: Moment): string {
  switch (kind) {
    case "roles":
      return run.load === "" ? what : `${what}.  ${run.load}`;
    case "fault":
      return detail === "" ? `FAULT ${what}` : `FAULT ${what}: ${detail}`;
    case "operation":
      return `OPERATOR ${what}`;
    case "fault-over":
      return `OVER  ${what}`;
    default:
      return detail === "" ? what : `${what.padEnd(21)} ${detail}`;
  }
}

function verdictLines(
  run: ReportRun,
  figures: Figures,
  options: SummaryOptions,
): readonly string[] {
  const { verdict } = run;
  const lines =
    verdict === "valid"
      ? validLines(run, figures, options)
      : verdict === "invalid"
        ? invalidLines(run)
        : unknownLines(run);
  const told = [...lines, ...faultLines(run)];
  return options.isVerbose ? [...told, "", ...checkerLines(run)] : told;
}

function validLines(run: ReportRun, figures: Figures, options: SummaryOptions): readonly string[] {
  const { valid, idle, unknown } = run.conclusion;
  const judged = run.checkers.length - idle;
  const main = mainLines(run, figures);
  const rest = run.checkers.filter(({ result }) => !MAIN_CHECKERS.includes(result.checker)).length;
  const lines = [
    `VALID   ${valid} of ${count(judged, "checker")}, ${count(run.facts.length, "fact")}, ${unknown} unknown${idle === 0 ? "" : `, ${idle} idle`}`,
    ...main,
  ];
  if (rest > 0 && !options.isVerbose) lines.push(`  ... ${rest} more: --verbose`);
  lines.push(...awayLines(figures));
  return lines;
}

/** "cut 1 strike, 312 hits; crash 1 strike, 1 hit": what really happened, not what was asked for. */
function faultLines(run: ReportRun): readonly string[] {
  const struck = run.fired.filter(({ fault }) => !OPERATIONS.has(fault));
  const fired = struck.map(
    ({ fault, strikes, bites }) => `${fault} ${count(strikes, "strike")}, ${count(bites, "hit")}`,
  );
  const asked = run.fired.filter(({ fault }) => OPERATIONS.has(fault));
  const operated = asked.map(({ fault, strikes }) => `${fault} ${count(strikes, "time")}`);
  return [
    ...(fired.length === 0 ? [] : labelled("  faults", fired.join("; "), LABEL)),
    ...(operated.length === 0 ? [] : labelled("  operator", operated.join("; "), LABEL)),
  ];
}

/** The checkers that have a line of their own in `mainLines`. */
const MAIN_CHECKERS: readonly string[] = [
  "output-commit",
  "same-execution",
  "linearizable",
  "disk-audit",
  "byte-streams",
];

function mainLines(run: ReportRun, figures: Figures): readonly string[] {
  const line = (name: string, label: string, text: string): readonly string[] => {
    const result = findChecker(run.checkers, name);
    if (result === undefined) return [];
    // A checker that had nothing to judge, or could not, says so itself.
    const said = isPlainlyValid(result) ? text : `${result.verdict}: ${result.summary}`;
    return labelled(`  ${label}`, said, LABEL);
  };
  return [
    ...line("output-commit", "output-commit", summaryOf(run, "output-commit")),
    ...line("same-execution", "same-execution", sameExecutionText(run, figures)),
    ...line("linearizable", "clients", clientsText(figures)),
    ...line("disk-audit", "disk", diskText(figures)),
    ...line("byte-streams", "byte-streams", streamsText(run, figures)),
  ];
}

function sameExecutionText(run: ReportRun, { positions, hashes }: Figures): string {
  const steps = [...run.steps].map(([node, taken]) => `${node} ran ${number(taken)}`).join(", ");
  return `${number(hashes)} of ${count(positions, "position")}: same step, same state hash; ${steps} steps`;
}

function clientsText(figures: Figures): string {
  const { asked, answered } = figures;
  const across = describeAcross(figures);
  return `${number(answered)} of ${count(asked, "request")} answered${across === "" ? "" : ` (${across})`}, all linearizable`;
}

function diskText({ acknowledgedWrites, writesOnDisk }: Figures): string {
  return `${count(acknowledgedWrites, "acknowledged write")}, ${number(writesOnDisk)} on disk`;
}

function streamsText(run: ReportRun, figures: Figures): string {
  const duplicates = figures.duplicateSegments;
  const absorbed =
    duplicates === 0 ? "" : `; ${count(duplicates, "duplicate segment")} absorbed by TCP`;
  return `${summaryOf(run, "byte-streams")}${absorbed}`;
}

function summaryOf(run: ReportRun, name: string): string {
  return findChecker(run.checkers, name)?.summary ?? "";
}

function isPlainlyValid(result: CheckerResult): boolean {
  return result.verdict === "valid" && result.isIdle !== true;
}

function awayLines(figures: Figures): readonly string[] {
  const lines = describeAway(figures).flatMap((text) => wrap(`  ${text}`, 2));
  const unprotected = describeExposures(figures.exposures);
  return unprotected === "" ? lines : [...lines, ...labelled("  unprotected", unprotected, LABEL)];
}

function invalidLines(run: ReportRun): readonly string[] {
  const { findings, invalid, valid, unknown, idle } = run.conclusion;
  const head = `INVALID   ${count(findings.length, "finding")} (${count(invalid, "checker")}), ${valid} valid, ${unknown} unknown${idle === 0 ? "" : `, ${idle} idle`}`;
  return [head, ...findings.flatMap((finding) => findingLines(run, finding))];
}

function findingLines(run: ReportRun, finding: ReportFinding): readonly string[] {
  const { cause } = finding;
  const follows = describeFollows(finding);
  const why = run.commands.why === "" ? "" : `why: ${run.commands.why}`;
  return [
    ...wrap(`  ${cause.checker} (${cause.invariant}): ${cause.message}`, 2),
    "",
    ...excerptOf(run, finding).map((line) => fit(line, LINE_WIDTH)),
    ...sideBySide(follows === "" ? "" : `follows from it: ${follows}`, why),
  ];
}

/** "linearizable (INV-18), byte-streams (INV-19); 3 more of output-commit". */
export function describeFollows({ cause, follows }: ReportFinding): string {
  const names: string[] = [];
  let ofSame = 0;
  for (const { checker, invariant } of follows) {
    const name = `${checker} (${invariant})`;
    if (checker === cause.checker) ofSame++;
    else if (!names.includes(name)) names.push(name);
  }
  const more = ofSame === 0 ? [] : [`${ofSame} more of ${cause.checker}`];
  return [...(names.length === 0 ? [] : [names.join(", ")]), ...more].join("; ");
}

/** In one line where there is room, as in the design; else each on its own. */
function sideBySide(left: string, right: string): readonly string[] {
  if (left === "" && right === "") return [];
  const gap = LINE_WIDTH - 2 - left.length - right.length;
  if (left !== "" && right !== "" && gap >= 2)
    return [`  ${left}${" ".repeat(Math.min(gap, 6))}${right}`];
  return [left, right].filter((text) => text !== "").flatMap((text) => wrap(`  ${text}`, 4));
}

function unknownLines(run: ReportRun): readonly string[] {
  const { valid, unknown, idle } = run.conclusion;
  const lines = [
    `UNKNOWN   ${count(unknown, "checker")} undecided, ${valid} valid, ${count(run.facts.length, "fact")}${idle === 0 ? "" : `, ${idle} idle`}`,
  ];
  if (run.exhausted !== undefined) lines.push(...labelled("  given up", run.exhausted, LABEL));
  for (const { result } of run.checkers)
    if (result.verdict === "unknown")
      lines.push(...labelled(`  ${result.checker}`, result.summary, nameWidth(run)));
  return lines;
}

/** --verbose: one checker a line, in the registry's order. */
function checkerLines(run: ReportRun): readonly string[] {
  const width = nameWidth(run);
  return run.checkers.flatMap(({ result }) => {
    const state = result.isIdle === true ? "idle" : result.verdict;
    const label = `  ${state.padEnd(8)} ${result.checker}`;
    const text = `${checkerText(result)} (${result.invariants.join(", ")})`;
    return labelled(label, text, width + 9);
  });
}

/** What a checker has to say: its summary praises what held, so a violation speaks instead. */
export function checkerText(result: CheckerResult): string {
  const [first] = result.findings;
  if (result.verdict !== "invalid" || first === undefined) return result.summary;
  return `${count(result.findings.length, "finding")}: ${firstOf(result.findings, first).message}`;
}

function firstOf(findings: readonly Finding[], start: Finding): Finding {
  return findings.reduce((first, one) => (one.time < first.time ? one : first), start);
}

/** Of the longest name, with the space around it. */
function nameWidth(run: ReportRun): number {
  return run.checkers.reduce(
    (most, { result }) => Math.max(most, result.checker.length + 4),
    LABEL,
  );
}

function closingLines(run: ReportRun): readonly string[] {
  const { commands, outcome } = run;
  const wall =
    run.wallSeconds === undefined
      ? ""
      : `   ${formatSeconds(Math.round(run.wallSeconds * 1e9), 1)} s`;
  const report = run.reportPath === "" ? "none" : run.reportPath;
  const lines = [`report  ${report.padEnd(42)} digest ${run.digest.slice(0, 12)}${wall}`];
  if (commands.again !== "") lines.push(`again   ${commands.again}`);
  if (commands.small !== "") lines.push(`small   ${commands.small}`);
  if (commands.break !== "") lines.push(`break   ${commands.break}`);
  if (outcome.exitCode !== 0 || run.verdict !== "valid")
    lines.push(`exit ${outcome.exitCode} (${outcome.words}; seed ${run.seed})`);
  return lines;
}
