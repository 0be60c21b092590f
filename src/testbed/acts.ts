// An act that is done by hand, as a scenario's fault would say it: the same words, the same checks.

import { must } from "../base/assert.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Fault } from "../faults/fault.ts";
import type { Act } from "../faults/operator.ts";
import { FAULT_KINDS } from "../faults/registry.ts";
import { faultOf, type FaultText, problemOf, targetProblem } from "./fault-plan.ts";
import { faultSchema, type Scenario } from "./scenario.ts";

/** What a figure may be; its value is written as in a scenario. */
const FIGURES = ["to", "chance", "stability", "by", "ppm", "times", "onto"] as const;
const NUMBERS: readonly string[] = ["ppm", "times"];

/** What is wrong with an act on this scenario's world; undefined when it can be done. */
export function actProblem(scenario: Scenario, act: Act): string | undefined {
  const kind = FAULT_KINDS.find(({ name }) => name === act.kind);
  if (kind === undefined) return `no fault ${act.kind}`;
  if (act.phase === "end")
    return kind.canEnd ? targetProblem(scenario, kind, act.target) : `${kind.name} has no end`;
  const text = textOf(act);
  return text.ok ? problemOf(scenario, text.value) : text.error;
}

/** Of an act that has no problem. */
export function faultOfAct(act: Act): Fault {
  const text = textOf(act);
  return faultOf(must(text.ok ? text.value : undefined, `${act.kind} with its figures`));
}

function textOf({ kind, target, figures = [] }: Act): Result<FaultText> {
  const said: Record<string, unknown> = { at: "0s", [kind]: target };
  for (const figure of figures) {
    const equals = figure.indexOf("=");
    const key = figure.slice(0, Math.max(0, equals));
    const value = figure.slice(equals + 1);
    if (!FIGURES.some((name) => name === key) || key in said)
      return err(`${figure}: expected each of ${FIGURES.join(", ")} at most once, e.g. to=5%`);
    said[key] = NUMBERS.includes(key) ? Number(value) : value;
  }
  const parsed = faultSchema.safeParse(said);
  if (parsed.success) return ok(parsed.data);
  const issue = must(parsed.error.issues[0], "what is wrong");
  return err(`${kind} ${figures.join(" ")}: ${issue.path.join(".")}: ${issue.message}`);
}
