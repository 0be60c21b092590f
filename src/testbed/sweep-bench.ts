// Where the branches of a sweep are run: one world that goes from boundary to boundary, another that is
// put where it stands, is struck there, and runs to its end under all checkers, which go with the fork.
// With a second strike, that fork in its turn is the world from which others are forked.

import { Prng } from "../base/prng.ts";
import type { Duration, VirtualTime } from "../base/time.ts";
import { after } from "../base/time.ts";
import type { Intervention } from "../faults/operator.ts";
import { judgeWorld, type RunResult } from "./run.ts";
import { compareCounterfactual, type Killing, killingOf } from "./oracle/counterfactual.ts";
import { ForwardWorld } from "./forward-world.ts";
import {
  type BranchAnswer,
  type BranchPlace,
  type Circumstances,
  describeBranch,
  type StruckAt,
} from "./sweep-branch.ts";
import { losesItsHost, mayEndService, showsItsPosition, type Strike } from "./sweep-strikes.ts";
import { type Boundary, stepOf } from "./sweep-survey.ts";
import { worldHash } from "./world-hash.ts";
import type { World, WorldSnapshot } from "./world.ts";

/** Where time goes, in whatever unit the caller's clock has. */
export interface Spent {
  snapshot: number;
  restore: number;
  tail: number;
  judge: number;
}

export interface BenchOptions {
  readonly strikes: readonly Strike[];
  /** A second strike, at the boundaries that come within so long after the first. */
  readonly second?: SecondStrikes | undefined;
  /** A clock of the caller's: it is only reported. */
  readonly clock: () => number;
}

export interface SecondStrikes {
  readonly strikes: readonly Strike[];
  readonly within: Duration;
  /** Every gap, not only those beside something of interest. */
  readonly isEveryEvent: boolean;
  /** At most so many boundaries after each first strike, drawn; undefined: all. */
  readonly most: number | undefined;
}

/** A fork that was struck, and what is known of it. */
interface Struck {
  readonly world: World;
  readonly place: BranchPlace;
  readonly acts: readonly Intervention[];
  readonly struck: readonly Circumstances[];
  readonly killing: Killing | undefined;
}

/** Worlds that were seen already, by hash, of first strikes at one instant. */
type Seen = Map<string, BranchPlace>;

export class BranchBench {
  readonly spent: Spent;
  readonly #base: ForwardWorld;
  readonly #fork: World;
  readonly #make: (isExact: boolean) => World;
  readonly #options: BenchOptions;
  /** Where second strikes are tried; built when it is needed. */
  #deep: World | undefined;

  /** `make`: worlds of one request and runtime, exact ones where a strike shows a machine's position. */
  constructor(make: (isExact: boolean) => World, options: BenchOptions) {
    const { strikes, second } = options;
    const isSecondExact = second?.strikes.some(showsItsPosition) === true;
    this.#base = new ForwardWorld(make(isSecondExact || strikes.some(showsItsPosition)));
    this.#fork = make(isSecondExact);
    this.#make = make;
    this.#options = options;
    this.#deep = undefined;
    this.spent = { snapshot: 0, restore: 0, tail: 0, judge: 0 };
  }

  /** Boundaries of one instant, ascending; later calls must name later ones. */
  run(group: readonly Boundary[]): readonly BranchAnswer[] {
    const answers: BranchAnswer[] = [];
    const { strikes, second } = this.#options;
    // Hashing a world costs as much as a short run: only where two might be equal.
    const seen: Seen | undefined = group.length > 1 || second !== undefined ? new Map() : undefined;
    for (const boundary of group) {
      this.#base.goTo(boundary.afterEvent);
      const snapshot = this.#timed("snapshot", () => this.#base.snapshot());
      for (const strike of strikes.keys())
        answers.push(...this.#branch(boundary, strike, snapshot, seen));
      snapshot.release();
    }
    return answers;
  }

  release(): void {
    this.#base.release();
    this.#fork.release();
    this.#deep?.release();
  }

  #branch(
    { afterEvent, time }: Boundary,
    strike: number,
    snapshot: WorldSnapshot,
    seen: Seen | undefined,
  ): readonly BranchAnswer[] {
    const place = { first: { afterEvent, time, strike }, second: null };
    const struck = this.#strikeFirst(place, snapshot);
    if (struck === undefined) return [{ ...place, skipped: "off", equalTo: null }];
    const equalTo = seen && equalWorld(seen, struck);
    if (equalTo !== undefined) return [{ ...place, skipped: "equal", equalTo }];
    const { second } = this.#options;
    if (second === undefined || seen === undefined) return [this.#finish(struck)];
    return this.#secondBranches(place, snapshot, second, seen);
  }

  #strikeFirst(place: BranchPlace, snapshot: WorldSnapshot): Struck | undefined {
    const fork = this.#fork;
    this.#timed("restore", () => this.#base.fork(fork, snapshot));
    return strikeWorld({ world: fork, place, acts: [], struck: [] }, place.first, this.#options);
  }

  /** The fork is walked twice from the first strike on: to find its boundaries, and to stop at them. */
  #secondBranches(
    place: BranchPlace,
    snapshot: WorldSnapshot,
    second: SecondStrikes,
    seen: Seen,
  ): readonly BranchAnswer[] {
    const walked = this.#strikeFirst(place, snapshot);
    if (walked === undefined) return [];
    const gaps = drawn(gapsWithin(walked.world, second), second.most, place);
    const first = this.#strikeFirst(place, snapshot);
    if (first === undefined) return [];
    const answers: BranchAnswer[] = [];
    for (const { afterEvent, time } of gaps) {
      while (first.world.kernel.dispatched < afterEvent) first.world.advance(1);
      const here = this.#timed("snapshot", () => first.world.snapshot());
      for (const strike of second.strikes.keys())
        answers.push(this.#secondBranch(first, { afterEvent, time, strike }, here, seen));
      here.release();
    }
    return answers;
  }

  #secondBranch(first: Struck, at: StruckAt, snapshot: WorldSnapshot, seen: Seen): BranchAnswer {
    this.#deep ??= this.#make(false);
    const deep = this.#deep;
    this.#timed("restore", () => this.#base.fork(deep, snapshot));
    const place = { first: first.place.first, second: at };
    const { acts, struck } = first;
    const both = strikeWorld({ world: deep, place, acts, struck }, at, {
      strikes: this.#options.second?.strikes ?? [],
    });
    if (both === undefined) return { ...place, skipped: "off", equalTo: null };
    const equalTo = equalWorld(seen, both);
    if (equalTo !== undefined) return { ...place, skipped: "equal", equalTo };
    return this.#finish(both);
  }

