// `--without NAME` and `--bug NAME` to changes of rules.

import type { RuleChange } from "../testbed/rules.ts";
import { PLANTED_BUGS } from "../testbed/variants/bugs.ts";
import { PROTECTIONS } from "../testbed/variants/protections.ts";
import { closest } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";

export function resolveVariants(
  without: readonly string[],
  bugs: readonly string[],
): readonly RuleChange[] {
  const off = without.map((name) => {
    const found = PROTECTIONS.find((protection) => protection.name === name);
    if (found !== undefined) return found.off;
    const names = PROTECTIONS.map((protection) => protection.name);
    throw new UsageError(
      `no rule ${name}${closest(name, names)}; expected one of ${names.join(", ")}`,
    );
  });
  const planted = bugs.flatMap((name) => {
    const found = PLANTED_BUGS.find((bug) => bug.name === name || bug.id === name);
    if (found !== undefined) return found.changes;
    const names = PLANTED_BUGS.map((bug) => bug.name);
    throw new UsageError(`no planted bug ${name}${closest(name, names)}; see \`ftsim list bugs\``);
  });
  return [...off, ...planted];
}
