// `ftsim/vitest`: runs as tests of vitest. A test is a scenario and its seeds; each seed that goes wrong
// is one failure with the text that `ftsim run` prints, and the line that makes it again.

import { basename, join } from "node:path";
import { describe, type TestContext, test as vitestTest } from "vitest";
import { NotDeterministic, UsageError } from "../cli/usage-error.ts";
import { quote } from "../cli/report-input.ts";
import type { Checker } from "./checker.ts";
import type { Guest } from "./guest.ts";
import { Run } from "./paused-run.ts";
import { callers, shownPath } from "./place.ts";
import type { Finished, RunResult } from "./result.ts";
import type { Repro, ScenarioSource } from "./scenario-source.ts";
import { listSeeds, type Seeds } from "./seeds.ts";
import { resolveSubject, type RunOptions } from "./subject.ts";

export type { Seeds } from "./seeds.ts";

interface Common {
  /** Your own, beside ftsim's. */
  readonly checkers?: readonly Checker[];
  /** Your own, in place of the scenario's guest. */
  readonly guest?: Guest;
  /** ms for each seed; 120,000 without. */
  readonly timeout?: number;
  /** Where the reports of failures go; "reports" without. */
  readonly reports?: string;
}

/** A scenario and its seeds: each seed is one test of vitest. */
export interface SeedTest extends Common, Pick<RunOptions, "protocol" | "without" | "bug" | "set"> {
  readonly scenario: Exclude<ScenarioSource, Repro>;
  /** "1..20", or a list; FTSIM_SEED without, and else 1. */
  readonly seeds?: Seeds;
}

/** A run that failed once, out of its `repro.json`. */
export interface ReproTest extends Common, Repro {}

/** What has to be found: the name of a checker ("output-commit") or an invariant ("INV-01"). */
export interface Finds {
  readonly finds?: string;
}

/** Passes when the verdict of every seed is what the scenario expects. */
export interface FtsimTest {
  (name: string, options: SeedTest | ReproTest): void;
  /** Passes when a violation is found at every seed: of a rule switched off, a planted bug. */
  fails(name: string, options: (SeedTest | ReproTest) & Finds): void;
  /** As vitest's own. */
  readonly only: (name: string, options: SeedTest | ReproTest) => void;
  readonly skip: (name: string, options: SeedTest | ReproTest) => void;
}

/** The message is the whole text of the run; the stack is where `test()` was called. */
export class FtsimFailure extends Error {
  override readonly name: string = "FtsimFailure";

  constructor(text: string, calledAt: readonly string[]) {
    super(text);
    this.stack = [`FtsimFailure: ${text}`, ...calledAt].join("\n");
    // Otherwise vitest shows it a second time, as a field of the error.
    Object.defineProperty(this, "name", { enumerable: false });
  }
}

/** What is wrong with a result; undefined: nothing. */
type Judge = (result: RunResult) => string | undefined;
type Register = typeof describe | typeof describe.only;

export const test: FtsimTest = Object.assign(define(describe), {
  only: define(describe.only),
  skip: define(describe.skip),
  fails: (name: string, options: (SeedTest | ReproTest) & Finds): void =>
    declare({
      name,
      options,
      register: describe,
      judge: (result) => missed(result, options.finds),
    }),
});

function define(register: Register): (name: string, options: SeedTest | ReproTest) => void {
  return (name, options) => declare({ name, options, register, judge: unexpected });
}

interface Declared {
  readonly name: string;
  readonly options: SeedTest | ReproTest;
  readonly register: Register;
  readonly judge: Judge;
}

const TIMEOUT_MS = 120_000;

function declare({ name, options, register, judge }: Declared): void {
  const calledAt = callers();
  const cases: readonly (readonly [title: string, seed: string | undefined])[] =
    "repro" in options
      ? [[basename(String(options.repro)), undefined]]
      : listSeeds(options.seeds).map((seed) => [`seed ${seed}`, seed]);
  register(name, () => {
    for (const [title, seed] of cases)
      vitestTest(title, { timeout: options.timeout ?? TIMEOUT_MS }, (context) =>
        runCase({ name, title, seed, options, judge, calledAt }, context),
      );
  });
}

interface Case {
  readonly name: string;
  readonly title: string;
  readonly seed: string | undefined;
  readonly options: SeedTest | ReproTest;
  readonly judge: Judge;
  readonly calledAt: readonly string[];
}

async function runCase(one: Case, context: TestContext): Promise<void> {
  const { options, seed, calledAt } = one;
  const { result, tell } = await finished(one, context.signal);
  const wrong = one.judge(result);
  if (wrong === undefined) return;
  const file = shownPath(context.task.file.filepath);
  const folder = join(
    options.reports ?? "reports",
    slug(file.replace(/\.[cm]?[jt]sx?$/, "")),
    `${slug(one.name)}-${slug(seed ?? one.title)}`,
  );
  const again = `npx vitest run ${quote(file)} -t ${quote(pattern(`${one.name} ${one.title}`))}`;
  const written = tell(folder, again);
  await attach(context, written.report, "text/html");
  await attach(context, written.reproduction, "application/json");
  throw new FtsimFailure(`${wrong}\n\n${written.text}repro   ${written.reproduction}\n`, calledAt);
}

/** Data has no name of its own: it gets the test's. */
function sourceOf({ name, options }: Case): ScenarioSource {
  if ("repro" in options) return { repro: options.repro };
  const { scenario } = options;
  if (typeof scenario === "string" || scenario instanceof URL) return scenario;
  const [named = "scenario"] = /[a-z][a-z0-9-]{0,63}/.exec(slug(name).replaceAll(".", "-")) ?? [];
  return { name: named, ...scenario };
}

async function attach(context: TestContext, path: string, contentType: string): Promise<void> {
  await context.annotate(path, { path, contentType });
}

async function finished(one: Case, signal: AbortSignal): Promise<Finished> {
  const { seed, calledAt, options } = one;
  try {
    const subject = await resolveSubject(sourceOf(one), {
      ...options,
      ...(seed && { seed }),
      signal,
    });
    return await Run.begin(subject).conclude();
  } catch (error) {
    // A person's mistake is one line, and where the test is, not where ftsim noticed.
    if (error instanceof UsageError || error instanceof NotDeterministic)
      throw new FtsimFailure(error.message, calledAt);
    throw error;
  }
}

function unexpected({ exitCode, outcome, scenario, seed }: RunResult): string | undefined {
  return exitCode === 0 ? undefined : `${scenario}, seed ${seed}: ${outcome}`;
}

function missed(result: RunResult, finds: string | undefined): string | undefined {
  const { checkers, verdict, scenario, seed } = result;
  const found = checkers.filter((one) => one.verdict === "invalid");
  const isIt = ({ checker, invariants }: (typeof found)[number]): boolean =>
    finds === undefined || checker === finds || invariants.includes(finds);
  if (found.some(isIt)) return undefined;
  const wanted = finds === undefined ? "a violation" : `a violation of ${finds}`;
  const others = found.map(({ checker, invariants }) => `${checker} (${invariants.join(", ")})`);
  const instead = others.length === 0 ? verdict : `violations of ${others.join(", ")}`;
  return `${scenario}, seed ${seed}: expected ${wanted}, found ${instead}`;
}

function slug(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  return plain.replaceAll(/^[-.]+|[-.]+$/g, "").slice(0, 80) || "test";
}

/** For `-t`, which is a regular expression: this test, and not one whose name begins like it. */
function pattern(title: string): string {
  return `${title.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}
