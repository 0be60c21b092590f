// A scenario's faults to the nemesis's plan, with what a schema cannot say checked here: that the
// kind has what it needs, and that its target exists.

import { must } from "../base/assert.ts";
import { err, ok, type Result } from "../base/result.ts";
import { NO_TIME, type Duration, type VirtualTime, virtualTime } from "../base/time.ts";
import { type BudgetRule, findBeyondBudget } from "../faults/budget.ts";
import { type Fault, type FaultKind, SPARE, type Strength } from "../faults/fault.ts";
import { FAULT_KINDS } from "../faults/registry.ts";
import { TRIGGER_EVENTS, type Trigger } from "../faults/trigger.ts";
import type { PlannedFault } from "../faults/nemesis.ts";
import { resolveLinks } from "../faults/link-names.ts";
import type { Scenario, ScenarioBody } from "./scenario.ts";
import { areDisksSeparate, hostNames, isReprotecting, plannedLinks, PAIR } from "./topology.ts";
import { STORAGE, WIRE_HEARTBEAT, WIRE_LOG } from "./wires.ts";

export type FaultText = ScenarioBody["faults"][number];

export interface FaultProblem {
  readonly index: number;
  readonly message: string;
}

export function checkFaults(scenario: Scenario): Result<void, FaultProblem> {
  for (const [index, text] of scenario.faults.entries()) {
    const message = problemOf(scenario, text);
    if (message !== undefined) return err({ index, message });
  }
  const beyond = findBeyond(scenario);
  return beyond === undefined ? ok(undefined) : err(beyond);
}

/** The first fault that the run need not survive, where it has to be survived. */
export function findBeyond(scenario: Scenario): FaultProblem | undefined {
  return budgetOf(scenario) === "survivable" ? beyondBudget(scenario) : undefined;
}

/** What is expected to be valid has to be survived, unless the scenario says otherwise. */
export function budgetOf(scenario: Scenario): BudgetRule {
  return scenario.budget ?? (scenario.expect === "valid" ? "survivable" : "unbounded");
}

/** `draw` gives a moment from least to most, both included, where a scenario leaves it to the seed. */
export function planFaults(
  scenario: Scenario,
  draw: (least: number, most: number) => number,
): readonly PlannedFault[] {
  const momentOf = (at: FaultText["at"]): VirtualTime | undefined => {
    if (at === undefined) return undefined;
    return virtualTime(Array.isArray(at) ? draw(at[0], at[1]) : at);
  };
  return scenario.faults.map((text) => ({
    fault: faultOf(text),
    at: momentOf(text.at),
    trigger: text.when === undefined ? undefined : triggerOf(text.when),
    delay: (text.after ?? NO_TIME) as Duration,
  }));
}

export function faultOf(text: FaultText): Fault {
  const kind = kindOf(text);
  return {
    kind: kind.name,
    target: targetOf(text, kind),
    lasts: text.for,
    chance: text.chance && { ...text.chance, stability: text.stability },
    ...strengthsOf(text),
  };
}

function strengthsOf({ to, by, ppm, times, onto }: FaultText): {
  readonly [S in Exclude<Strength, "chance">]: FaultStrength<S>;
} {
  return {
    percent: to !== undefined && "percent" in to ? to.percent : undefined,
    bandwidth: to !== undefined && "bandwidth" in to ? to.bandwidth : undefined,
    by,
    ppm,
    times,
    onto,
  };
}

type FaultStrength<S extends Strength> = PlannedFault["fault"][S];

function beyondBudget(scenario: Scenario): FaultProblem | undefined {
  const { "heartbeat-timeout": heartbeat, "log-timeout": log } = scenario.protocol;
  const wires = plannedLinks(scenario).filter(
    ({ wire }) => wire === WIRE_LOG || wire === WIRE_HEARTBEAT,
  );
  const between = new Set(wires.map(({ name }) => name));
  // A moment that is left to the seed is judged as its earliest.
  return findBeyondBudget(
    planFaults(scenario, (least) => least),
    {
      detection: heartbeat < log ? heartbeat : log,
      isReplaced: isReprotecting(scenario) && scenario.protocol.arbiter !== "majority",
      isFirstPrimary: (target) => (ROLES.get(target) ?? target) === PAIR[0],
      isBetweenHosts: (target) => aimedLinks(scenario, target).some((name) => between.has(name)),
    },
  );
}

