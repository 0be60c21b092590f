// `checker({...})`: an invariant of one's own, as data and pure functions, judged in the same frame as
// ftsim's own checkers. State and facts are frozen; what is thrown says where in whose file.

import type { CheckerContext, CheckerKind } from "../checkers/checker.ts";
import { defineChecker, type Report } from "../checkers/define.ts";
import { withDeterminismGuard } from "../cli/determinism-guard.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import { freezePlain } from "../protocols/plain-data.ts";
import { callers, placeOf } from "./place.ts";

/** A violation, in a sentence: at what moment, who did what, against which rule. */
export interface Found {
  readonly message: string;
  /** Indices of the facts that show it, for the excerpt of the report; the fact at hand without. */
  readonly facts?: readonly number[];
}

/** What `on` makes of a fact; nothing at all: the state stays, and there was nothing to look at. */
export interface Looked<S> {
  /** The next state: plain data (numbers, texts, lists, records). Left out: as it was. */
  readonly state?: S;
  /** How many things were looked at that could have been rejected; 0 without. */
  readonly looked?: number;
  /** A violation, or several. */
  readonly found?: string | Found | readonly Found[];
}

/** What `end` says of the whole run. */
export interface AtEnd {
  readonly looked?: number;
  readonly found?: string | Found | readonly Found[];
  /** One line with figures, for a run in which it held: "961 requests, the slowest took 1.955 s". */
  readonly summary?: string;
}

/** What a checker may know besides the facts; times in ns of virtual time. */
export interface RunContext {
  /** Hosts that may run the VM, in order: the first is the first primary. */
  readonly hosts: readonly string[];
  readonly protocol: string;
  /** The longer of the two timeouts after which a silent host is suspected. */
  readonly detectionTimeout: number;
  /** Within this a service has to be back after everything was healed. */
  readonly settleBound: number;
}

export interface CheckerDefinition<S, K extends Fact["kind"]> {
  /** Lower-case letters, digits and -: "short-waits". */
  readonly name: string;
  /** The rule in words, as findings name it: "no request waits longer than 3 s". */
  readonly invariant: string;
  /** A liveness violation ends in exit code 3; safety without. */
  readonly property?: "safety" | "liveness";
  /** Kinds of facts that `on` is shown; the compiler knows no other there. */
  readonly hears: readonly K[];
  /** Why it is fine that nothing comes up; without it a run in which it looked at nothing is unknown. */
  readonly idle?: string;
  init(context: RunContext): S;
  /** `index`: the fact's place in the history, for `found.facts`. */
  on(state: S, fact: FactOf<K>, index: number): Looked<S> | undefined;
  end?(state: S, context: RunContext): AtEnd | undefined;
}

/** Made by `checker()`; to be handed to `run()` and `test()`. */
export interface Checker {
  readonly name: string;
  readonly invariant: string;
}

const kinds = new WeakMap<Checker, CheckerKind>();

export function kindOf(checker: Checker): CheckerKind {
  const kind = kinds.get(checker);
  if (kind === undefined) throw new UsageError("checkers: expected what checker({...}) returns");
  return kind;
}

/**
 * A checker of your own. It sees every fact of the kinds that it hears once, in order, and is judged
 * with the others: a checker that looked at nothing has not passed, and one that throws is `unknown`,
 * with file, line and column.
 *
 * @throws UsageError for a name that is none.
 */
export function checker<S, const K extends Fact["kind"]>(
  definition: CheckerDefinition<S, K>,
): Checker {
  const { name, invariant } = definition;
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    throw new UsageError(`checker ${name}: expected a name: lower-case letters, digits and -`);
  const made: Checker = Object.freeze({ name, invariant });
  kinds.set(made, defined(definition, new Author(name)));
  return made;
}

/** `time`: of the last fact of the run so far, ns. */
interface Held<S> {
  own: S;
  looked: number;
  time: number;
}

