// Leaves out of a drawn schedule what a run need not survive, one fault after the other, as the budget
// names them: the rule itself stands in one place (faults/budget.ts).

import { findBeyond } from "../fault-plan.ts";
import { scenarioSchema } from "../scenario.ts";

export function withinBudget(
  drawn: Readonly<Record<string, unknown>> & { readonly faults: readonly object[] },
): Readonly<Record<string, unknown>> {
  let faults = drawn.faults;
  for (;;) {
    // What does not fit the schema, or the file's own values, is told where scenarios are read.
    const parsed = scenarioSchema.safeParse({ ...drawn, faults });
    if (!parsed.success) return { ...drawn, faults };
    const beyond = findBeyond({ ...parsed.data, name: "swarm" });
    if (beyond === undefined) return { ...drawn, faults };
    faults = faults.filter((_, at) => at !== beyond.index);
  }
}
