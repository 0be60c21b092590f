// One run: build the world, advance it in chunks until it is over, judge it. The command line calls
// `advance` and returns to its own loop between chunks; how a run is cut never changes it.

import { utf8Decode } from "../base/bytes.ts";
import type { Protocol } from "../ft/protocol.ts";
import type { Intervention } from "../faults/operator.ts";
import type { CheckerKind } from "../checkers/checker.ts";
import { conclude, type Conclusion } from "../checkers/composite.ts";
import type { Fact } from "../history/fact.ts";
import type { CheckerResult, Verdict } from "../history/verdict.ts";
import { err, ok, type Result } from "../base/result.ts";
import { PoolExhausted, type VmRuntime } from "../vm/runtime.ts";
import { type BootedGuest, bootGuest, type BootOptions, type GuestImage } from "./boot.ts";
import { bootKey, type BootStore, decodeBoot, encodeBoot } from "./boot-image.ts";
import { areDisksSeparate, isReprotecting } from "./topology.ts";
import { PAPER_RULES, type RuleChange, type Rules, withChanges } from "./rules.ts";
import type { FtHost } from "./ft-host.ts";
import type { Scenario } from "./scenario.ts";
import { SCRIPTED_GUESTS } from "./scripted/guests.ts";
import { World } from "./world.ts";
import { DEFAULT_EXECUTION, type Execution } from "./world-spec.ts";

/** Everything that decides a run, and two knobs that do not (execution). */
export interface RunRequest {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly protocol: Protocol;
  readonly changes: readonly RuleChange[];
  /** What a person did to it: what has a gap in the order of events, what has a moment in that of time. */
  readonly interventions?: readonly Intervention[];
  /** Somebody's own, beside those of the registry: they judge the run and are no part of it. */
  readonly checkers?: readonly CheckerKind[];
  readonly execution?: Execution;
  /** Somebody who watches the rules being asked: gives what the world asks, with the same values. */
  readonly watchRules?: (rules: Rules) => Rules;
}

export interface RunResult {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly conclusion: Conclusion;
  readonly results: readonly CheckerResult[];
  readonly facts: readonly Fact[];
  readonly digest: string;
  /** Events dispatched; virtual ns at the end. */
  readonly events: number;
  readonly endTime: number;
  readonly guestDigest: string;
  readonly guestName: string;
  /** Guest steps executed by each host's machine. */
  readonly steps: ReadonlyMap<string, number>;
  /** What the guest printed, as each host's machine printed it; the boot's text stands before. */
  readonly consoles: ReadonlyMap<string, readonly ConsoleText[]>;
  readonly bootConsole: string;
  readonly protocol: string;
  /** How often each planned fault really struck, in the scenario's order. */
  readonly struck: readonly number[];
  readonly marks: ReadonlyMap<string, number>;
  /** Why the run was given up before its end; then the verdict is unknown. */
  readonly exhausted: string | undefined;
}

/** What a machine printed at one moment. */
export interface ConsoleText {
  readonly time: number;
  readonly text: string;
}

/**
 * Guests booted once and kept for all runs of one runtime (D9); those that take long, in a store for
 * other processes too. A stored image that cannot be read is booted again.
 */
export class BootCache {
  readonly #runtime: VmRuntime;
  readonly #images: ReadonlyMap<string, GuestImage>;
  readonly #store: BootStore | undefined;
  readonly #booted: Map<string, BootedGuest>;

  constructor(runtime: VmRuntime, images: ReadonlyMap<string, GuestImage>, store?: BootStore) {
    this.#runtime = runtime;
    this.#images = images;
    this.#store = store;
    this.#booted = new Map();
  }

  get runtime(): VmRuntime {
    return this.#runtime;
  }

