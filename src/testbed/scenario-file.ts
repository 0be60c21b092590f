// A scenario's text (YAML) to a Scenario, with an error that says file, line, column and what was
// expected. Overrides (`--set log-link.rtt=10ms`) are applied to the document before it is checked.

import { isMap, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { err, ok, type Result } from "../base/result.ts";
import { type Scenario, scenarioSchema } from "./scenario.ts";
import { checkFaults } from "./fault-plan.ts";
import { guestProblem, type OwnGuest } from "./workloads/registry.ts";

export interface ScenarioSource {
  /** The scenario's name: the file name without its ending. */
  readonly name: string;
  /** For messages. */
  readonly file: string;
  readonly text: string;
}

const TEXT_MAX = 1_048_576;

/** `guest`: somebody's own, which the scenario may name beside the shipped ones. */
export function parseScenario(
  source: ScenarioSource,
  overrides: readonly string[],
  guest?: OwnGuest,
): Result<Scenario> {
  const read = readDocument(source, overrides);
  return read.ok ? check(source, read.value, guest) : read;
}

/** A scenario's data as it is written, with the overrides in their places: to be changed and written again. */
export function plainScenario(
  source: ScenarioSource,
  overrides: readonly string[],
): Result<Readonly<Record<string, unknown>>> {
  const read = readDocument(source, overrides);
  return read.ok ? ok(read.value.document.toJS() as Readonly<Record<string, unknown>>) : read;
}

interface ReadDocument {
  readonly document: Document;
  readonly lines: LineCounter;
}

function readDocument(source: ScenarioSource, overrides: readonly string[]): Result<ReadDocument> {
  if (source.text.length > TEXT_MAX) return err(`${source.file}: larger than 1 MiB`);
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, maxAliasCount: 0 } as object);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const at = lines.linePos(problem.pos[0]);
    const message = problem.message.split("\n")[0] ?? "";
    return err(`${source.file}:${at.line}:${at.col}: ${message.replace(/ at line.*$/, "")}`);
  }
  if (!isMap(document.contents))
    return err(`${source.file}:1:1: expected a mapping with at least title, about and workload`);
  for (const override of overrides) {
    const applied = applyOverride(document, override);
    if (!applied.ok) return applied;
  }
  return ok({ document, lines });
}

function check(
  source: ScenarioSource,
  { document, lines }: ReadDocument,
  guest: OwnGuest | undefined,
): Result<Scenario> {
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 0 });
  } catch {
    return err(`${source.file}:1:1: YAML aliases are not allowed here`);
  }
  const result = scenarioSchema.safeParse(plain);
  if (!result.success) {
    const issue = result.error.issues[0] as z.core.$ZodIssue;
    return err(`${source.file}:${position(document, lines, issue.path)}: ${sentence(issue)}`);
  }
  const scenario = { ...result.data, name: source.name };
  const problem = guestProblem(scenario.workload, scenario.guest, guest);
  if (problem !== undefined)
    return err(`${source.file}:${position(document, lines, ["guest"])}: guest: ${problem}`);
  const faults = checkFaults(scenario);
  if (!faults.ok)
    return err(
      `${source.file}:${position(document, lines, ["faults", faults.error.index])}: ${faults.error.message}`,
    );
  return ok(scenario);
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.length > 0 ? `${issue.path.map(String).join(".")}: ` : "";
  if (issue.code === "unrecognized_keys") return `${where}unknown key ${issue.keys.join(", ")}`;
  return `${where}${issue.message}`;
}

function position(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(
      path.slice(0, length).map((key) => (typeof key === "symbol" ? String(key) : key)),
      true,
    );
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range === undefined || range === null) continue;
    const at = lines.linePos(range[0]);
    return `${at.line}:${at.col}`;
  }
  return "1:1";
}

/** `log-link.rtt=10ms`: the first name is looked for at the top, then in topology and protocol. */
function applyOverride(document: Document, override: string): Result<void> {
  const equals = override.indexOf("=");
  if (equals <= 0) return err(`--set ${override}: expected KEY=VALUE`);
  const path = override.slice(0, equals).split(".");
  const text = override.slice(equals + 1);
  // `faults=[]`: none of them.
  const value = text === "[]" ? [] : /^-?\d+$/.test(text) ? Number(text) : text;
  const [first = ""] = path;
  const prefix = PLACES.find(([, keys]) => keys.includes(first))?.[0];
  const known: readonly (string | number)[] = (prefix === undefined ? path : [prefix, ...path]).map(
    (key) => (/^\d+$/.test(key) ? Number(key) : key),
  );
  try {
    document.setIn(known, value);
    return ok(undefined);
  } catch {
    return err(`--set ${override}: the scenario has no such key`);
  }
}

const PLACES: readonly (readonly [string, readonly string[]])[] = [
  [
    "topology",
    [
      "log-link",
      "heartbeat-link",
      "client-link",
      "storage-link",
      "storage",
      "host",
      "backup-host",
      "disks",
    ],
  ],
  [
    "protocol",
    [
      "heartbeat-interval",
      "heartbeat-timeout",
      "log-timeout",
      "progress-interval",
      "suspect-grace",
      "test-and-set-retry",
      "primary-buffer",
      "backup-buffer",
      "epoch-steps",
      "checkpoint-interval",
      "compare-timeout",
      "boundary",
    ],
  ],
];
