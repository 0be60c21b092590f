// A run that stands still: to be looked at, acted upon, forked, and finished. Forks share memory by page
// and nothing else; each goes on as the run itself would have.

import { setImmediate as nextTurn } from "node:timers/promises";
import { withDeterminismGuard } from "../cli/determinism-guard.ts";
import { isUserProtocol } from "../cli/protocols.ts";
import { differenceWhenForked } from "../cli/run-again.ts";
import { NotDeterministic, UsageError } from "../cli/usage-error.ts";
import { explainUserError } from "../cli/user-module.ts";
import { EXIT_NOT_DETERMINISTIC } from "../cli/exit-codes.ts";
import type { Act } from "../faults/operator.ts";
import { ProtocolMistake } from "../ft/protocol-mistake.ts";
import type { Fact } from "../history/fact.ts";
import { UserProtocolError } from "../protocols/user-protocol.ts";
import { actProblem } from "../testbed/acts.ts";
import { createWorld, judgeWorld } from "../testbed/run.ts";
import { parseDuration } from "../testbed/units.ts";
import type { World } from "../testbed/world.ts";
import { type VirtualTime, virtualTime } from "../base/time.ts";
import { placeOf } from "./place.ts";
import { type Finished, resultOf, type RunResult } from "./result.ts";
import type { Subject } from "./subject.ts";

/**
 * Where a run pauses: a virtual time ("1.2s": everything up to and including that moment has happened),
 * a number of events dispatched, or the event after which this is true of a fact.
 */
export type Until = string | number | ((fact: Fact, index: number) => boolean);

/** `to`, `chance`, `stability`, `by`, `ppm`, `times`, `onto`: as `ftsim list faults` has them. */
export type Figures = Readonly<Record<string, string | number>>;

export interface PausedRun {
  /** Virtual time, ns. */
  readonly now: number;
  /** Events dispatched so far. */
  readonly events: number;
  /** The run ended before there was anything to pause at. */
  readonly isOver: boolean;
  /** Of what happened so far. */
  readonly digest: string;
  /** What happened so far. */
  readonly facts: readonly Fact[];
  /**
   * A fault begins, strictly after all that was executed: `act("crash", "h1")`. Roles and links have
   * names, too: "primary", "log-link". `figures` say how strongly, as a scenario does: `{ to: "5%" }`.
   *
   * @throws UsageError for a fault or a target that there is not, and when the run is over.
   */
  act(fault: string, target: string, figures?: Figures): this;
  /** The same fault ends: `end("cut", "log-link")`. */
  end(fault: string, target: string): this;
  /** Goes on to there. */
  resume(until: Until): Promise<this>;
  /** Another run with the same past; what happens to one is not seen by the other. */
  fork(): PausedRun;
  /** Goes on to the end and is judged; cannot be used afterwards. */
  finish(): Promise<RunResult>;
  /** Gives its memory back without an end. */
  release(): void;
}

const CHUNK_EVENTS = 5_000;

export class Run implements PausedRun {
  readonly #subject: Subject;
  readonly #started: number;
  /** Undefined: finished, or released. */
  #world: World | undefined;
  /** Nothing happens any more before this moment: acts do not, either. */
  #reached: number;

  private constructor(subject: Subject, world: World, reached: number) {
    this.#subject = subject;
    this.#world = world;
    this.#reached = reached;
    this.#started = performance.now();
  }

  static begin(subject: Subject): Run {
    return new Run(subject, startedWorld(subject), 0);
  }