  #finish(struck: Struck): BranchAnswer {
    const { world, killing } = struck;
    this.#timed("tail", () => {
      while (!world.isOver) world.advance(100_000);
    });
    const result = this.#timed("judge", () => judged(world, killing));
    return describeBranch({ ...struck, result });
  }

  #timed<T>(what: keyof Spent, act: () => T): T {
    const { clock } = this.#options;
    const started = clock();
    const value = act();
    this.spent[what] += clock() - started;
    return value;
  }
}

/** Undefined: the host that it is aimed at is off. */
function strikeWorld(
  before: Omit<Struck, "killing">,
  { strike: index }: StruckAt,
  { strikes }: Pick<BenchOptions, "strikes">,
): Struck | undefined {
  const { world } = before;
  const strike = strikes[index];
  if (strike === undefined) return undefined;
  const { kind, target } = strike.act;
  const node = world.roles.nodeOf(target);
  const host = world.hosts.find(({ name }) => name === node);
  if (host?.parts.host.status === "crashed" && kind !== "restart") return undefined;
  const circumstances: Circumstances = {
    facts: world.facts.history.length,
    lost: losesItsHost(strike) ? node : undefined,
    isLastHope: world.roles.isLastHope(node),
    mayEndService: mayEndService(strike),
  };
  // What a dead primary had let out is compared where nothing else struck.
  const isFirst = before.acts.length === 0;
  const killing = isFirst && kind === "crash" ? killingOf(world, node) : undefined;
  const acts = [...before.acts, ...world.strikeHere(strike.act, strike.lasts)];
  return { ...before, acts, struck: [...before.struck, circumstances], killing };
}

/** Two worlds can be one only when nothing of this instant is left to do in either. */
function equalWorld(seen: Seen, { world, place }: Struck): BranchPlace | undefined {
  while (!world.isOver && world.kernel.nextTime() === world.kernel.now) world.advance(1);
  const hash = `${place.second === null ? "first" : "second"} ${worldHash(world)}`;
  const known = seen.get(hash);
  if (known === undefined) seen.set(hash, place);
  return known;
}

interface Gap {
  readonly afterEvent: number;
  readonly time: VirtualTime;
}

/** From the first strike's own gap on. */
function gapsWithin(world: World, { within, isEveryEvent }: SecondStrikes): readonly Gap[] {
  const until = after(world.kernel.now, within);
  const gaps = new Map<number, VirtualTime>([[world.kernel.dispatched, world.kernel.now]]);
  while (!world.isOver && world.kernel.nextTime() <= until) {
    const step = stepOf(world, isEveryEvent);
    if (step === undefined || step.kinds.size === 0) continue;
    gaps.set(step.before, step.previous);
    gaps.set(world.kernel.dispatched, world.kernel.now);
  }
  return [...gaps].sort(([a], [b]) => a - b).map(([afterEvent, time]) => ({ afterEvent, time }));
}

/** The same ones whoever runs it: drawn by the first strike's place. */
function drawn(
  gaps: readonly Gap[],
  most: number | undefined,
  { first }: BranchPlace,
): readonly Gap[] {
  if (most === undefined || gaps.length <= most) return gaps;
  const prng = new Prng(`second strikes ${first.afterEvent} ${first.strike}`);
  const left = [...gaps];
  while (left.length > most) left.splice(prng.below(left.length), 1);
  return left;
}

function judged(world: World, killing: Killing | undefined): RunResult {
  if (killing !== undefined) world.facts.emit(compareCounterfactual(world, killing));
  return judgeWorld(world);
}
