// The certificate of a sweep: what was swept, what was found, and what that covers and does not. The
// document is the JSON file; the table is what a terminal shows of it.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import { wrap } from "./text.ts";

export const CERTIFICATE_FORMAT = "ftsim-sweep";
export const CERTIFICATE_VERSION = 2;

export type BranchOutcome = "valid" | "outage" | "liveness" | "unknown" | "violation";

/** A kind of boundary, as counted by the survey of the unforked run, and again from its files. */
export interface CertificateKind {
  readonly kind: string;
  /** How often it happened in the window; `recounted` by other code from the stored files. */
  readonly happened: number;
  readonly recounted: number;
  /** Gaps between events beside it. */
  readonly boundaries: number;
  readonly tried: number;
  readonly equal: number;
  readonly off: number;
  readonly outcomes: Readonly<Record<BranchOutcome, number>>;
  readonly unexpected: number;
}

/** A place where one of the certificate's strikes struck: the gap after an event, virtual ns. */
export interface CertificatePlace {
  readonly afterEvent: number;
  readonly time: number;
  /** Its name. */
  readonly strike: string;
}

/** What became of one strike, at all boundaries. */
export interface CertificateStrike {
  readonly strike: string;
  readonly tried: number;
  readonly equal: number;
  readonly off: number;
  readonly outcomes: Readonly<Record<BranchOutcome, number>>;
  readonly unexpected: number;
}

/** One branch, or why there is none: a cell of the heat strip. */
export interface CertificateBranch extends CertificatePlace {
  /** The strike after the first one, of a sweep with two. */
  readonly second: CertificatePlace | null;
  readonly outcome: BranchOutcome | "off" | "equal";
  readonly isExpected: boolean;
  /** ns; -1: nothing left for the network any more. */
  readonly away: number;
  readonly answered: number;
  readonly digest: string;
  /** Of an equal world: the last boundary of the branch that was run; otherwise -1. */
  readonly equalTo: number;
  /** What was found, in words; "" where nothing was. */
  readonly finding: string;
}

export interface Certificate {
  readonly format: typeof CERTIFICATE_FORMAT;
  readonly version: typeof CERTIFICATE_VERSION;
  readonly ftsim: { readonly version: string; readonly revision: string };
  readonly verdict: "as expected" | "not as expected" | "broken";
  readonly isComplete: boolean;
  readonly scenario: string;
  readonly seed: string;
  /** Changes of the scenario that belong to the sweep: give them to `ftsim run`, too. */
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  /** What struck at each boundary, in the order of the table; and what struck a second time. */
  readonly strikes: readonly CertificateStrike[];
  readonly second: {
    readonly strikes: readonly CertificateStrike[];
    readonly within: number;
  } | null;
  /** Kinds of faults that cannot strike here, and why. */
  readonly leftOut: readonly string[];
  readonly window: {
    readonly from: number;
    readonly to: number;
    readonly events: number;
    readonly invoked: number;
    readonly answered: number;
    readonly isEveryEvent: boolean;
  };
  /** The unforked run. */
  readonly base: {
    readonly digest: string;
    readonly verdict: string;
    readonly events: number;
    readonly facts: number;
  };
  /** Gaps in the window that are a boundary of some kind; of these, so many were drawn to be tried. */
  readonly boundaries: number;
  readonly drawn: number;
  readonly kinds: readonly CertificateKind[];
  readonly isCountedAlike: boolean;
  readonly outcomes: Readonly<Record<BranchOutcome, number>>;
  readonly tried: number;
  readonly equal: number;
  readonly off: number;
  readonly unexpected: number;
  /** Fewest, median and most operations that were answered after the crash, of branches that served. */
  readonly answered: { readonly least: number; readonly median: number; readonly most: number };
  /** Branches run again from the start of the run, and how many of them had another digest. */
  readonly recheck: { readonly branches: number; readonly differ: number };
  readonly first: {
    readonly finding: string;
    readonly command: string;
    readonly branch: CertificateBranch;
  } | null;
  readonly covers: readonly string[];
  readonly doesNotCover: readonly string[];
  readonly branches: readonly CertificateBranch[];
}

/** Where a sweep's time went: of the machine that ran it, so not part of the certificate. */
export interface SweepSpeed {
  readonly wallSeconds: number;
  readonly jobs: number;
  /** ms, summed over workers. */
  readonly snapshot: number;
  readonly restore: number;
  readonly tail: number;
  readonly judge: number;
}

export function certificateJson(certificate: Certificate): string {
  const { branches, ...rest } = certificate;
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  // A line a branch: thousands of them.
  return `${head},\n  "branches": [\n${branches.map((one) => `    ${JSON.stringify(one)}`).join(",\n")}\n  ]\n}\n`;
}

export function certificateText(certificate: Certificate, speed: SweepSpeed): string {
  const { first } = certificate;
  const prose = [...verdictLines(certificate), ...speedLines(certificate, speed)];
  return `${[
    ...headLines(certificate),
    "",
    ...tableLines(certificate),
    "",
    ...prose.flatMap((line) => wrap(line, INDENT)),
    // Commands are pasted whole, whatever their length.
    ...(first === null ? [] : [`again   ${first.command}`]),
  ].join("\n")}\n`;
}

/** Where what is said of a label begins. */
const INDENT = 19;
/** More strikes than this are counted, not named. */
const NAMED_MOST = 4;

