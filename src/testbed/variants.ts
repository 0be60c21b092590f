// Variants by name, for those who may not look into variants/.

import { err, ok, type Result } from "../base/result.ts";
import type { RuleChange } from "./rules.ts";
import { PLANTED_BUGS } from "./variants/bugs.ts";
import { PROTECTIONS } from "./variants/protections.ts";

export function protectionNames(): readonly string[] {
  return PROTECTIONS.map(({ name }) => name);
}

/** What `--without` and `--bug` of the command line mean. */
export function changesOf(
  without: readonly string[],
  bugs: readonly string[],
): Result<readonly RuleChange[]> {
  const changes: RuleChange[] = [];
  for (const name of without) {
    const found = PROTECTIONS.find((protection) => protection.name === name);
    if (found === undefined) return err(`no rule ${name}`);
    changes.push(found.off);
  }
  for (const name of bugs) {
    const found = PLANTED_BUGS.find((bug) => bug.name === name || bug.id === name);
    if (found === undefined) return err(`no planted bug ${name}`);
    changes.push(...found.changes);
  }
  return ok(changes);
}
