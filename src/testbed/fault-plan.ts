// A scenario's faults to the nemesis's plan, with what a schema cannot say checked here: that the
// kind has what it needs, and that its target exists.

import { must } from "../base/assert.ts";
import { err, ok, type Result } from "../base/result.ts";
import { NO_TIME, type Duration, virtualTime } from "../base/time.ts";
import type { FaultKind } from "../faults/fault.ts";
import { FAULT_KINDS } from "../faults/registry.ts";
import { TRIGGER_EVENTS, type Trigger } from "../faults/trigger.ts";
import type { PlannedFault } from "../faults/nemesis.ts";
import { resolveLinks } from "../faults/link-names.ts";
import type { Scenario, ScenarioBody } from "./scenario.ts";
import { plannedLinks, PAIR } from "./topology.ts";

type FaultText = ScenarioBody["faults"][number];

export interface FaultProblem {
  readonly index: number;
  readonly message: string;
}

export function checkFaults(scenario: Scenario): Result<void, FaultProblem> {
  for (const [index, text] of scenario.faults.entries()) {
    const message = problemOf(scenario, text);
    if (message !== undefined) return err({ index, message });
  }
  return ok(undefined);
}

export function planFaults(scenario: Scenario): readonly PlannedFault[] {
  return scenario.faults.map((text) => {
    const kind = kindOf(text);
    return {
      fault: {
        kind: kind.name,
        target: targetOf(text, kind),
        lasts: text.for,
        percent: percentOf(text),
        chance: text.chance,
        by: text.by,
      },
      at: text.at === undefined ? undefined : virtualTime(text.at),
      trigger: text.when === undefined ? undefined : triggerOf(text.when),
      delay: (text.after ?? NO_TIME) as Duration,
    };
  });
}

function problemOf(scenario: Scenario, text: FaultText): string | undefined {
  const kind = kindOf(text);
  const target = targetOf(text, kind);
  for (const need of kind.needs) {
    const has = need === "percent" ? percentOf(text) : need === "chance" ? text.chance : text.by;
    if (has === undefined) return `${kind.name} needs \`${need === "percent" ? "to" : need}\``;
  }
  if (!kind.canEnd && text.for !== undefined)
    return `${kind.name} has no end: \`for\` says nothing`;
  if (text.after !== undefined && text.when === undefined) return "`after` belongs to `when`";
  return targetProblem(scenario, kind, target);
}

/** What is wrong with a fault's target; undefined when there is such a thing. */
export function targetProblem(
  scenario: Scenario,
  kind: FaultKind,
  target: string,
): string | undefined {
  if (kind.aim === "node" && !isNode(target))
    return `${kind.name}: no node ${target}; expected ${[...ROLES.keys(), ...PAIR].join(", ")}`;
  if (kind.aim === "links" && aimedLinks(scenario, target).length === 0)
    return `${kind.name}: no link ${target}; expected e.g. log-link, h1-h2, primary-storage, log:h1>h2`;
  return undefined;
}

const ROLES: ReadonlyMap<string, string> = new Map([
  ["primary", PAIR[0]],
  ["backup", PAIR[1]],
]);

function isNode(target: string): boolean {
  return ROLES.has(target) || PAIR.some((node) => node === target);
}

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

function percentOf(text: FaultText): number | undefined {
  return typeof text.to === "string" ? Number.parseInt(text.to, 10) : text.to;
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
