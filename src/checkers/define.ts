// The frame that the checkers of this folder stand in. A checker is a definition: functions over one
// plain state. The frame holds that state and the findings, and turns both into a result.
//
// * `observe` may change the state and report; `missing` and `describe` are asked for and change nothing.
// * An object that never changes again goes into the state frozen: clonePlain shares it, and forks
//   take a snapshot ten thousand times in a sweep.

import { clonePlain } from "../base/clone.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import type { CheckerResult, Finding, Verdict } from "../history/verdict.ts";
import type {
  CheckerContext,
  CheckerKind,
  Closeness,
  ClosenessUnit,
  RunningChecker,
} from "./checker.ts";

export interface Report {
  readonly invariant: string;
  readonly time: number;
  readonly message: string;
  /** -1 stands for "no such fact" and is left out. */
  readonly facts: readonly number[];
  /** It shows what came of the violation: it stands for earlier findings of its checker. */
  readonly isTelling?: boolean;
  /** Something never came by the end of the run: what was found before that goes first. */
  readonly isAbsence?: boolean;
  /** A few words beside the last fact: what is not to be seen in it, "never issued again". */
  readonly mark?: string;
}

/** What a definition gets beside its state. */
export interface Desk {
  readonly context: CheckerContext;
  report(report: Report): void;
}

interface Description {
  readonly summary: string;
  readonly looked: number;
  /** Why nothing came up; said only when looked is 0. Without it, looking at nothing is unknown. */
  readonly idle?: string;
  /** What it could not decide: makes the verdict unknown. */
  readonly undecided?: string;
  readonly figures?: readonly (readonly [string, number])[];
}

export interface CheckerDefinition<S extends object, K extends Fact["kind"]>
  extends Pick<
    CheckerKind,
    "name" | "invariants" | "rejects" | "property" | "appliesTo" | "isOnDemand"
  > {
  /**
   * The kinds of facts that it is shown, for the compiler too: it rejects a look at any other kind.
   * Left out: all of them, as one needs that watches the time pass.
   */
  readonly hears?: readonly K[];
  begin(context: CheckerContext): S;
  observe(state: S, fact: FactOf<K>, index: number, desk: Desk): void;
  /** Violations that are known only when somebody asks. */
  missing?(state: S, context: CheckerContext): readonly Report[];
  describe(state: S, context: CheckerContext): Description;
  /** Where a distance to a violation can be told. */
  readonly closeness?: Measure<S>;
}

interface Measure<S> {
  readonly unit: ClosenessUnit;
  readonly between: string;
  /** The smallest so far; never grows. Undefined before there was any. */
  of(state: S, context: CheckerContext): number | undefined;
}

export function defineChecker<S extends object, K extends Fact["kind"] = Fact["kind"]>(
  definition: CheckerDefinition<S, K>,
): CheckerKind {
  const { name, invariants, rejects, property, appliesTo, isOnDemand = false } = definition;
  const hears = definition.hears && new Set<Fact["kind"]>(definition.hears);
  const start = (context: CheckerContext): RunningChecker => new StateChecker(definition, context);
  return { name, invariants, rejects, property, appliesTo, isOnDemand, hears, start };
}

/** A protocol that is broken is broken thousands of times; the first few tell the story. */
const MAX_FINDINGS = 16;

interface Held<S> {
  own: S;
  findings: Finding[];
  /** Findings beyond MAX_FINDINGS. */
  more: number;
}

class StateChecker<S extends object, K extends Fact["kind"]> implements RunningChecker, Desk {
  readonly context: CheckerContext;
  readonly #definition: CheckerDefinition<S, K>;
  #held: Held<S>;

  constructor(definition: CheckerDefinition<S, K>, context: CheckerContext) {
    this.context = context;
    this.#definition = definition;
    this.#held = { own: definition.begin(context), findings: [], more: 0 };
  }

  observe(fact: Fact, index: number): void {
    this.#definition.observe(this.#held.own, fact as FactOf<K>, index, this);
  }

  report(report: Report): void {
    if (this.#held.findings.length < MAX_FINDINGS) this.#held.findings.push(this.#finding(report));
    else this.#held.more += 1;
  }

  result(): CheckerResult {
    const { own, more } = this.#held;
    const late = this.#definition.missing?.(own, this.context) ?? [];
    const findings = [...this.#held.findings, ...late.map((report) => this.#finding(report))];
    const said = this.#definition.describe(own, this.context);
    return {
      checker: this.#definition.name,
      invariants: this.#definition.invariants,
      property: this.#definition.property,
      looked: said.looked,
      findings,
      figures: new Map([...(said.figures ?? []), ["findings", findings.length + more]]),
      ...verdictOf(this.#isAllowedIdle() ? { idle: ALLOWED, ...said } : said, findings.length),
    };
  }

  closeness(): Closeness | undefined {
    const { name, closeness } = this.#definition;
    const distance = closeness?.of(this.#held.own, this.context);
    if (closeness === undefined || distance === undefined) return undefined;
    const { unit, between } = closeness;
    return { checker: name, distance: Math.max(0, distance), unit, between };
  }

  #isAllowedIdle(): boolean {
    return this.context.mayBeIdle?.includes(this.#definition.name) === true;
  }

  snapshot(): unknown {
    return clonePlain(this.#held);
  }

  restore(snapshot: unknown): void {
    this.#held = clonePlain(snapshot as Held<S>);
  }

  #finding(report: Report): Finding {
    const facts = report.facts.filter((index) => index >= 0).sort((a, b) => a - b);
    return Object.freeze({ ...report, facts, checker: this.#definition.name });
  }
}

const ALLOWED = "nothing to look at, which the scenario allows";

interface Said {
  readonly verdict: Verdict;
  readonly summary: string;
  readonly isIdle?: boolean;
  readonly idle?: string;
}

function verdictOf(said: Description, findings: number): Said {
  if (findings > 0) return { verdict: "invalid", summary: said.summary };
  if (said.undecided !== undefined) return { verdict: "unknown", summary: said.undecided };
  if (said.looked > 0) return { verdict: "valid", summary: said.summary };
  if (said.idle === undefined) return { verdict: "unknown", summary: "nothing to look at" };
  return { verdict: "valid", summary: `idle: ${said.idle}`, isIdle: true, idle: said.idle };
}

/** The smaller one; undefined stands for none so far. */
export function nearer(known: number | undefined, distance: number): number {
  return known === undefined ? distance : Math.min(known, distance);
}
