// A run as the report sees it: what the command line fills in from a RunResult. Plain data, so that
// a report can be made again from files, and from runs of a protocol that this folder never heard of.

import type { Fact } from "../history/fact.ts";
import type { CheckerResult, Finding, Verdict } from "../history/verdict.ts";

export interface ReportRun {
  /** "0.1.0", and "3f9c2ab" or "" outside of a repository. */
  readonly version: string;
  readonly revision: string;
  readonly scenario: ReportScenario;
  readonly seed: string;
  readonly guest: { readonly name: string; readonly digest: string };
  readonly protocol: string;
  /** "8 clients, 250 requests/s, 6 s": stands beside the first roles. */
  readonly load: string;
  readonly verdict: Verdict;
  readonly conclusion: ReportConclusion;
  /** In the registry's order. */
  readonly checkers: readonly ReportChecker[];
  readonly facts: readonly Fact[];
  readonly digest: string;
  readonly events: number;
  /** Virtual ns. */
  readonly endTime: number;
  /** Guest steps executed by each host's machine. */
  readonly steps: ReadonlyMap<string, number>;
  readonly faults: readonly ReportFault[];
  /** Kinds of faults that struck. */
  readonly fired: readonly ReportFired[];
  readonly marks: ReadonlyMap<string, number>;
  /** Everything that was set or drawn, by name, in the order in which it is to be read. */
  readonly parameters: readonly Parameter[];
  readonly variants: readonly ReportVariant[];
  readonly consoles: readonly ReportConsole[];
  readonly commands: ReportCommands;
  readonly outcome: ReportOutcome;
  /** Where the HTML goes; "" with --no-report. */
  readonly reportPath: string;
  /** Why the run was given up before its end. */
  readonly exhausted?: string;
  /** Of the real clock; the only figure here that differs from one time to the next. */
  readonly wallSeconds?: number;
}

export interface ReportScenario {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** "R-2.2". */
  readonly shows: readonly string[];
  /** Sections of the paper: "2.2". */
  readonly paper: readonly string[];
}

/** What checkers/composite.ts concludes; the report folds it out again. */
export interface ReportConclusion {
  readonly findings: readonly ReportFinding[];
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  readonly idle: number;
}

export interface ReportFinding {
  readonly cause: Finding;
  readonly follows: readonly Finding[];
  readonly property: "safety" | "liveness";
}

export interface ReportChecker {
  readonly result: CheckerResult;
  /** One line: what it would have rejected. */
  readonly rejects: string;
}

export interface ReportFault {
  /** "at 2 s: crash primary". */
  readonly asked: string;
  /** How often it really struck. */
  readonly struck: number;
}

export interface ReportFired {
  readonly fault: string;
  readonly strikes: number;
  /** Packets, commands or hosts that it really hit. */
  readonly bites: number;
}

export interface Parameter {
  /** "log-link.rtt" */
  readonly name: string;
  /** "150 us" */
  readonly value: string;
}

export interface ReportVariant {
  readonly kind: "protection" | "bug" | "option";
  readonly name: string;
  readonly meaning: string;
}

export interface ReportConsole {
  readonly node: string;
  readonly lines: readonly ConsoleLine[];
}

export interface ConsoleLine {
  /** Virtual ns at which the line was complete; null: during boot, before the run. */
  readonly time: number | null;
  readonly text: string;
}

/** Shell commands as one can paste them; "" where there is none. The caller quotes. */
export interface ReportCommands {
  /** The same run again. */
  readonly again: string;
  /** The same run with a rule switched off. */
  readonly break: string;
  /** The smallest schedule that still fails. */
  readonly small: string;
  /** What the broken rule is about. */
  readonly why: string;
  /** All facts, for what the report left out. */
  readonly log: string;
}

export interface ReportOutcome {
  readonly exitCode: number;
  /** "a property was violated". */
  readonly words: string;
}
