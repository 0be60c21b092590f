// `ftsim log`: what happened, a line a fact, one column a host and one for the rest of the world.

import { formatSeconds } from "../base/time.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import { columnOf, describeFact } from "./describe-fact.ts";
import { hostsOf } from "./excerpt.ts";
import { cellLine, type Column, headerLine, type TableShape } from "./table.ts";

export interface LogFilter {
  /** Virtual ns, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Hosts, or "clients", "storage", "world". */
  readonly nodes?: readonly string[];
  /** Kinds of facts. */
  readonly only?: readonly string[];
}

const OTHERS = "others";

/** Lines that end in a newline each; the first names the columns. */
export function logColumns(facts: readonly Fact[], filter: LogFilter = {}): string {
  const hosts = hostsOf(facts);
  const shape: TableShape = { indent: 0, timeWidth: 13, columns: columnsFor(hosts, filter) };
  const lines = [`${headerLine(shape)}\n`];
  for (const fact of facts) if (passes(fact, filter)) lines.push(`${lineOf(shape, fact)}\n`);
  return lines.join("");
}

function columnsFor(hosts: readonly NodeName[], { nodes }: LogFilter): readonly Column[] {
  const isAsked = (name: string): boolean => nodes === undefined || nodes.includes(name);
  const columns = hosts.filter(isAsked).map((name): Column => ({ name, title: name }));
  const others = nodes === undefined || nodes.some((name) => !hosts.includes(name));
  return others ? [...columns, { name: OTHERS, title: "clients, storage, world" }] : columns;
}

function passes(fact: Fact, { from, to, nodes, only }: LogFilter): boolean {
  if (from !== undefined && fact.time < from) return false;
  if (to !== undefined && fact.time > to) return false;
  if (only !== undefined && !only.includes(fact.kind)) return false;
  return nodes === undefined || nodes.includes(columnOf(fact));
}

function lineOf(shape: TableShape, fact: Fact): string {
  const name = columnOf(fact);
  const isHost = shape.columns.some((column) => column.name === name);
  return cellLine(shape, {
    time: `${formatSeconds(fact.time, 6).padStart(11)} s`,
    column: isHost ? name : OTHERS,
    text: isHost ? describeFact(fact) : `${name}: ${describeFact(fact)}`,
  });
}
