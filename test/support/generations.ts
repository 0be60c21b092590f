// Histories of more than one generation: what a test writes beside what PairScript plays.

import type { Fact } from "../../src/history/fact.ts";
import type { ClaimDraft, PairScript } from "./history-builder.ts";

export function open(
  script: PairScript,
  generation: number,
  [primary, backup]: readonly string[],
): void {
  const pair = { opener: "h1", primary: primary ?? "", backup: backup ?? "" };
  script.world({ kind: "open-generation", generation, ...pair, result: "won" });
}

export function flag(
  script: PairScript,
  generation: number,
  owner: string,
  result: "won" | "lost",
): void {
  script.world({ kind: "test-and-set", generation, owner, result, isFirst: result === "won" });
}

/** A machine begins as a copy. */
export function copied(script: PairScript, node: string, source = "h1", hash = "copy"): void {
  script.world({ kind: "machine-start", node, count: 5_000, stateHash: hash });
  const hashes = { sourceHash: hash, stateHash: hash };
  script.world({ kind: "state-put", node, source, count: 5_000, ...hashes });
}

export function entry(lsn: number, more: object = {}): ClaimDraft {
  const place = { count: lsn, phase: "before", group: lsn, isGroupEnd: true } as const;
  const hash = `entry ${lsn}`;
  return { kind: "log-append", lsn, entry: "timer", ...place, hash, bytes: 64, ...more };
}

export const buffered = (lsn: number): ClaimDraft => ({
  kind: "log-buffered",
  lsn,
  hash: `entry ${lsn}`,
});
export const ackSent = (through: number): ClaimDraft => ({
  kind: "log-ack-send",
  through,
  executed: 0,
});
export const ackHeard = (through: number): ClaimDraft => ({
  kind: "log-ack-receive",
  through,
  executed: 0,
});
export const replayed = (lsn: number): ClaimDraft => ({ kind: "log-replay", lsn, count: lsn });

export function end(script: PairScript): readonly Fact[] {
  script.world({ kind: "run", phase: "end", hosts: script.context.hosts });
  return script.facts;
}