  get now(): number {
    return Math.max(this.#live.kernel.now, this.#reached);
  }

  get events(): number {
    return this.#live.kernel.dispatched;
  }

  get isOver(): boolean {
    return this.#live.isOver;
  }

  get digest(): string {
    return this.#live.digest();
  }

  get facts(): readonly Fact[] {
    return this.#live.facts.history.facts().slice();
  }

  act(fault: string, target: string, figures: Figures = {}): this {
    const list = Object.entries(figures).map(([key, value]) => `${key}=${value}`);
    return this.#intervene({ phase: "start", kind: fault, target, figures: list });
  }

  end(fault: string, target: string): this {
    return this.#intervene({ phase: "end", kind: fault, target });
  }

  async resume(until: Until): Promise<this> {
    const world = this.#live;
    if (typeof until === "string") {
      const time = this.#timeOf(until);
      await this.#advance(world, (events) => world.advanceTo(time, events));
      if (!world.isOver) this.#reached = time;
    } else if (typeof until === "number") await this.#advance(world, stopAtEvent(world, until));
    else await this.#advance(world, stopAtFact(world, until));
    return this;
  }

  fork(): Run {
    const world = this.#live;
    if (world.isOver) throw new UsageError("fork: the run is over");
    const other = startedWorld(this.#subject);
    const snapshot = world.snapshot();
    other.restore(snapshot);
    snapshot.release();
    return new Run(this.#subject, other, this.#reached);
  }

  async finish(): Promise<RunResult> {
    return (await this.conclude()).result;
  }

  async conclude(): Promise<Finished> {
    const world = this.#live;
    const subject = this.#subject;
    await this.#advance(world, (events) => {
      world.advance(events);
      return world.isOver;
    });
    const judged = withDeterminismGuard(() => judgeWorld(world));
    const { interventions } = world.operator;
    this.release();
    if (isUserProtocol(judged.protocol)) {
      const request = { ...subject.request, interventions };
      const difference = differenceWhenForked(subject.engine, request, judged);
      if (difference !== undefined)
        throw new NotDeterministic(`${judged.protocol}: not deterministic: ${difference}`);
    }
    const seconds = (performance.now() - this.#started) / 1_000;
    return resultOf(subject, judged, seconds, interventions);
  }

  release(): void {
    this.#world?.release();
    this.#world = undefined;
  }

  get #live(): World {
    if (this.#world === undefined) throw new UsageError("this run was finished, or released");
    return this.#world;
  }

  #intervene(act: Act): this {
    const world = this.#live;
    const problem = world.isOver
      ? "the run is over"
      : actProblem(this.#subject.request.scenario, act);
    if (problem !== undefined) throw new UsageError(`${act.kind} ${act.target}: ${problem}`);
    world.intervene(act, virtualTime(this.now));
    return this;
  }

  #timeOf(text: string): VirtualTime {
    const parsed = parseDuration(text);
    if (!parsed.ok) throw new UsageError(`until: ${parsed.error}`);
    if (parsed.value < this.now)
      throw new UsageError(`until ${text}: it is ${this.now / 1e9} s already`);
    return virtualTime(parsed.value);
  }

  /** In chunks, with the host closed to the simulated zone, and back to Node's loop in between. */
  async #advance(world: World, goOn: (events: number) => boolean): Promise<void> {
    const { signal } = this.#subject;
    try {
      for (let isThere = false; !isThere && !world.isOver; ) {
        signal?.throwIfAborted();
        isThere = withDeterminismGuard(() => goOn(CHUNK_EVENTS));
        await nextTurn();
      }
    } catch (error) {
      this.release();
      throw told(error);
    }
  }
}

function startedWorld({ engine, request }: Subject): World {
  try {
    const created = createWorld(engine, request);
    if (created.ok) return created.value;
    throw new UsageError(created.error);
  } catch (error) {
    throw told(error);
  }
}

/** Advances by at most so many events; says whether it is there. */
function stopAtEvent(world: World, until: number): (events: number) => boolean {
  const left = (): number => until - world.kernel.dispatched;
  if (!Number.isSafeInteger(until) || left() < 0)
    throw new UsageError(
      `until ${until}: expected a whole number of events, at least ${world.kernel.dispatched}`,
    );
  return (events) => {
    world.advance(Math.min(events, left()));
    return left() <= 0;
  };
}

/** Of the facts that come from now on; judged between events, where nothing is half done. */
function stopAtFact(
  world: World,
  isIt: (fact: Fact, index: number) => boolean,
): (events: number) => boolean {
  let next = world.facts.history.length;
  const root = process.cwd();
  return (events) => {
    for (let left = events; left > 0 && !world.isOver; left--) {
      world.advance(1);
      const facts = world.facts.history.facts();
      for (; next < facts.length; next++) {
        const index = next;
        if (asked(() => isIt(facts[index] as Fact, index), root)) {
          next = facts.length;
          return true;
        }
      }
    }
    return false;
  };
}

function asked(isIt: () => boolean, root: string): boolean {
  try {
    return isIt();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${placeOf(error, root) ?? "until"}: ${message}`);
  }
}

/** What the author of a protocol did wrong, in one line with its place. */
function told(error: unknown): unknown {
  if (error instanceof UserProtocolError) {
    const { message, exitCode } = explainUserError(error);
    return exitCode === EXIT_NOT_DETERMINISTIC
      ? new NotDeterministic(message)
      : new UsageError(message);
  }
  if (error instanceof ProtocolMistake)
    return new UsageError(`the protocol asked for what cannot be done: ${error.message}`);
  return error;
}
