// The handful of facts that lead to a violation, in order: those that the checker names, what caused
// the last of them, and what became of it, along the links between facts.

import type { Fact } from "../history/fact.ts";
import { type ExcerptRow, excerptRows } from "./excerpt.ts";
import { linkAll, type LinkBook } from "./links.ts";
import type { ReportFinding, ReportRun } from "./report-run.ts";

const ROWS_MAX = 14;
const BACK_MAX = 6;
const AHEAD_MAX = 4;
const NEAR = 20_000;

/** In the order of the history. */
export function causalRows(run: ReportRun, finding: ReportFinding): readonly ExcerptRow[] {
  const told = excerptRows(run, finding);
  const cause = told.find(({ isCause }) => isCause) ?? told.at(-1);
  if (cause === undefined) return told;
  const book = linksNear(run.facts, finding, cause.index);
  const chosen = new Map<number, ExcerptRow>(told.map((row) => [row.index, row]));
  const add = (index: number): void => {
    const fact = run.facts[index];
    if (fact === undefined || chosen.size >= ROWS_MAX || chosen.has(index)) return;
    chosen.set(index, { index, fact, isCause: false, isAgain: false });
  };
  const origins = chainBack(book, cause.index);
  for (const index of origins) add(index);
  for (const index of chainAhead(book, [...origins, cause.index], run.facts)) add(index);
  return [...chosen.values()].sort((a, b) => a.index - b.index);
}

/** Links of the whole history where it is short, and of its part up to the violation where it is not. */
function linksNear(facts: readonly Fact[], { cause }: ReportFinding, index: number): LinkBook {
  const last = cause.facts.reduce((most, one) => Math.max(most, one), index);
  return linkAll(facts.slice(0, last + NEAR));
}

/** From the newest cause to the oldest: messages before what happened inside one node. */
function chainBack(book: LinkBook, start: number): readonly number[] {
  const chain: number[] = [];
  let at: number | undefined = start;
  while (at !== undefined && chain.length < BACK_MAX) {
    const causes = book.causesOf(at);
    const next = causes.find(({ kind }) => kind !== "local") ?? causes[0];
    at = next === undefined || chain.includes(next.cause) ? undefined : next.cause;
    if (at !== undefined) chain.push(at);
  }
  return chain;
}

/** What the log entry behind it went through afterwards: when it was held, when its ack came. */
function chainAhead(
  book: LinkBook,
  starts: readonly number[],
  facts: readonly Fact[],
): readonly number[] {
  const chain: number[] = [];
  let at: number | undefined = awaitedBy(starts, facts) ?? starts.at(-1);
  if (at !== undefined && !starts.includes(at)) chain.push(at);
  while (at !== undefined && chain.length < AHEAD_MAX) {
    const effects = book.effectsOf(at).filter(({ effect }) => !starts.includes(effect));
    const next = effects.find(({ kind }) => kind !== "local") ?? effects.find(isOnTheWay(facts));
    at = next?.effect;
    if (at !== undefined && chain.includes(at)) break;
    if (at !== undefined) chain.push(at);
  }
  return chain;
}

/** The log entry that an output among these has to wait for, or else the one among these. */
function awaitedBy(starts: readonly number[], facts: readonly Fact[]): number | undefined {
  const at = starts.find((index) => facts[index]?.kind === "output-hold");
  const hold = at === undefined ? undefined : facts[at];
  if (at === undefined || hold?.kind !== "output-hold")
    return starts.find((index) => facts[index]?.kind === "log-append");
  // A group's entries may all be written before its outputs are held.
  const first = Math.max(0, at - NEAR);
  const end = facts
    .slice(first, at + NEAR)
    .findIndex((fact) => fact.kind === "log-append" && fact.lsn === hold.groupEnd);
  if (end >= 0) return first + end;
  return starts.find((index) => facts[index]?.kind === "log-append");
}

function isOnTheWay(facts: readonly Fact[]) {
  return ({ effect }: { readonly effect: number }): boolean => {
    const kind = facts[effect]?.kind;
    return kind === "log-ack-send" || kind === "client" || kind === "client-read";
  };
}
