// The figures of a run that are said in more than one place: in the terminal, in run.json and in the
// report's first line.

import type { Fact, FactOf } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import type { Operation } from "./operations.ts";
import { latencyOf } from "./operations.ts";
import type { ReportChecker, ReportRun } from "./report-run.ts";
import type { Exposure } from "./generations.ts";
import type { Story, Takeover } from "./story.ts";

export interface Figures {
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  /** Nobody knows whether they took effect, or no answer by the end. */
  readonly unanswered: number;
  readonly takeovers: readonly Takeover[];
  /** Before each takeover, together. */
  readonly inFlightAtFault: number;
  /** After the last one. */
  readonly answeredAfterGoLive: number;
  /** Nobody could have restored redundancy where there are two hosts: then none. */
  readonly exposures: readonly Exposure[];
  /** The one that waited longest, and for how long (ns). */
  readonly slowest: { readonly operation: Operation; readonly latency: number } | undefined;
  /** Positions at which both machines were compared, and equal state hashes among them. */
  readonly positions: number;
  readonly hashes: number;
  readonly acknowledgedWrites: number;
  readonly writesOnDisk: number;
  /** Bytes that clients read, compared with the reference machine's. */
  readonly bytesCompared: number;
  readonly connectionsCompared: number;
  readonly duplicateSegments: number;
}

export function collectFigures(run: ReportRun, story: Story): Figures {
  const { operations, takeovers } = story;
  const liveAt = takeovers.at(-1)?.liveAt ?? Number.MAX_SAFE_INTEGER;
  const ofKind = (outcome: Operation["outcome"]): number =>
    operations.filter((one) => one.outcome === outcome).length;
  const audit = findLast(run.facts, "disk-audit");
  const same = figuresOf(run.checkers, "same-execution");
  const streams = run.facts.filter((fact) => fact.kind === "stream-compared");
  return {
    asked: operations.length,
    answered: ofKind("ok"),
    failed: ofKind("fail"),
    unanswered: ofKind("info") + ofKind("open"),
    takeovers,
    inFlightAtFault: takeovers.reduce((sum, { before }) => sum + before.inFlight, 0),
    exposures: story.hosts.length > 2 ? story.exposures : [],
    answeredAfterGoLive: operations.filter(
      ({ outcome, completedAt }) => outcome === "ok" && (completedAt ?? 0) >= liveAt,
    ).length,
    slowest: findSlowest(operations, run.endTime),
    positions: same.get("positions") ?? 0,
    hashes: same.get("hashes") ?? 0,
    acknowledgedWrites: audit?.acknowledged ?? 0,
    writesOnDisk: audit?.found ?? 0,
    bytesCompared: streams.reduce((sum, fact) => sum + fact.bytes, 0),
    connectionsCompared: streams.length,
    duplicateSegments: figuresOf(run.checkers, "duplicates").get("repeats") ?? 0,
  };
}

export function findChecker(
  checkers: readonly ReportChecker[],
  name: string,
): CheckerResult | undefined {
  return checkers.find(({ result }) => result.checker === name)?.result;
}

function figuresOf(checkers: readonly ReportChecker[], name: string): ReadonlyMap<string, number> {
  return findChecker(checkers, name)?.figures ?? new Map();
}

function findLast(facts: readonly Fact[], kind: "disk-audit"): FactOf<"disk-audit"> | undefined {
  for (let index = facts.length - 1; index >= 0; index--) {
    const fact = facts[index];
    if (fact?.kind === kind) return fact;
  }
  return undefined;
}

function findSlowest(operations: readonly Operation[], endTime: number): Figures["slowest"] {
  let slowest: Figures["slowest"];
  for (const operation of operations) {
    const latency = latencyOf(operation, endTime);
    if (slowest === undefined || latency > slowest.latency) slowest = { operation, latency };
  }
  return slowest;
}