  boot(
    name: string,
    diskSectors: number,
    rules: ReturnType<typeof withChanges>["vm"],
  ): Result<BootedGuest> {
    const key = `${name} ${diskSectors} ${JSON.stringify(rules)}`;
    const known = this.#booted.get(key);
    if (known !== undefined) return ok(known);
    const image = SCRIPTED_GUESTS.get(name) ?? this.#images.get(name);
    if (image === undefined)
      return err(
        `no guest ${name}; expected one of ${[...this.#images.keys(), ...SCRIPTED_GUESTS.keys()].join(", ")}`,
      );
    const options = { diskSectors, rules };
    const booted =
      image.program.kind === "linux"
        ? this.#bootOnce(image, options)
        : bootGuest(this.#runtime, image, options);
    if (booted.ok) this.#booted.set(key, booted.value);
    return booted;
  }

  #bootOnce(image: GuestImage, options: BootOptions): Result<BootedGuest> {
    const key = bootKey(image, options);
    if (!key.ok) return key;
    const stored = this.#store?.find(key.value);
    if (stored !== undefined) {
      const decoded = decodeBoot(this.#runtime, image, options, stored);
      if (decoded.ok) return decoded;
    }
    const booted = bootGuest(this.#runtime, image, options);
    if (booted.ok) this.#store?.keep(key.value, encodeBoot(booted.value));
    return booted;
  }
}

/** An error is a person's to mend: a guest that is not there, or a page pool too small to begin. */
export function createWorld(cache: BootCache, request: RunRequest): Result<World> {
  try {
    return startWorld(cache, request);
  } catch (error) {
    if (error instanceof PoolExhausted) return err(error.message);
    throw error;
  }
}

/** What a protocol cannot do that the scenario asks for; undefined: nothing. */
export function protocolProblem(
  { name, copies, ownDisks }: Protocol,
  scenario: Scenario,
): string | undefined {
  if (copies !== true && isReprotecting(scenario))
    return `protocol ${name} knows a pair only: expected topology.hosts: 2, protocol.start: pair and no protocol.re-protect: on`;
  if (ownDisks !== true && areDisksSeparate(scenario))
    return `protocol ${name} knows a shared disk only: expected topology.disks: shared`;
  return undefined;
}

function startWorld(cache: BootCache, request: RunRequest): Result<World> {
  const { scenario, seed, protocol, changes, watchRules } = request;
  const problem = protocolProblem(protocol, scenario);
  if (problem !== undefined) return err(problem);
  const resolved = withChanges(PAPER_RULES, changes);
  const rules = watchRules?.(resolved) ?? resolved;
  // A copy: what is booted is kept for other runs, and nobody watches those through this one's rules.
  const booted = cache.boot(scenario.guest, scenario.topology.storage.disk / 512, { ...rules.vm });
  if (!booted.ok) return booted;
  const world = new World({
    scenario,
    seed,
    rules,
    protocol,
    execution: request.execution ?? DEFAULT_EXECUTION,
    interventions: request.interventions ?? [],
    checkers: request.checkers ?? [],
    runtime: cache.runtime,
    booted: booted.value,
  });
  world.start();
  return ok(world);
}

/** Advances a world to its end and judges it; the world's machines are given back. */
export function runToEnd(world: World, chunk: number = 100_000): RunResult {
  while (!world.isOver) world.advance(chunk);
  const result = judgeWorld(world);
  world.release();
  return result;
}

export function judgeWorld(world: World): RunResult {
  const { spec } = world;
  const results = world.judge.results();
  const conclusion = conclude(results);
  return {
    scenario: spec.scenario,
    seed: spec.seed,
    verdict: world.exhausted === undefined ? conclusion.verdict : "unknown",
    conclusion,
    results,
    facts: world.facts.history.facts(),
    digest: world.digest(),
    events: world.kernel.dispatched,
    endTime: world.kernel.now,
    guestDigest: spec.booted.digest,
    guestName: spec.booted.guest.name,
    steps: new Map(
      world.hosts.map(({ name, parts }) => [name, parts.runner.count - spec.booted.count]),
    ),
    consoles: new Map(world.hosts.map((host) => [host.name, consoleOf(world, host)])),
    bootConsole: spec.booted.console,
    protocol: spec.protocol.name,
    struck: world.nemesis.struck(),
    marks: world.marks,
    exhausted: world.exhausted,
  };
}

/** Times come from the facts, bytes from the machine's flight recorder; ordinals join them. */
export function consoleOf(world: World, host: FtHost): readonly ConsoleText[] {
  const times = new Map<number, number>();
  for (const fact of world.facts.history.facts())
    if (fact.kind === "output" && fact.node === host.name && fact.outputClass === "console")
      times.set(fact.ordinal, fact.time);
  const texts: ConsoleText[] = [];
  let ordinal = 0;
  for (const { crossing } of host.parts.runner.record.crossings()) {
    if (crossing.kind !== "output") continue;
    for (const output of crossing.outputs) {
      const time = times.get(ordinal++);
      if (output.class === "console" && time !== undefined)
        texts.push({ time, text: utf8Decode(output.bytes) });
    }
  }
  return texts;
}
