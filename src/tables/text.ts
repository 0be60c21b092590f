// Tables as text: ours beside the paper's with their ratio, then what must hold.

import { PARAMETERS } from "./parameters.ts";
import type { Cell, Hold, Part, Table, Value } from "./table.ts";

const INDENT = "  ";
const GAP = 2;
const WIDTH = 100;

export function parametersText(): string {
  const width = Math.max(...PARAMETERS.map(({ name }) => name.length)) + GAP;
  const lines = PARAMETERS.flatMap(({ name, value, origin }) =>
    wrapped(`${INDENT}${name.padEnd(width)}`, `${value}: ${origin}`),
  );
  return `${["Costs, declared once and the same for all tables", ...lines].join("\n")}\n`;
}

export function tableText(table: Table): string {
  const lines = [`TAB-${table.number}   ${table.title}   (${table.source})`, ""];
  for (const part of table.parts) lines.push(...partLines(part), "");
  for (const one of table.holds) lines.push(...holdLines(one));
  for (const text of table.missing) lines.push(...wrapped(lead("not yet"), text));
  for (const text of table.notes) lines.push(...wrapped(lead("note"), text));
  for (const text of table.problems) lines.push(...wrapped(lead("INVALID RUN"), text));
  return `${lines.join("\n")}\n`;
}

export function partText(part: Part): string {
  return `${partLines(part).join("\n")}\n`;
}

function holdLines({ rule, holds, figures, why }: Hold): readonly string[] {
  const said = holds
    ? `${rule}: ${figures}`
    : `${rule}: ${figures}${why === "" ? "" : `. Why: ${why}`}`;
  return wrapped(lead(holds ? "holds" : "DOES NOT HOLD"), said);
}

function lead(word: string): string {
  return `${INDENT}${word.padEnd(15)}`;
}

/** The text behind its lead, in as many lines as it takes. */
function wrapped(first: string, text: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(first.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

function partLines({ title, columns, rows }: Part): readonly string[] {
  const isCompared = columns.map((_, at) => rows.some(({ cells }) => hasPaper(cells[at])));
  const heads = [["", ""]];
  for (const [at, { title: name, unit }] of columns.entries()) {
    heads.push([name, isCompared[at] === true ? "ours" : unit]);
    if (isCompared[at] === true) heads.push([unit, "paper"], ["", "ratio"]);
  }
  const body = rows.map(({ label, cells }) => [
    label,
    ...columns.flatMap((_, at) => cellTexts(cells[at], isCompared[at] === true)),
  ]);
  const grid = [heads.map(([top = ""]) => top), heads.map(([, below = ""]) => below), ...body];
  const widths = heads.map((_, at) => Math.max(...grid.map((row) => (row[at] ?? "").length)));
  const lines = grid.map((row) =>
    row
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join(" ".repeat(GAP)),
  );
  return [`${INDENT}${title}`, ...lines.map((line) => `${INDENT}${line}`.trimEnd())];
}

function hasPaper(cell: Cell | undefined): boolean {
  return cell?.kind === "value" && cell.paper !== undefined;
}

function cellTexts(cell: Cell | undefined, isCompared: boolean): readonly string[] {
  const ours = cell === undefined ? "" : oursText(cell);
  if (!isCompared) return [ours];
  if (cell?.kind !== "value" || cell.paper === undefined) return [ours, "", ""];
  return [ours, `${cell.paper}`, ratioText(cell)];
}

export function oursText(cell: Cell): string {
  if (cell.kind === "missing") return "-";
  const { value, spread, decimals, isFitted } = cell;
  if (!Number.isFinite(value)) return "-";
  const around = spread.toFixed(decimals);
  const isExact = Number(around) === 0;
  return `${value.toFixed(decimals)}${isExact ? "" : `±${around}`}${isFitted === true ? "*" : ""}`;
}

export function ratioText({ value, paper }: Value): string {
  return paper === undefined || paper === 0 ? "" : (value / paper).toFixed(2);
}
