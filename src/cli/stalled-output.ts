// The commonest mistake of a protocol: it forgets an output. Nothing is violated by that until a client
// waits too long, so that no checker can name the output; this does.

import type { FactOf } from "../history/fact.ts";
import type { RunResult } from "../testbed/run.ts";

/** An output that is younger than this at the end may still have been on its way, ns. */
const YOUNG = 200_000_000;

/** The first output that the machine which had the VM performed and that never left its host. */
export function stalledOutput({ facts, endTime }: RunResult): string | undefined {
  const waiting = new Map<string, FactOf<"output">>();
  const speakers = new Set<string>(["h1"]);
  for (const fact of facts) {
    if (fact.kind === "test-and-set" && fact.result === "won") speakers.add(fact.owner);
    else if (fact.kind === "output" && speakers.has(fact.node))
      waiting.set(`${fact.node} ${fact.ordinal}`, fact);
    else if (fact.kind === "release") waiting.delete(`${fact.node} ${fact.ordinal}`);
    else if (fact.kind === "machine-stop") speakers.delete(fact.node);
  }
  for (const { node, ordinal, outputClass, time, disk } of waiting.values()) {
    if (!speakers.has(node) || time > endTime - YOUNG) continue;
    const what = disk === null ? `${outputClass} output` : `disk ${disk.op}`;
    return `${node} performed ${what} ${ordinal} at ${(time / 1e9).toFixed(6)} s, and no effect released it by the end`;
  }
  return undefined;
}
