// The interface of a checker: an incremental observer of a history. It sees every fact once, in
// order, keeps bounded plain state, and gives its verdict when asked.
//
// To add a checker: one file here that exports a `CheckerKind`, one line in registry.ts.

import type { Fact } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";

/** What a checker may know besides the facts: the run's declared parameters. */
export interface CheckerContext {
  /** Hosts that may run the VM, in order: the first is the first primary, the second its backup. */
  readonly hosts: readonly string[];
  /** "vm-ft" and its kin replay a log; white-box checkers apply to those only. */
  readonly protocol: string;
  readonly boundaryPolicy: "drop" | "resend";
  /** Nanoseconds: the longer of the two that follow. */
  readonly detectionTimeout: number;
  readonly heartbeatTimeout: number;
  readonly logTimeout: number;
  /**
   * Nanoseconds that an entry and its ack take at most while nobody waits for anything; null where
   * the scenario declares a log link that loses or reorders packets.
   */
  readonly logRoundTrip: number | null;
  readonly channel: DeclaredChannel;
  /** Nanoseconds within which a loser must be silent and a service must be back. */
  readonly settleBound: number;
  /** Nanoseconds after which a client gives up an operation on TCP, and an attempt to connect. */
  readonly clientPatience: { readonly reply: number; readonly connect: number };
  /**
   * Nanoseconds within which a VM that runs alone has a backup again, where a host is free; absent
   * where nobody restores redundancy.
   */
  readonly protectionBound?: number;
  /** The clients' links lose or repeat frames by themselves, without a fault that says so. */
  readonly areClientLinksRough?: boolean;
  /** No client speaks TCP: what is promised of streams does not apply. */
  readonly isWithoutStreams?: boolean;
  /** The service may count on it that no answer by datagram and no line on the console gets lost (H-6). */
  readonly areDatagramsPromised?: boolean;
  /** The scenario is about the end of the service: that nobody answers any more is no open question. */
  readonly isEndExpected?: boolean;
  /** Each host has a disk of its own, which is a part of the VM: commands to it are no outputs. */
  readonly areDisksSeparate?: boolean;
  /** Checkers that need not have anything to look at, by name. */
  readonly mayBeIdle?: readonly string[];
  /** Search steps that the linearizability checker may spend before it says unknown. */
  readonly searchBudget: number;
}

/** What the scenario declares of the logging channel's management. Times in ns, shares in per cent. */
export interface DeclaredChannel {
  /** The backup executes disk reads: the log says that they were begun, not what they gave. */
  readonly backupReads?: boolean;
  readonly lagHigh: number;
  readonly lagLow: number;
  readonly lagPeriod: number;
  readonly cpuStep: number;
  readonly cpuFloor: number;
  readonly primaryBufferBytes: number;
  readonly backupBufferBytes: number;
  readonly progressInterval: number;
}

export interface CheckerKind {
  readonly name: string;
  /** The invariants that it judges: ["INV-01"]. */
  readonly invariants: readonly string[];
  /** One line: what it would have rejected. */
  readonly rejects: string;
  readonly property: "safety" | "liveness";
  /** `any`: judges world facts only, whatever the protocol. `replay`: compares claims of VM-FT with them. */
  readonly appliesTo: "any" | "replay";
  /** Of what happens only when somebody asks for it: told of only where it did. */
  readonly isOnDemand?: boolean;
  /** The kinds of facts that it needs; undefined: all. */
  readonly hears: ReadonlySet<Fact["kind"]> | undefined;
  start(context: CheckerContext): RunningChecker;
}

/**
 * How near a history has come to a violation: the smallest distance so far, 0 at the edge of what is
 * allowed. For who searches (`ftsim explore`); no verdict depends on it.
 */
export interface Closeness {
  readonly checker: string;
  readonly distance: number;
  readonly unit: ClosenessUnit;
  /** What the distance lies between, in words. */
  readonly between: string;
}

export type ClosenessUnit = "ns" | "bytes" | "entries" | "ticks";

export interface RunningChecker {
  /** Of the kinds that it hears; who has many checkers sorts facts once for all of them. */
  observe(fact: Fact, index: number): void;
  /** May be asked at any moment; at the end of a run all facts have been observed. */
  result(): CheckerResult;
  /** Where there is a distance that can be told; undefined before anything came near. */
  closeness?(): Closeness | undefined;
  /** Plain data; restore(snapshot()) must give the same results from there on. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
