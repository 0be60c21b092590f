// One attempt of a shrink: a changed scenario is run until it shows the finding that is looked for, or
// cannot any more.

import type { Finding } from "../../history/verdict.ts";
import { createWorld, judgeWorld } from "../../testbed/run.ts";
import { parseScenario } from "../../testbed/scenario-file.ts";
import type { World } from "../../testbed/world.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { loadProtocol } from "../protocols.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";
import type { PlainScenario } from "./plain.ts";

/** What the attempts of one shrink have in common. */
export interface Setting {
  readonly name: string;
  readonly seed: string;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly protocol: string | undefined;
}

export interface AttemptTask {
  readonly setting: Setting;
  readonly scenario: PlainScenario;
  /** What is looked for; undefined: whatever there is, in a run to its end. */
  readonly target: Target | undefined;
  /** Run to its end, whatever comes: how it ends is told. */
  readonly isToEnd: boolean;
}

export interface Target {
  readonly invariant: string;
  readonly checker: string;
  /** Virtual ns: an attempt that came so far without it will not show it any more. */
  readonly by: number;
}

export interface Attempt {
  /** The finding; undefined: the scenario cannot be run, or does not show it. */
  readonly finding: Finding | undefined;
  readonly verdict: string;
  readonly digest: string;
  /** For each planned fault, how often it struck, and when it does; -1: when something happens. */
  readonly struck: readonly number[];
  readonly moments: readonly number[];
  readonly fired: number;
}

const engine = createEngine();
const CHUNK_EVENTS = 4_000;
const NOTHING = { finding: undefined, digest: "", struck: [], moments: [], fired: 0 };

export async function attempt(task: AttemptTask): Promise<Attempt> {
  const { setting, scenario, target } = task;
  const { name, seed } = setting;
  const source = { name, file: name, text: JSON.stringify(scenario) };
  const parsed = parseScenario(source, []);
  if (!parsed.ok) return { ...NOTHING, verdict: parsed.error };
  const created = createWorld(engine, {
    scenario: parsed.value,
    seed,
    protocol: await loadProtocol(setting.protocol ?? parsed.value.protocol.name),
    changes: resolveVariants(setting.without, setting.bug),
  });
  if (!created.ok) throw new UsageError(created.error);
  const world = created.value;
  try {
    return withDeterminismGuard(() =>
      task.isToEnd ? runToItsEnd(world, target) : runUntilFound(world, target),
    );
  } finally {
    world.release();
  }
}

function runToItsEnd(world: World, target: Target | undefined): Attempt {
  while (!world.isOver) world.advance(CHUNK_EVENTS);
  return attemptOf(world, findingOf(world, target));
}

function runUntilFound(world: World, target: Target | undefined): Attempt {
  if (target === undefined) return runToItsEnd(world, target);
  while (!world.isOver) {
    world.advance(CHUNK_EVENTS);
    const found = findingOf(world, target);
    if (found !== undefined) return attemptOf(world, found);
    if (world.kernel.now > target.by) break;
  }
  return attemptOf(world, findingOf(world, target));
}

/** Any finding of that invariant and checker, if it is the cause of the others or not. */
function findingOf(world: World, target: Target | undefined): Finding | undefined {
  const [group] = world.judge.conclude().findings;
  if (group === undefined || target === undefined) return group?.cause;
  return [group.cause, ...group.follows].find(
    ({ invariant, checker }) => invariant === target.invariant && checker === target.checker,
  );
}

function attemptOf(world: World, finding: Finding | undefined): Attempt {
  const { verdict, digest } = judgeWorld(world);
  const struck = world.nemesis.struck();
  return {
    finding,
    verdict,
    digest,
    struck,
    moments: world.nemesis.moments().map((moment) => moment ?? -1),
    fired: struck.reduce((sum, times) => sum + times, 0),
  };
}
