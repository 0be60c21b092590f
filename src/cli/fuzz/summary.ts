// A campaign in words: what was run, what fired, what was found, and what to type next.

import { count, number } from "../../base/words.ts";
import { labelled, wrap } from "../../report/text.ts";
import {
  EXIT_INTERNAL,
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_OK,
  EXIT_UNKNOWN,
  EXIT_USAGE,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import { killRateWords, readKillRate } from "../mutants/kill-rate-file.ts";
import { digestOfResults, twiceOf } from "./outcome.ts";
import { commandFor, madeBy, type Subject, switches } from "./subject.ts";
import type { FindingGroup, Tally } from "./tally.ts";

export interface Confirmation {
  /** Where its report and reproduction are; "" when it could not be run again. */
  readonly folder: string;
  readonly isConfirmed: boolean;
  readonly digest: string;
}

/** The smallest run that shows a finding. */
export interface Smallest {
  readonly faults: number;
  readonly command: string;
}

/** What was there before and is compared with. */
export type Standing = "new" | "known" | "";

export interface CampaignReport {
  readonly subject: Subject;
  readonly tally: Tally;
  readonly range: string;
  readonly jobs: number;
  readonly seconds: number;
  readonly isInterrupted: boolean;
  readonly confirmations: ReadonlyMap<string, Confirmation>;
  readonly smallest: ReadonlyMap<string, Smallest>;
  readonly standings: ReadonlyMap<string, Standing>;
  /** Fingerprints of the baseline that did not come up. */
  readonly gone: readonly string[];
  readonly regressions: { readonly run: number; readonly failed: readonly string[] };
  /** Whether a mark that was never hit is a failure. */
  readonly requiresMarks: boolean;
  readonly folder: string;
}

const INDENT = "  ";
/** All are in campaign.json, and where they are required. */
const NAMED_MARKS = 20;

const VERDICTS: readonly (readonly [exit: number, words: string])[] = [
  [EXIT_OK, "as expected"],
  [EXIT_VIOLATION, "with a violation"],
  [EXIT_LIVENESS, "without liveness"],
  [EXIT_UNKNOWN, "unknown"],
  [EXIT_NOT_DETERMINISTIC, "not deterministic"],
  [EXIT_USAGE, "that cannot be run"],
  [EXIT_INTERNAL, "with an error of ftsim itself"],
];

export function campaignText(report: CampaignReport): string {
  const { subject, tally, seconds, jobs } = report;
  const rate = (value: number): string => (value / Math.max(seconds, 0.001)).toFixed(1);
  const lines = [
    `ftsim ${madeBy()}   fuzz of ${subject.scenario}   ${report.range}`,
    `${INDENT}${count(tally.seeds, "seed")} in ${seconds.toFixed(1)} s on ${count(jobs, "worker")}: ${rate(tally.seeds)} seeds/s, ${tally.virtualSeconds.toFixed(0)} s of virtual time, ${rate(tally.steps / 1e6)} million guest steps/s`,
    ...paragraph("verdicts", verdictsOf(tally)),
    ...twiceLines(tally),
    ...paragraph("faults", faultsOf(tally)),
    ...paragraph("marks", marksOf(tally)),
    ...paragraph("checkers", killRateWords(readKillRate())),
    ...(report.regressions.run === 0 ? [] : paragraph("regressions", regressionsOf(report))),
    "",
    ...findingLines(report),
    `results  ${digestOfResults(tally.outcomes)}   ${report.folder}/results.jsonl, failures.jsonl`,
    `again    ${againOf(report)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function verdictsOf({ exits }: Tally): string {
  return VERDICTS.flatMap(([exit, words]) => {
    const seeds = exits.get(exit) ?? 0;
    return seeds === 0 ? [] : [`${number(seeds)} ${words}`];
  }).join(", ");
}

function twiceLines({ outcomes }: Tally): readonly string[] {
  const { seeds, differing } = twiceOf(outcomes);
  if (seeds === 0) return [];
  const which = differing.length > 8 ? [...differing.slice(0, 8), "..."] : differing;
  const found = which.length === 0 ? "none differed" : `DIFFERENT: ${which.join(", ")}`;
  return paragraph("twice", `${count(seeds, "seed")}, ${found}`);
}

function faultsOf({ fired, strikes }: Tally): string {
  if (fired.length === 0) return "none";
  const kinds = fired.map(({ name, strikes: of, hits }) => `${name} ${number(of)}/${number(hits)}`);
  return `${count(strikes, "strike")} of ${count(fired.length, "kind")} (strikes/hits): ${kinds.join(", ")}`;
}

function marksOf({ marksKnown: known, marksMissed, rareMarksMissed }: Tally): string {
  const hit = known - marksMissed.length - rareMarksMissed.length;
  const rare = rareMarksMissed.length === 0 ? "" : `, ${number(rareMarksMissed.length)} rare not`;
  const missed = marksMissed.length === 0 ? "" : `; never: ${namedMarks(marksMissed)}`;
  return `${hit === 0 ? "none" : number(hit)} of ${number(known)} hit${rare}${missed}`;
}

/** A short campaign has missed most of them. */
function namedMarks(names: readonly string[]): string {
  const rest = names.length - NAMED_MARKS;
  const shown = names.slice(0, NAMED_MARKS).join(", ");
  return rest > 0 ? `${shown} and ${number(rest)} more` : shown;
}

function regressionsOf({ regressions: { run, failed } }: CampaignReport): string {
  return failed.length === 0
    ? `${count(run, "reproduction")} ran as expected`
    : `${number(failed.length)} of ${count(run, "reproduction")} failed: ${failed.join(", ")}`;
}

function findingLines(report: CampaignReport): readonly string[] {
  const { findings, seeds } = report.tally;
  const failing = findings.reduce((sum, { seeds: of }) => sum + of.length, 0);
  const ended = report.isInterrupted ? "INTERRUPTED   " : "";
  const marks = missedMarkLines(report);
  if (findings.length === 0) {
    const word = marks.length > 0 ? "INCOMPLETE   no finding in" : "AS EXPECTED   all";
    return [
      `${ended}${seeds === 0 ? "NOTHING RUN" : `${word} ${count(seeds, "seed")}`}`,
      "",
      ...marks,
    ];
  }
  return [
    `${ended}FAILED   ${number(failing)} of ${count(seeds, "seed")}, ${count(findings.length, "finding")}`,
    "",
    ...findings.flatMap((finding, index) => oneFinding(report, finding, index + 1)),
    ...marks,
    ...(report.gone.length === 0 ? [] : [...paragraph("gone", report.gone.join("; ")), ""]),
  ];
}

/** Where they are required every one is named, and how to see what it is. */
function missedMarkLines({ tally, requiresMarks }: CampaignReport): readonly string[] {
  const { marksMissed } = tally;
  if (!requiresMarks || marksMissed.length === 0) return [];
  return [
    ...paragraph("never hit", marksMissed.join(", ")),
    `${INDENT}what one is: npx ftsim explain ${marksMissed[0] ?? ""}`,
    "",
  ];
}

function oneFinding(
  report: CampaignReport,
  { fingerprint, fastest, seeds }: FindingGroup,
  at: number,
): readonly string[] {
  const confirmation = report.confirmations.get(fingerprint);
  const standing = report.standings.get(fingerprint) ?? "";
  const shown = seeds.slice(0, 8).join(", ") + (seeds.length > 8 ? ", ..." : "");
  const lines = [
    `${INDENT}${at}  ${fingerprint}   ${count(seeds.length, "seed")}: ${shown}${standing === "" ? "" : `   ${standing}`}`,
    ...wrap(`     ${fastest.message}`, 5),
  ];
  if (confirmation !== undefined)
    lines.push(
      confirmation.isConfirmed
        ? `     the same in a process of its own   ${confirmation.folder}/report.html`
        : `     NOT THE SAME in a process of its own: digest ${confirmation.digest}, here ${fastest.digest}`,
    );
  const small = report.smallest.get(fingerprint);
  const command = `     ${commandFor(report.subject, fastest.seed)}`;
  if (small === undefined) return [...lines, command, ""];
  return [...lines, command, `     small, ${count(small.faults, "fault")}: ${small.command}`, ""];
}

function againOf({ subject, range }: CampaignReport): string {
  return ["npx ftsim fuzz", subject.scenario, range, ...switches(subject)].join(" ");
}

const paragraph = (name: string, text: string): readonly string[] =>
  labelled(`${INDENT}${name}`, text, 15);
