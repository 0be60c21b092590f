// Which finding a failing run shows: the invariant, the checker, and in what role the node was that
// broke it. Never a time, a value or a name of a host, so that two seeds with one cause have one
// fingerprint.

import type { Fact } from "../../history/fact.ts";
import type { RunResult } from "../../testbed/run.ts";

export function fingerprintOf(result: RunResult): string {
  const [finding] = result.conclusion.findings;
  if (finding !== undefined) {
    const { invariant, checker, facts } = finding.cause;
    const role = roleAt(result.facts, facts.at(-1) ?? -1);
    return [invariant, checker, role].filter((part) => part !== "").join(" ");
  }
  if (result.exhausted !== undefined) return `unknown ${withoutValues(result.exhausted)}`;
  const undecided = result.results.filter(({ verdict }) => verdict === "unknown");
  if (undecided.length > 0) return `unknown ${undecided.map(({ checker }) => checker).join(", ")}`;
  return "ended otherwise than expected";
}

/** The role that the node of this fact had, as it said itself; "" where no node or no role is. */
function roleAt(facts: readonly Fact[], index: number): string {
  const culprit = facts[index];
  if (culprit === undefined || !("node" in culprit)) return "";
  for (let at = index; at >= 0; at--) {
    const fact = facts[at];
    if (fact?.kind === "role" && fact.node === culprit.node) return fact.role;
  }
  return "";
}

function withoutValues(text: string): string {
  return text.replace(/\d[\d.,]*/g, "#");
}
