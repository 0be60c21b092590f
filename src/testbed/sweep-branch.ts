// The branches of a sweep: one world that goes from boundary to boundary, and another one that is put
// where it stands, loses a host there, and runs to its end under all checkers, which go with the fork.

import type { CheckerResult } from "../history/verdict.ts";
import type { Intervention } from "../faults/operator.ts";
import { judgeWorld, type RunResult } from "./run.ts";
import { isOutage, wasPoweredOff } from "./outage.ts";
import { compareCounterfactual, type Killing, killingOf } from "./oracle/counterfactual.ts";
import { ReferencePrefix } from "./oracle/reference-prefix.ts";
import type { Boundary } from "./sweep-survey.ts";
import { worldHash } from "./world-hash.ts";
import type { World, WorldSnapshot } from "./world.ts";

/** Worst first: what an exit code is made of. */
export type Outcome = "violation" | "liveness" | "unknown" | "outage" | "valid";

export interface BranchFinding {
  readonly checker: string;
  readonly invariant: string;
  readonly message: string;
}

export interface Branch {
  readonly afterEvent: number;
  readonly node: string;
  readonly outcome: Outcome;
  /** `outage`: nobody else could go on: it had the flag, or the others were gone. */
  readonly expected: "valid" | "outage";
  readonly digest: string;
  readonly finding: BranchFinding | null;
  /** Longest time from the crash on in which nothing left for the network; -1: nothing ever left. */
  readonly away: number;
  /** Operations that were answered after the crash. */
  readonly answered: number;
}

/** The host was off already, or another boundary of the same instant led to the same world. */
export interface Skipped {
  readonly afterEvent: number;
  readonly node: string;
  readonly skipped: "off" | "equal";
  /** The boundary of the equal world; of the others, -1. */
  readonly equalTo: number;
}

export type BranchAnswer = Branch | Skipped;

export function isSkipped(answer: BranchAnswer): answer is Skipped {
  return "skipped" in answer;
}

/** Where time goes, in whatever unit the caller's clock has. */
export interface Spent {
  snapshot: number;
  restore: number;
  tail: number;
  judge: number;
}

export interface BenchOptions {
  readonly nodes: readonly string[];
  /** A clock of the caller's: it is only reported. */
  readonly clock: () => number;
}

export class BranchBench {
  readonly spent: Spent;
  readonly #base: World;
  readonly #fork: World;
  readonly #options: BenchOptions;
  readonly #prefix: ReferencePrefix;

  /** Two worlds of one request and runtime. */
  constructor(base: World, fork: World, options: BenchOptions) {
    this.#base = base;
    this.#fork = fork;
    this.#options = options;
    this.#prefix = new ReferencePrefix(base.spec);
    this.spent = { snapshot: 0, restore: 0, tail: 0, judge: 0 };
  }

  /** Boundaries of one instant, ascending; later calls must name later ones. */
  run(group: readonly Boundary[]): readonly BranchAnswer[] {
    const answers: BranchAnswer[] = [];
    const seen = new Map<string, number>();
    for (const boundary of group) {
      this.#goTo(boundary.afterEvent);
      const snapshot = this.#timed("snapshot", () => this.#base.snapshot());
      for (const node of this.#options.nodes)
        answers.push(this.#branch(boundary, node, snapshot, group.length > 1 ? seen : undefined));
      snapshot.release();
    }
    return answers;
  }

  release(): void {
    this.#prefix.release();
    this.#base.release();
    this.#fork.release();
  }

  #goTo(afterEvent: number): void {
    const { kernel } = this.#base;
    while (kernel.dispatched < afterEvent && !this.#base.isOver) this.#base.advance(1);
    const records = this.#base.hosts
      .filter(({ hasMachine }) => hasMachine)
      .map(({ parts }) => parts.runner.record.crossings());
    const common = Math.min(...records.map(({ length }) => length));
    this.#prefix.follow(records[0] ?? [], common - 1);
  }

  #branch(
    { afterEvent }: Boundary,
    node: string,
    snapshot: WorldSnapshot,
    seen: Map<string, number> | undefined,
  ): BranchAnswer {
    const fork = this.#fork;
    this.#timed("restore", () => fork.restore(snapshot));
    if (fork.hosts.find(({ name }) => name === node)?.parts.host.status === "crashed")
      return { afterEvent, node, skipped: "off", equalTo: -1 };
    const strike = { facts: fork.facts.history.length, isLastHope: fork.roles.isLastHope(node) };
    const killing = killingOf(fork, node);
    fork.strikeHere({ phase: "start", kind: "crash", target: node });
    const equalTo = seen && this.#equalWorld(seen, afterEvent, node);
    if (equalTo !== undefined) return { afterEvent, node, skipped: "equal", equalTo };
    fork.referencePrefix = this.#prefix;
    this.#timed("tail", () => {
      while (!fork.isOver) fork.advance(100_000);
    });
    const result = this.#timed("judge", () => judged(fork, killing));
    return describeBranch(result, { afterEvent, node, ...strike });
  }

  /** Two worlds can be one only when nothing of this instant is left to do in either. */
  #equalWorld(seen: Map<string, number>, afterEvent: number, node: string): number | undefined {
    const fork = this.#fork;
    while (!fork.isOver && fork.kernel.nextTime() === fork.kernel.now) fork.advance(1);
    const hash = `${node} ${worldHash(fork)}`;
    const known = seen.get(hash);
    if (known === undefined) seen.set(hash, afterEvent);
    return known;
  }

  #timed<T>(what: keyof Spent, act: () => T): T {
    const { clock } = this.#options;
    const started = clock();
    const value = act();
    this.spent[what] += clock() - started;
    return value;
  }
}

