// One run as the page drives it: opened from an address, advanced to moments, acted upon. The address
// always names what was done, so that the terminal can do it again (`ftsim replay`).

import { err, ok, type Result } from "../base/result.ts";
import { type VirtualTime, virtualTime } from "../base/time.ts";
import { type Act, type Intervention, isTimed } from "../faults/operator.ts";
import { knownProtocol } from "../protocols/registry.ts";
import {
  encodeAddress,
  interventionsProblem,
  parseAddress,
  type RunAddress,
} from "../testbed/run-address.ts";
import { actProblem } from "../testbed/acts.ts";
import { type BootCache, consoleOf, createWorld, judgeWorld } from "../testbed/run.ts";
import type { RuleChange } from "../testbed/rules.ts";
import type { Scenario } from "../testbed/scenario.ts";
import { parseScenario } from "../testbed/scenario-file.ts";
import { writtenOut } from "../testbed/swarm.ts";
import { clientNames, PAIR } from "../testbed/topology.ts";
import { changesOf } from "../testbed/variants.ts";
import type { World } from "../testbed/world.ts";
import type { CheckerView, ConsoleView, Ending, Update, WorldView } from "./messages.ts";
import { Observer } from "./observer.ts";

interface Plan {
  readonly engine: BootCache;
  readonly address: RunAddress;
  readonly scenario: Scenario;
  readonly changes: readonly RuleChange[];
}

/** Finds the text of a scenario by its name. */
export type ScenarioTexts = ReadonlyMap<string, string>;

export class Session {
  readonly #plan: Plan;
  #world: World;
  #observer: Observer;
  /** Everything up to here has happened. */
  #reached: VirtualTime;
  #violation: string;
  #digest: string | undefined;

  private constructor(plan: Plan, world: World) {
    this.#plan = plan;
    this.#world = world;
    this.#observer = new Observer(world);
    this.#reached = virtualTime(0);
    this.#violation = "";
    this.#digest = undefined;
  }

  static open(engine: BootCache, texts: ScenarioTexts, text: string): Result<Session> {
    const parsed = parseAddress(text);
    if (!parsed.ok) return parsed;
    const address = parsed.value;
    const { scenario: name, set, interventions } = address;
    const yaml = texts.get(name);
    if (yaml === undefined) return err(`no scenario ${name} on this page`);
    const written = writtenOut(yaml, address.seed);
    const scenario = parseScenario({ name, file: `${name}.yaml`, text: written }, set);
    if (!scenario.ok) return scenario;
    const problem = interventionsProblem(scenario.value, interventions);
    if (problem !== undefined) return err(problem);
    const changes = changesOf(address.without, address.bug);
    if (!changes.ok) return changes;
    const plan = { engine, address, scenario: scenario.value, changes: changes.value };
    const world = build(plan, interventions);
    return world.ok ? ok(new Session(plan, world.value)) : world;
  }

  get isOver(): boolean {
    return this.#world.isOver;
  }

  get address(): string {
    const { interventions } = this.#world.operator;
    return encodeAddress({ ...this.#plan.address, interventions, digest: this.#digest });
  }

  view(): WorldView {
    const { scenario, address } = this.#plan;
    return {
      address: this.address,
      name: scenario.name,
      title: scenario.title,
      about: scenario.about,
      seed: address.seed,
      hosts: PAIR,
      clients: clientNames(scenario),
      healsAt: scenario.workload.for,
    };
  }

  /** Says whether the moment was reached before the events were used up. */
  runTo(until: number, maxEvents: number): boolean {
    const isThere = this.#world.advanceTo(virtualTime(until), maxEvents);
    const isOver = this.#world.isOver;
    const { now } = this.#world.kernel;
    this.#reached = virtualTime(Math.max(this.#reached, isThere && !isOver ? until : now));
    if (isOver) this.#reached = now;
    return isThere;
  }

  /** One event, and the slices before it. */
  step(): void {
    const { kernel } = this.#world;
    const before = kernel.dispatched;
    while (!this.#world.isOver && kernel.dispatched === before) this.#world.advance(1);
    this.#reached = virtualTime(Math.max(this.#reached, kernel.now));
  }

  act(act: Act): Result<Intervention> {
    const problem = actProblem(this.#plan.scenario, act);
    if (problem !== undefined) return err(problem);
    if (this.#world.isOver) return err("the run is over");
    const { interventions } = this.#world.operator;
    const { dispatched } = this.#world.kernel;
    const past = interventions.filter((one) =>
      isTimed(one) ? one.at <= this.#reached : one.afterEvent <= dispatched,
    );
    // Whoever acts leaves the run that the address told: what was still to come is not done.
    if (past.length < interventions.length) this.#rebuild(past);
    this.#digest = undefined;
    return ok(this.#world.intervene(act, this.#reached));
  }

  take(): Update {
    return this.#observer.take(this.#reached, this.#violation);
  }

  /** Looks for violations among the facts so far: dear, so not after every chunk. */
  judge(): void {
    const finding = this.#world.judge
      .conclude()
      .findings.find(({ property }) => property === "safety");
    if (finding !== undefined)
      this.#violation = `${finding.cause.checker} (${finding.cause.invariant}): ${finding.cause.message}`;
  }

  consoles(): readonly ConsoleView[] {
    const { booted } = this.#world.spec;
    return this.#world.hosts.map((host) => ({
      node: host.name,
      lines: [
        ...linesOf([{ time: null, text: booted.console }]),
        ...linesOf(consoleOf(this.#world, host)),
      ],
    }));
  }

  /** Of a run that is over. */
  ending(): Ending {
    const result = judgeWorld(this.#world);
    const { conclusion } = result;
    this.#digest = result.digest;
    return {
      address: this.address,
      verdict: result.verdict,
      digest: result.digest,
      events: result.events,
      facts: result.facts.length,
      valid: conclusion.valid,
      judged: conclusion.valid + conclusion.invalid + conclusion.unknown,
      finding: conclusion.findings[0]?.cause,
      exhausted: result.exhausted ?? "",
      checkers: result.results.map(
        ({ checker, verdict, summary, isIdle, idle }): CheckerView => ({
          name: checker,
          verdict: isIdle === true ? "idle" : verdict,
          summary: idle ?? summary,
        }),
      ),
    };
  }

  release(): void {
    this.#world.release();
  }

  /** The same run up to this moment, without what was still to come. */
  #rebuild(interventions: readonly Intervention[]): void {
    const world = build(this.#plan, interventions);
    if (!world.ok) throw new Error(world.error);
    while (!world.value.advanceTo(this.#reached, 100_000));
    this.#world.release();
    this.#world = world.value;
    this.#observer = new Observer(this.#world);
  }
}

function build(plan: Plan, interventions: readonly Intervention[]): Result<World> {
  const { engine, address, scenario, changes } = plan;
  const { seed } = address;
  const known = knownProtocol(scenario.protocol.name);
  if (known === undefined) return err(`no protocol ${scenario.protocol.name}`);
  const { protocol } = known;
  return createWorld(engine, { scenario, seed, protocol, changes, interventions });
}

function linesOf(
  texts: readonly { readonly time: number | null; readonly text: string }[],
): ConsoleView["lines"] {
  const lines: { time: number | null; text: string }[] = [];
  let open = "";
  let time: number | null = null;
  for (const piece of texts) {
    open += piece.text;
    time = piece.time;
    const parts = open.split("\n");
    open = parts.pop() ?? "";
    for (const text of parts) lines.push({ time, text });
  }
  return open === "" ? lines : [...lines, { time, text: open }];
}
