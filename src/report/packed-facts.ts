// Facts in few bytes, for the page: facts of one kind, node and shape stand in columns, integers as
// differences, texts as numbers in one list. What comes out is JSON that deflates well; unpacking
// gives back equal facts. Nothing is lost here: what is left out is decided in kept-facts.ts.

import type { Fact } from "../history/fact.ts";

type Leaf = "integer" | "text" | "flag" | "null" | "json";

interface Shape {
  /** "disk.ioId" and the like, in the fact's own order; each with its kind of value. */
  readonly paths: readonly string[];
  readonly leaves: readonly Leaf[];
}

export interface PackedFacts {
  readonly texts: readonly string[];
  readonly groups: readonly {
    readonly shape: Shape;
    /** A column for each path; one number alone stands for all of an unchanging column. */
    readonly columns: readonly (readonly number[] | number)[];
  }[];
  /** Which group each fact is of, in order; then how much later it is than the one before. */
  readonly order: readonly number[];
  readonly times: readonly number[];
}

interface Group {
  readonly shape: Shape;
  readonly columns: number[][];
  readonly last: number[];
}

export function packFacts(facts: readonly Fact[]): PackedFacts {
  const texts: string[] = [];
  const known = new Map<string, number>();
  const intern = (text: string): number => {
    const at = known.get(text);
    if (at !== undefined) return at;
    known.set(text, texts.length);
    texts.push(text);
    return texts.length - 1;
  };
  const groups: Group[] = [];
  const byKey = new Map<string, number>();
  const order: number[] = [];
  const times: number[] = [];
  let time = 0;
  for (const fact of facts) {
    const paths: string[] = [];
    const leaves: Leaf[] = [];
    const values: unknown[] = [];
    flatten(fact, "", paths, leaves, values);
    const key = `${fact.kind} ${"node" in fact ? fact.node : ""} ${paths.join()} ${leaves.join()}`;
    let at = byKey.get(key);
    if (at === undefined) {
      at = groups.length;
      byKey.set(key, at);
      groups.push({ shape: { paths, leaves }, columns: paths.map(() => []), last: [] });
    }
    const group = groups[at];
    if (group !== undefined) append(group, values, intern);
    order.push(at);
    times.push(fact.time - time);
    time = fact.time;
  }
  return {
    texts,
    groups: groups.map(({ shape, columns }) => ({ shape, columns: columns.map(squeeze) })),
    order,
    times,
  };
}

export function unpackFacts({ texts, groups, order, times }: PackedFacts): readonly Fact[] {
  const readers = groups.map((group) => readerOf(group, texts));
  let time = 0;
  return order.map((at, index) => {
    time += times[index] ?? 0;
    return readers[at]?.(time) as Fact;
  });
}

/** `time` has a column of its own, for all facts together. */
function flatten(
  value: object,
  prefix: string,
  paths: string[],
  leaves: Leaf[],
  values: unknown[],
): void {
  for (const name of Object.getOwnPropertyNames(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[name];
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (typeof item === "object" && item !== null && !Array.isArray(item)) {
      flatten(item, path, paths, leaves, values);
      continue;
    }
    paths.push(path);
    leaves.push(leafOf(item));
    values.push(item);
  }
}

function leafOf(item: unknown): Leaf {
  if (item === null) return "null";
  if (typeof item === "boolean") return "flag";
  if (typeof item === "string") return "text";
  return Number.isSafeInteger(item) ? "integer" : "json";
}

function append(
  { shape, columns, last }: Group,
  values: readonly unknown[],
  intern: (text: string) => number,
): void {
  values.forEach((value, at) => {
    const column = columns[at];
    if (column === undefined) return;
    const isTime = shape.paths[at] === "time";
    const coded = isTime ? 0 : codeOf(value, shape.leaves[at], intern);
    column.push(coded - (last[at] ?? 0));
    last[at] = coded;
  });
}

function codeOf(value: unknown, leaf: Leaf | undefined, intern: (text: string) => number): number {
  switch (leaf) {
    case "integer":
      return value as number;
    case "text":
      return intern(value as string);
    case "flag":
      return value === true ? 1 : 0;
    case "json":
      return intern(JSON.stringify(value));
    default:
      return 0;
  }
}

/** A column whose value never changes is its first value alone. */
function squeeze(column: readonly number[]): readonly number[] | number {
  return column.every((value, at) => at === 0 || value === 0) ? (column[0] ?? 0) : column;
}

function readerOf(
  { shape, columns }: PackedFacts["groups"][number],
  texts: readonly string[],
): (time: number) => unknown {
  let row = 0;
  const current = columns.map((column) => (typeof column === "number" ? column : 0));
  const fields = shape.paths.map((path, at) => {
    const names = path.split(".");
    return {
      parents: names.slice(0, -1),
      name: names.at(-1) ?? "",
      isTime: path === "time",
      leaf: shape.leaves[at] ?? "null",
      column: columns[at] ?? 0,
    };
  });
  return (time) => {
    const fact: Record<string, unknown> = {};
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at];
      if (field === undefined) continue;
      const { column } = field;
      if (typeof column !== "number") current[at] = (current[at] ?? 0) + (column[row] ?? 0);
      const target = field.parents.length === 0 ? fact : childOf(fact, field.parents);
      target[field.name] = field.isTime ? time : valueOf(current[at] ?? 0, field.leaf, texts);
    }
    row++;
    return fact;
  };
}

function childOf(
  fact: Record<string, unknown>,
  parents: readonly string[],
): Record<string, unknown> {
  let target = fact;
  for (const name of parents) {
    target[name] ??= {};
    target = target[name] as Record<string, unknown>;
  }
  return target;
}

function valueOf(coded: number, leaf: Leaf, texts: readonly string[]): unknown {
  switch (leaf) {
    case "integer":
      return coded;
    case "text":
      return texts[coded] ?? "";
    case "flag":
      return coded === 1;
    case "json":
      return JSON.parse(texts[coded] ?? "null") as unknown;
    case "null":
      return null;
  }
}