/** The branch of a boundary as a run of its own would be told to begin. */
export function interventionOf({
  afterEvent,
  node,
}: Pick<Branch, "afterEvent" | "node">): Intervention {
  return { afterEvent, phase: "start", kind: "crash", target: node };
}

function judged(fork: World, killing: Killing | undefined): RunResult {
  if (killing !== undefined) fork.facts.emit(compareCounterfactual(fork, killing));
  return judgeWorld(fork);
}

interface Strike {
  readonly afterEvent: number;
  readonly node: string;
  /** Facts before it. */
  readonly facts: number;
  readonly isLastHope: boolean;
}

function describeBranch(result: RunResult, strike: Strike): Branch {
  const { afterEvent, node } = strike;
  const cause = result.conclusion.findings[0]?.cause;
  return {
    afterEvent,
    node,
    outcome: outcomeOf(result),
    expected: expectedOf(result, strike),
    digest: result.digest,
    finding:
      cause === undefined
        ? firstUnknown(result.results)
        : { checker: cause.checker, invariant: cause.invariant, message: cause.message },
    ...afterStrike(result, strike),
  };
}

export function outcomeOf(result: RunResult): Outcome {
  const { findings } = result.conclusion;
  if (result.exhausted !== undefined) return "unknown";
  if (findings.some(({ property }) => property === "safety")) return "violation";
  if (isOutage(result.facts)) return "outage";
  if (result.verdict === "valid") return "valid";
  return result.verdict === "unknown" ? "unknown" : "liveness";
}

/**
 * Who may go on without the node, by the storage's word: nobody where it was the last hope, unless a
 * pair that it had asked for is admitted after its death; nobody where its request for the flag is
 * applied then; and nobody goes on with a VM that its operator ended.
 */
function expectedOf({ facts }: RunResult, strike: Strike): Branch["expected"] {
  if (wasPoweredOff(facts)) return "outage";
  let generation = 1;
  let owner: string | undefined;
  let isAdmittedLater = false;
  for (const [index, fact] of facts.entries())
    if (fact.kind === "open-generation" && fact.result === "won" && fact.generation > generation) {
      generation = fact.generation;
      owner = undefined;
      isAdmittedLater ||= index >= strike.facts;
    } else if (fact.kind === "test-and-set" && fact.result === "won")
      owner = fact.generation === generation ? fact.owner : owner;
  const hasFlag = owner === strike.node;
  return hasFlag || (strike.isLastHope && !isAdmittedLater) ? "outage" : "valid";
}

function firstUnknown(results: readonly CheckerResult[]): BranchFinding | null {
  const unknown = results.find(({ verdict }) => verdict === "unknown");
  if (unknown === undefined) return null;
  const { checker, invariants, summary } = unknown;
  return { checker, invariant: invariants[0] ?? "", message: `unknown: ${summary}` };
}

function afterStrike(
  { facts }: RunResult,
  strike: Strike,
): { readonly away: number; readonly answered: number } {
  let last = facts[Math.max(0, strike.facts - 1)]?.time ?? 0;
  let [away, answered, released] = [0, 0, 0];
  for (const fact of facts.slice(strike.facts)) {
    if (fact.kind === "client" && fact.event.kind === "ok") answered += 1;
    if (fact.kind !== "release" || fact.outputClass !== "network") continue;
    released += 1;
    away = Math.max(away, fact.time - last);
    last = fact.time;
  }
  return { away: released === 0 ? -1 : away, answered };
}
