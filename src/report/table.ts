// Facts in columns, one column a node: the excerpt under a finding and `ftsim log` share it.

import { fit, LINE_WIDTH } from "./text.ts";

export interface Column {
  readonly name: string;
  readonly title: string;
}

export interface Cell {
  readonly time: string;
  readonly column: string;
  readonly text: string;
}

export interface TableShape {
  readonly indent: number;
  readonly timeWidth: number;
  readonly columns: readonly Column[];
}

const GAP = 2;
/** A column narrower than this says nothing. */
const WIDTH_MIN = 8;

export function headerLine(shape: TableShape): string {
  const width = columnWidth(shape);
  const titles = shape.columns.map(({ title }) => fit(title, width).padEnd(width + GAP));
  return `${lead(shape, "time")}${titles.join("")}`.trimEnd();
}

/**
 * One cell a line. Text that is wider than its column runs on over the empty columns to its right;
 * at the edge of the terminal it begins further to the left instead of being cut.
 */
export function cellLine(shape: TableShape, cell: Cell): string {
  const width = columnWidth(shape);
  const at = shape.columns.findIndex(({ name }) => name === cell.column);
  const before = lead(shape, cell.time);
  const start = before.length + Math.max(0, at) * (width + GAP);
  const from = Math.max(before.length, Math.min(start, LINE_WIDTH - cell.text.length));
  return fit(before.padEnd(from) + cell.text, LINE_WIDTH).trimEnd();
}

/** Whether a cell's text is not cut, wherever it has to begin. */
export function hasRoom(shape: TableShape, text: string): boolean {
  return lead(shape, "").length + text.length <= LINE_WIDTH;
}

function lead({ indent, timeWidth }: TableShape, time: string): string {
  return `${" ".repeat(indent)}${time.padEnd(timeWidth)}${" ".repeat(GAP)}`;
}

function columnWidth({ indent, timeWidth, columns }: TableShape): number {
  const room = LINE_WIDTH - indent - timeWidth - GAP * (columns.length + 1);
  return Math.max(WIDTH_MIN, Math.floor(room / Math.max(1, columns.length)));
}