function defined<S, K extends Fact["kind"]>(
  definition: CheckerDefinition<S, K>,
  author: Author,
): CheckerKind {
  const { name, invariant, property = "safety", hears, idle } = definition;
  const heard = new Set<Fact["kind"]>(hears);
  const end = (state: Held<S>, context: CheckerContext): AtEnd =>
    author.call("end", () => definition.end?.(state.own, contextOf(context))) ?? {};
  return {
    ...defineChecker<Held<S>, Fact["kind"]>({
      name,
      invariants: [invariant],
      rejects: invariant,
      property,
      // Of a replica's claims only who compares them with the world hears (D7); this one may.
      appliesTo: "replay",
      // The facts of the run itself say when it ended.
      hears: [...heard, "run"],
      begin: (context) => {
        const own = author.call("init", () =>
          withDeterminismGuard(() => definition.init(contextOf(context))),
        );
        return { own: author.kept(own, "init"), looked: 0, time: 0 };
      },
      observe: (state, fact, index, desk) => {
        state.time = fact.time;
        if (!heard.has(fact.kind)) return;
        freezePlain(fact, "fact");
        const where = `on(${fact.kind})`;
        const said = author.call(where, () => definition.on(state.own, fact as FactOf<K>, index));
        if (said === undefined) return;
        if ("state" in said) state.own = author.kept(said.state as S, where);
        state.looked += author.countOf(said, where);
        for (const found of author.listOf(said, where))
          desk.report({ ...reportOf(found, invariant, fact.time), facts: found.facts ?? [index] });
      },
      missing: (state, context) =>
        author
          .listOf(end(state, context), "end")
          .map((found) => ({ ...reportOf(found, invariant, state.time), isAbsence: true })),
      describe: (state, context) => {
        const said = end(state, context);
        const looked = state.looked + author.countOf(said, "end");
        const summary = said.summary ?? `${looked} looked at: ${invariant}`;
        return { looked, summary, ...(idle === undefined ? {} : { idle }) };
      },
    }),
  };
}

function reportOf(found: Found, invariant: string, time: number): Report {
  return { invariant, time, message: found.message, facts: found.facts ?? [] };
}

function contextOf(context: CheckerContext): RunContext {
  const { hosts, protocol, detectionTimeout, settleBound } = context;
  return Object.freeze({ hosts, protocol, detectionTimeout, settleBound });
}

/** Calls somebody's functions, and says in one line what is wrong with them, and where. */
class Author {
  readonly #name: string;
  readonly #root: string;
  /** Where `checker()` was called: of a mistake that no line of theirs stands for. */
  readonly #definedAt: string | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#root = process.cwd();
    const [line = ""] = callers();
    const at = new Error("defined");
    at.stack = `Error\n${line}`;
    this.#definedAt = placeOf(at, this.#root);
  }

  call<T>(where: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const isFrozen = error instanceof TypeError && /read only|not extensible/.test(message);
      const hint = isFrozen ? "; states and facts are frozen, return a new state" : "";
      throw this.#fault(placeOf(error, this.#root), `${where}: ${message.split("\n")[0]}${hint}`);
    }
  }

  /** Frozen: forks share it, and nobody changes it behind the frame's back. */
  kept<S>(state: S, where: string): S {
    const problem = freezePlain(state, "state");
    if (problem === undefined) return state;
    throw this.#fault(
      undefined,
      `${where}: ${problem}; state is plain data: numbers, texts, lists, records`,
    );
  }

  countOf({ looked = 0 }: AtEnd, where: string): number {
    if (Number.isSafeInteger(looked) && looked >= 0) return looked;
    throw this.#fault(undefined, `${where}: looked is ${String(looked)}; expected a whole number`);
  }

  listOf({ found }: AtEnd, where: string): readonly Found[] {
    if (found === undefined) return [];
    const list = typeof found === "string" ? [{ message: found }] : [found].flat();
    const isRight = list.every(
      (one) => typeof one?.message === "string" && (one.facts ?? []).every(Number.isSafeInteger),
    );
    if (isRight) return list as readonly Found[];
    throw this.#fault(undefined, `${where}: found: expected a sentence, or { message, facts }`);
  }

  #fault(place: string | undefined, message: string): Error {
    return new UsageError(`${place ?? this.#definedAt ?? "?"}: checker ${this.#name}: ${message}`);
  }
}