/** "crash h1 or crash h2"; "48 strikes". */
export function strikesWords({ strikes, second }: Certificate): string {
  const words = (of: readonly CertificateStrike[]): string =>
    of.length > NAMED_MOST ? `${of.length} strikes` : of.map(({ strike }) => strike).join(" or ");
  return second === null
    ? words(strikes)
    : `${words(strikes)}, then within ${formatDuration(second.within)} ${words(second.strikes)}`;
}

function headLines(certificate: Certificate): readonly string[] {
  const { scenario, seed, window, boundaries, drawn, base, ftsim } = certificate;
  const { from, to, events, invoked, answered } = window;
  const some = drawn === boundaries ? "" : `, ${number(drawn)} of them drawn`;
  return [
    `ftsim ${ftsim.version}   sweep of ${scenario}   seed ${seed}   ${strikesWords(certificate)}`,
    ...[...certificate.bug, ...certificate.without].map((name) => `  changed          ${name}`),
    `  unforked run     digest ${base.digest}, ${base.verdict}, ${number(base.events)} events, ${number(base.facts)} facts`,
    `  window           ${formatSeconds(from, 3)} s to ${formatSeconds(to, 3)} s: ${number(events)} events, ${number(invoked)} requests, ${number(answered)} answers`,
    `  boundaries       ${number(boundaries)}${some}${certificate.isComplete ? "" : "; INTERRUPTED, not all of them were tried"}`,
    ...certificate.leftOut.flatMap((words) => wrap(`  not here         ${words}`, INDENT)),
  ];
}

const OUTCOME_COLUMNS = ["tried", "equal", "off", "valid", "outage", "bad"] as const;

function tableLines({ kinds, strikes, second }: Certificate): readonly string[] {
  return [
    columns("kind", ["happened", "recount", "gaps", ...OUTCOME_COLUMNS], 17),
    ...kinds.map((one) => {
      const { kind, happened, recounted, boundaries } = one;
      return columns(kind, [...[happened, recounted, boundaries].map(number), ...counts(one)], 17);
    }),
    "",
    ...strikeLines("strike", strikes),
    ...(second === null ? [] : ["", ...strikeLines("second strike", second.strikes)]),
  ];
}

function strikeLines(head: string, strikes: readonly CertificateStrike[]): readonly string[] {
  const width = Math.max(
    ...[head, ...strikes.map(({ strike }) => strike)].map(({ length }) => length),
  );
  return [
    columns(head, OUTCOME_COLUMNS, width + 2),
    ...strikes.map((one) => columns(one.strike, counts(one), width + 2)),
  ];
}

/** In the order of `OUTCOME_COLUMNS`. */
function counts(one: CertificateStrike | CertificateKind): readonly string[] {
  const { tried, equal, off, outcomes, unexpected } = one;
  return [tried, equal, off, outcomes.valid, outcomes.outage, unexpected].map(number);
}

function columns(name: string, cells: readonly string[], width: number): string {
  return `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join("")}`;
}

function verdictLines(certificate: Certificate): readonly string[] {
  const { tried, equal, off, outcomes, unexpected, answered, recheck, first } = certificate;
  const word = certificate.verdict.toUpperCase();
  const lines = [
    `${word}   ${count(tried, "branch", "branches")}: ${number(outcomes.valid)} valid, ${number(outcomes.outage)} outage, ${number(outcomes.violation)} violation, ${number(outcomes.liveness)} liveness, ${number(outcomes.unknown)} unknown; ${number(unexpected)} unexpected`,
    `  not run          ${number(equal)} equal to another one of their instant, ${number(off)} on a host that was off`,
    `  afterwards       ${number(answered.least)} / ${number(answered.median)} / ${number(answered.most)} operations answered (least, median, most)`,
    `  from scratch     ${recheckWords(recheck)}`,
    `  recount          ${certificate.isCountedAlike ? "each kind counted again from the stored files: equal" : "DIFFERS from the survey"}`,
  ];
  if (first === null) return lines;
  const { branch, finding } = first;
  return [
    ...lines,
    `  first            ${placeWords(branch)}: ${branch.outcome}`,
    `                   ${finding}`,
  ];
}

/** "crash h1 after event 4394 (0.508225 s), then pause h2 for 300 ms after event 4402 (0.51 s)" */
export function placeWords({ second, ...first }: CertificateBranch): string {
  const words = ({ strike, afterEvent, time }: CertificatePlace): string =>
    `${strike} after event ${afterEvent} (${formatSeconds(time)} s)`;
  return second === null ? words(first) : `${words(first)}, then ${words(second)}`;
}

function recheckWords({ branches, differ }: Certificate["recheck"]): string {
  if (branches === 0) return "no branch was run again";
  const digests = differ === 0 ? "equal digests" : `${number(differ)} OTHER DIGESTS`;
  return `${count(branches, "branch", "branches")} run again without a fork, ${digests}`;
}

function speedLines({ tried }: Certificate, speed: SweepSpeed): readonly string[] {
  if (tried === 0) return [];
  const each = (ms: number): string => (ms / tried).toFixed(1);
  return [
    `  speed            ${(tried / speed.wallSeconds).toFixed(1)} branches/s on ${speed.jobs} workers in ${speed.wallSeconds.toFixed(1)} s; a branch: snapshot ${each(speed.snapshot)}, restore ${each(speed.restore)}, tail ${each(speed.tail)}, judge ${each(speed.judge)} ms`,
  ];
}

/** How long nobody served, in words. */
export function awayWords(away: number): string {
  return away < 0 ? "nothing left any more" : `server away ${formatDuration(away)}`;
}
