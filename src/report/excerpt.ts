// The few facts that show a violation: those that its checker names, what followed on the way to the
// new primary, and where it came out at a client. One column a host, one for the clients.

import { formatSeconds } from "../base/time.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import { CLIENTS, columnOf, describeFact } from "./describe-fact.ts";
import type { ReportFinding, ReportRun } from "./report-run.ts";
import { type Cell, cellLine, type Column, hasRoom, headerLine, type TableShape } from "./table.ts";

/** Facts that the checker names: the earliest and the latest of a long chain. */
const NAMED_HEAD = 3;
const NAMED_TAIL = 5;
/** Consequences told per excerpt. */
const FOLLOWS_MAX = 3;
const AFTER_MAX = 6;

export interface ExcerptRow {
  readonly index: number;
  readonly fact: Fact;
  /** The fact by which the rule was broken. */
  readonly isCause: boolean;
  /** It only follows from the violation. */
  readonly isAgain: boolean;
}

/** Lines for the terminal, header first; empty when the finding names no fact. */
export function excerptOf(run: ReportRun, finding: ReportFinding): readonly string[] {
  const rows = excerptRows(run, finding);
  if (rows.length === 0) return [];
  const shape: TableShape = {
    indent: 5,
    timeWidth: 12,
    columns: excerptColumns(run, finding, rows),
  };
  const lines = rows.flatMap((row) => {
    const { fact } = row;
    const mark = row.isCause ? causeMark(finding) : row.isAgain ? "   <-- follows" : "";
    const cell: Cell = {
      time: `${formatSeconds(fact.time)} s`,
      column: columnIn(shape.columns, fact),
      text: `${prefixIn(shape.columns, fact)}${describeFact(fact)}`,
    };
    // The mark matters more than the end of a long text: it gets a line of its own.
    if (mark !== "" && !hasRoom(shape, cell.text + mark))
      return [cellLine(shape, cell), cellLine(shape, { ...cell, time: "", text: mark.trim() })];
    return [cellLine(shape, { ...cell, text: cell.text + mark })];
  });
  return [headerLine(shape), ...lines];
}

function causeMark({ cause }: ReportFinding): string {
  return cause.mark === undefined ? "  <--" : `  <-- ${cause.mark}`;
}

/** In the order of the history. */
export function excerptRows(run: ReportRun, finding: ReportFinding): readonly ExcerptRow[] {
  const named = shorten(finding.cause.facts.filter((index) => isTelling(run.facts[index])));
  const last = named.at(-1);
  if (last === undefined) return [];
  const again = new Set<number>();
  const heard = new Set([finding.cause.checker]);
  for (const { facts, checker } of finding.follows) {
    // More of the same shows nothing new.
    if (heard.has(checker)) continue;
    const index = facts.findLast((one) => isTelling(run.facts[one]));
    if (index === undefined || index <= last || again.size >= FOLLOWS_MAX) continue;
    heard.add(checker);
    again.add(index);
  }
  const chosen = new Set([...named, ...afterwards(run.facts, last), ...again]);
  return [...chosen]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const fact = run.facts[index];
      const isCause = index === causeOf(run, finding, named);
      return fact === undefined
        ? []
        : [{ index, fact, isCause, isAgain: again.has(index) && !named.includes(index) }];
    });
}

/** Hosts in the run's order with the role that they had when the excerpt begins, then the clients. */
export function excerptColumns(
  run: ReportRun,
  finding: ReportFinding,
  rows: readonly ExcerptRow[],
): readonly Column[] {
  const hosts = hostsOf(run.facts);
  const columns = hosts.map((name): Column => {
    const role = roleAt(run.facts, name, rows[0]?.fact.time ?? finding.cause.time);
    return { name, title: role === "" ? name : `${name} (${role})` };
  });
  const others = rows.some(
    ({ fact }) => !hosts.includes(columnOf(fact)) && columnOf(fact) !== CLIENTS,
  );
  return [...columns, { name: CLIENTS, title: others ? "clients, storage" : "clients" }];
}

/** The last named fact at the finding's own moment; of what never came, the last one that is named. */
function causeOf(
  run: ReportRun,
  finding: ReportFinding,
  named: readonly number[],
): number | undefined {
  const { time, mark } = finding.cause;
  const own = named.findLast((index) => run.facts[index]?.time === time);
  return own ?? (mark === undefined ? undefined : named.at(-1));
}

function shorten(indices: readonly number[]): readonly number[] {
  const all = [...new Set(indices)].sort((a, b) => a - b);
  if (all.length <= NAMED_HEAD + NAMED_TAIL) return all;
  return [...all.slice(0, NAMED_HEAD), ...all.slice(-NAMED_TAIL)];
}

/** Begin and end of a run show nothing of a violation. */
function isTelling(fact: Fact | undefined): boolean {
  return fact !== undefined && fact.kind !== "run";
}

/** The first client that got what was let out, and how roles went from there to the next SOLO. */
function afterwards(facts: readonly Fact[], from: number): readonly number[] {
  const start = facts[from];
  const connection = start?.kind === "release" ? start.segment?.connection : undefined;
  const found: number[] = [];
  let isReadFound = connection === undefined;
  for (let index = from + 1; index < facts.length && found.length < AFTER_MAX; index++) {
    const fact = facts[index];
    if (fact === undefined) break;
    if (!isReadFound && fact.kind === "client-read" && fact.connection === connection) {
      isReadFound = true;
      found.push(index);
    }
    if (isTurn(fact)) found.push(index);
    if (fact.kind === "role" && fact.role === "SOLO") break;
  }
  return found;
}

function isTurn(fact: Fact): boolean {
  if (fact.kind === "host") return fact.what === "crash";
  if (fact.kind === "role") return fact.role === "SOLO" || fact.role === "HALTED";
  return fact.kind === "test-and-set" && fact.isFirst;
}

export function hostsOf(facts: readonly Fact[]): readonly NodeName[] {
  for (const fact of facts) if (fact.kind === "run") return fact.hosts;
  return [];
}

function roleAt(facts: readonly Fact[], node: NodeName, time: number): string {
  let role = "";
  for (const fact of facts) {
    if (fact.time > time) break;
    // Of the very moment only the first role counts: the finding may be about the second.
    if (fact.kind === "role" && fact.node === node && (fact.time < time || role === ""))
      role = fact.role;
  }
  return role;
}

function columnIn(columns: readonly Column[], fact: Fact): string {
  const name = columnOf(fact);
  return columns.some((column) => column.name === name) ? name : CLIENTS;
}

/** What shares the clients' column says whose it is. */
function prefixIn(columns: readonly Column[], fact: Fact): string {
  const name = columnOf(fact);
  return columns.some((column) => column.name === name) ? "" : `${name}: `;
}
