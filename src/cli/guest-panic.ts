// A guest that brought itself down: the last line of its console is a panic, and every replica printed
// the same text at the same steps. Fault tolerance does not mask that, it repeats it (SCN-44).

import { PANIC } from "../report/run-story.ts";
import type { RunResult } from "../testbed/run.ts";

export function didGuestPanic({ consoles, facts }: RunResult): boolean {
  const printed = new Map<string, string[]>();
  for (const fact of facts)
    if (fact.kind === "output" && fact.outputClass === "console") {
      const outputs = printed.get(fact.node) ?? [];
      printed.set(fact.node, outputs);
      outputs.push(`${fact.ordinal} ${fact.count} ${fact.hash}`);
    }
  const [first] = printed.values();
  for (const [node, texts] of consoles) {
    const lines = texts.map(({ text }) => text).join("");
    const isSame = printed.get(node)?.join() === first?.join();
    if (!isSame || lines.trimEnd().split("\n").at(-1)?.startsWith(PANIC) !== true) return false;
  }
  return true;
}
