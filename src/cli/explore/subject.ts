// What is searched, as the command line says it, and how one run of the tree is told to others.

import { Prng } from "../../base/prng.ts";
import { type Act, isTimed, showsPosition } from "../../faults/operator.ts";
import type { FaultKind } from "../../faults/fault.ts";
import { CRASH } from "../../faults/kinds/crash.ts";
import { FAULT_KINDS } from "../../faults/registry.ts";
import { actProblem } from "../../testbed/acts.ts";
import { encodeIntervention } from "../../testbed/run-address.ts";
import type { RunRequest } from "../../testbed/run.ts";
import type { Scenario } from "../../testbed/scenario.ts";
import { hostNames } from "../../testbed/topology.ts";
import { switches } from "../fuzz/subject.ts";
import { loadProtocol } from "../protocols.ts";
import { quote } from "../report-input.ts";
import { loadScenario } from "../scenarios.ts";
import { chooseSeed } from "../seed.ts";
import { interventionsOf } from "../stored-run.ts";
import { resolveVariants } from "../variants.ts";
import type { Extra } from "./exploration.ts";
import type { Recipe, SeededSubject } from "./task.ts";

export interface SubjectOptions {
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly protocol: string | undefined;
  /** What is done to the run that is forked, as for `ftsim run --do`. */
  readonly do: readonly string[];
}

export interface Chosen {
  readonly subject: SeededSubject;
  readonly scenario: Scenario;
  /** Of the run that is forked. */
  readonly recipe: Recipe;
}

/** What cannot be read is told before the first worker begins. */
export function chooseSubject(name: string, options: SubjectOptions): Chosen {
  const { set, without, bug, protocol } = options;
  const seed = chooseSeed(options.seed);
  const scenario = loadScenario(name, set, seed);
  resolveVariants(without, bug);
  const recipe = interventionsOf({ interventions: options.do }, scenario, "--do");
  return { subject: { scenario: name, set, without, bug, protocol, seed }, scenario, recipe };
}

export async function requestOf({ subject, scenario, recipe }: Chosen): Promise<RunRequest> {
  const { seed, without, bug } = subject;
  return {
    scenario,
    seed,
    protocol: await loadProtocol(subject.protocol ?? scenario.protocol.name),
    changes: resolveVariants(without, bug),
    interventions: recipe,
  };
}

/** The gap behind the last act that was done between events: forks leave there or later. */
export function lastGapOf(recipe: Recipe): number {
  return Math.max(1, ...recipe.map((one) => (isTimed(one) ? 1 : one.afterEvent)));
}

/** The run from scratch, to the same digest. */
export function commandOf(subject: SeededSubject, recipe: Recipe): string {
  const { scenario, seed, set } = subject;
  return [
    `npx ftsim run ${quote(scenario)} --seed ${seed}`,
    ...switches({ ...subject, set: set.map(quote) }),
    ...recipe.map((one) => `--do ${quote(encodeIntervention(one))}`),
  ].join(" ");
}

const LINK_TARGETS = ["log-link", "heartbeat-link", "h1-h2", "h1-storage", "h2-storage"];

/**
 * Every other fork is given a fault besides, of a kind that the scenario has and that can strike
 * between two events; a crash where there is none. Drawn from seed and label.
 */
export function extraFaults(scenario: Scenario, seed: string): Extra {
  const named = new Set(scenario.faults.flatMap((text) => Object.keys(text)));
  const possible = FAULT_KINDS.filter((kind) => !showsPosition(kind, "start"));
  const own = possible.filter(({ name }) => named.has(name));
  const targets = [...LINK_TARGETS, ...hostNames(scenario), "storage"];
  const actsOf = ({ name }: FaultKind): readonly Act[] =>
    targets
      .map((target): Act => ({ phase: "start", kind: name, target }))
      .filter((act) => actProblem(scenario, act) === undefined);
  const drawn = own.map(actsOf).filter(({ length }) => length > 0);
  const acts = drawn.length > 0 ? drawn : [actsOf(CRASH)];
  return (label) => {
    const prng = new Prng(`explore ${seed} ${label}`);
    if (prng.below(2) === 0) return [];
    return [prng.pick(prng.pick(acts))];
  };
}
