// Where two runs or two replicas part, in words.

import { formatSeconds } from "../../base/time.ts";
import { toHex } from "../../base/bytes.ts";
import { hashBytes } from "../../base/digest.ts";
import { count, number } from "../../base/words.ts";
import type { Parting } from "../../gdb/bisect.ts";
import type { Input } from "../../gdb/journal.ts";
import { placeOf } from "../../gdb/symbols.ts";
import type { Fact } from "../../history/fact.ts";
import { columnOf, describeFact } from "../../report/describe-fact.ts";
import { labelled } from "../../report/text.ts";
import type { ElfSymbol } from "../../vm/elf.ts";

export interface FactDifference {
  readonly index: number;
  readonly facts: readonly [Fact | undefined, Fact | undefined];
  /** The last one that is the same in both. */
  readonly before: Fact | undefined;
}

/** Names of the two that are compared, short: "A" and "B", or hosts. */
export type Names = readonly [string, string];

const LABEL = 17;

export function factText(
  what: string,
  names: Names,
  difference: FactDifference,
): readonly string[] {
  const { index, facts, before } = difference;
  return [
    `  ${what} ${number(index)}`,
    ...labelled("    before", before === undefined ? "(nothing)" : toldFact(before), LABEL),
    ...names.flatMap((name, at) => labelled(`    ${name}`, toldFact(facts[at]), LABEL)),
    "",
  ];
}

function toldFact(fact: Fact | undefined): string {
  if (fact === undefined) return "(no more)";
  return `${formatSeconds(fact.time, 9)} s ${columnOf(fact)}: ${describeFact(fact)}${hashesOf(fact)}`;
}

/** Two crossings may read alike and be two values. */
function hashesOf(fact: Fact): string {
  if (fact.kind !== "crossing") return "";
  return `, value ${fact.valueHash}${fact.stateHash === "" ? "" : `, state ${fact.stateHash}`}`;
}

type Differing = Extract<Parting, { kind: "differ" }>;

export function partingText(
  machine: string,
  names: Names,
  parting: Parting,
  symbols: ReadonlyMap<string, ElfSymbol>,
): readonly string[] {
  if (parting.kind === "equal")
    return [`  ${machine}: the same machine through step ${number(parting.through)}`, ""];
  const { step, given, registers, pages, seen } = parting;
  return [
    step === undefined
      ? `  ${machine}: different before the first step`
      : `  ${machine}: the same up to step ${number(step.position)}, different after it`,
    ...(step === undefined ? [] : stepText(step, symbols)),
    ...givenText(names, given),
    ...registersText(names, registers),
    ...pagesText(names, pages),
    ...whereElse(parting),
    ...(seen === undefined
      ? []
      : [
          `    in registers after step ${number(seen.step.position)}`,
          ...stepText(seen.step, symbols),
          ...registersText(names, seen.registers),
        ]),
    "",
  ];
}

function stepText(
  { pc, instruction }: NonNullable<Differing["step"]>,
  symbols: ReadonlyMap<string, ElfSymbol>,
): readonly string[] {
  const place = placeOf(symbols, pc);
  return [
    `    ${"at".padEnd(LABEL - 4)}0x${pc.toString(16)}${place === "" ? "" : ` <${place}>`}`,
    `    ${"instruction".padEnd(LABEL - 4)}${instruction}`,
  ];
}

function givenText(names: Names, given: Differing["given"]): readonly string[] {
  if (given[0] === undefined && given[1] === undefined) return [];
  return names.flatMap((name, at) =>
    labelled(`    ${name} was given`, inputText(given[at]), Math.max(LABEL, name.length + 15)),
  );
}

function inputText(input: Input | undefined): string {
  switch (input?.kind) {
    case "time":
      return `the time, ${number(input.ticks)} ticks`;
    case "entropy":
      return `${count(input.bytes.length, "random byte")}, ${toHex(input.bytes)}`;
    case "entry":
      return entryText(input.entry);
    default:
      return "nothing there";
  }
}

function entryText(entry: Extract<Input, { kind: "entry" }>["entry"]): string {
  switch (entry.kind) {
    case "timer":
      return "its timer's interrupt";
    case "net-rx":
      return entry.frames
        .map((frame) => `a frame of ${count(frame.length, "byte")} (${hashBytes(frame)})`)
        .join(", ");
    case "disk-done":
      return `the end of disk command ${entry.ioId}: ${entry.status}, ${count(entry.data.length, "byte")} (${hashBytes(entry.data)})`;
    case "uart-rx":
      return `byte ${entry.byte} on its serial line`;
  }
}

const REGISTERS_SHOWN = 12;

function registersText(names: Names, registers: Differing["registers"]): readonly string[] {
  const shown = registers.slice(0, REGISTERS_SHOWN);
  const rest = registers.length - shown.length;
  return [
    ...shown.map(
      ({ name, values }) =>
        `    ${name.padEnd(LABEL - 4)}${names.map((who, at) => `${who} 0x${hex(values[at])}`).join("   ")}`,
    ),
    ...(rest > 0 ? [`    ${" ".repeat(LABEL - 4)}and ${count(rest, "register")} more`] : []),
  ];
}

function hex(value: bigint | undefined): string {
  return BigInt.asUintN(64, value ?? 0n).toString(16);
}

function pagesText(names: Names, { count: pages, first }: Differing["pages"]): readonly string[] {
  if (first === undefined) return [];
  const bytes = names.map((who, at) => `${who} 0x${(first.bytes[at] ?? 0).toString(16)}`);
  return [
    `    ${"memory".padEnd(LABEL - 4)}${count(pages, "page")}, from 0x${first.address.toString(16)} on: ${bytes.join("   ")}`,
  ];
}

function whereElse({ registers, pages }: Differing): readonly string[] {
  if (registers.length > 0 || pages.count > 0) return [];
  return ["    in its devices only: neither registers nor memory differ there"];
}