export function problemOf(scenario: Scenario, text: FaultText): string | undefined {
  const kind = kindOf(text);
  const target = targetOf(text, kind);
  const strength = problemOfStrength(kind, text);
  if (strength !== undefined) return strength;
  if (!kind.canEnd && text.for !== undefined)
    return `${kind.name} has no end: \`for\` says nothing`;
  if (text.after !== undefined && text.when === undefined) return "`after` belongs to `when`";
  const hosts = hostNames(scenario);
  if (text.onto !== undefined && text.onto !== SPARE && !hosts.includes(text.onto))
    return `onto: no host ${text.onto}; expected ${[...hosts, SPARE].join(", ")}`;
  if (kind.bite === "cache-lost" && scenario.topology.storage.cache === "none")
    return `${kind.name} needs \`topology.storage.cache: volatile\``;
  if (kind.bite === "command-delayed" && areDisksSeparate(scenario))
    return `${kind.name} needs \`topology.disks: shared\`: a host's own disk has no fabric before it`;
  return targetProblem(scenario, kind, target);
}

/** What is wrong with a fault's target; undefined when there is such a thing. */
export function targetProblem(
  scenario: Scenario,
  kind: FaultKind,
  target: string,
): string | undefined {
  const isStorage = target === STORAGE && kind.aim !== "node";
  if (kind.aim === "links")
    return aimedLinks(scenario, target).length > 0
      ? undefined
      : `${kind.name}: no link ${target}; expected e.g. log-link, h1-h2, primary-storage, h1-all, log:h1>h2`;
  const hosts = hostNames(scenario);
  const isNode = ROLES.has(target) || hosts.includes(target);
  if (kind.aim === "storage" ? isStorage : isStorage || isNode) return undefined;
  const expected = kind.aim === "storage" ? [] : [...ROLES.keys(), ...hosts];
  const names = [...expected, ...(kind.aim === "node" ? [] : [STORAGE])];
  return `${kind.name}: no ${kind.aim === "storage" ? "storage" : "node"} ${target}; expected ${names.join(", ")}`;
}

/** How a scenario says it; a sweep that is told no figure strikes with these. */
export const STRENGTH_EXAMPLES: ReadonlyMap<Strength, string> = new Map([
  ["percent", "to: 5%"],
  ["bandwidth", "to: 1Mb/s"],
  ["chance", "chance: 5%"],
  ["by", "by: 20ms"],
  ["ppm", "ppm: 500"],
  ["times", "times: 10"],
  ["onto", "onto: h3"],
]);

function problemOfStrength(kind: FaultKind, text: FaultText): string | undefined {
  const given: Readonly<Record<Strength, unknown>> = { ...strengthsOf(text), chance: text.chance };
  for (const [strength, key] of STRENGTH_EXAMPLES) {
    const isNeeded = kind.needs.includes(strength);
    const isTaken = isNeeded || kind.takes?.includes(strength) === true;
    if (isNeeded && given[strength] === undefined) return `${kind.name} needs \`${key}\``;
    if (!isTaken && given[strength] !== undefined)
      return `${kind.name} takes no \`${key.split(":")[0] ?? key}\``;
  }
  if (text.stability !== undefined && text.chance === undefined)
    return "`stability` belongs to `chance`";
  const isClock = kind.name.startsWith("clock-");
  if (text.by !== undefined && text.by < 0 && !isClock) return "`by`: only a clock can be early";
  return undefined;
}

const ROLES: ReadonlyMap<string, string> = new Map([
  ["primary", PAIR[0]],
  ["backup", PAIR[1]],
]);

function aimedLinks(scenario: Scenario, target: string): readonly string[] {
  return resolveLinks(target, plannedLinks(scenario), (node) => ROLES.get(node) ?? node);
}

function kindOf(text: FaultText): FaultKind {
  return must(
    FAULT_KINDS.find((kind) => (text as Record<string, unknown>)[kind.name] !== undefined),
    "fault kind",
  );
}

function targetOf(text: FaultText, kind: FaultKind): string {
  return String((text as Record<string, unknown>)[kind.name]);
}

function triggerOf(when: NonNullable<FaultText["when"]>): Trigger {
  const values = when as Record<string, unknown>;
  const event = must(
    TRIGGER_EVENTS.find((candidate) => values[candidate] !== undefined),
    "trigger event",
  );
  const of = String(values[event]);
  return {
    event,
    of: of === "any" ? "" : of,
    by: when.by ?? "",
    nth: when.nth,
    from: virtualTime(when.from ?? 0),
  };
}
