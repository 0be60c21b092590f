// What came out of a run, and the files that it leaves when somebody asks for them.

import { join } from "node:path";
import { describeExit, exitOf } from "../cli/exit-codes.ts";
import { OutputFolder } from "../cli/output-folder.ts";
import { toReportRun } from "../cli/report-input.ts";
import { encodeReproduction, packReproduction } from "../cli/reproduction.ts";
import { writeRunFiles } from "../cli/run-files.ts";
import { stalledOutput } from "../cli/stalled-output.ts";
import { isUserProtocol } from "../cli/protocols.ts";
import type { Fact } from "../history/fact.ts";
import type { Op, OpResult } from "../history/op.ts";
import type { CheckerResult, Finding, Verdict } from "../history/verdict.ts";
import type { ReportRun } from "../report/report-run.ts";
import { summarize } from "../report/summary.ts";
import type { RunResult as Judged } from "../testbed/run.ts";
import { shownPath } from "./place.ts";
import type { Again, Subject } from "./subject.ts";

/** A violation: its earliest cause, and what else was found, which follows from it. */
export interface RunFinding extends Finding {
  /** A safety violation outranks a loss of liveness. */
  readonly property: "safety" | "liveness";
  readonly follows: readonly Finding[];
}

/** What a client asked for. Times in ns of virtual time. */
export interface Operation {
  /** "c3-17": number 17 of client 3. */
  readonly id: string;
  readonly client: number;
  /** A client goes on under another number after an answer that never came. */
  readonly process: number;
  readonly op: Op;
  readonly invokedAt: number;
  /** `ok`: it took effect; `fail`: it did not; `info`: nobody knows; `open`: the run ended first. */
  readonly outcome: "ok" | "fail" | "info" | "open";
  readonly completedAt?: number;
  readonly result?: OpResult;
  readonly error?: string;
}

export interface WrittenReport {
  readonly folder: string;
  /** One HTML file that opens from disk. */
  readonly report: string;
  /** `repro.json`: for `ftsim replay`, and for `{ repro }` of a test. */
  readonly reproduction: string;
  /** As `ftsim run` prints it, with the report's path. */
  readonly text: string;
}

export interface RunResult {
  readonly scenario: string;
  readonly seed: string;
  /** Of every checker; invalid beats unknown beats valid. */
  readonly verdict: Verdict;
  /** As of `ftsim run`: 0 when the verdict is what the scenario expects, 1 a violation, 2 unknown, 3 liveness. */
  readonly exitCode: number;
  /** What the exit code says: "a property was violated". */
  readonly outcome: string;
  /** 16 hexadecimal digits: the identity of the run, to the last bit. */
  readonly digest: string;
  /** None or one. */
  readonly findings: readonly RunFinding[];
  readonly checkers: readonly CheckerResult[];
  /** Everything that happened, in order. */
  readonly facts: readonly Fact[];
  readonly operations: readonly Operation[];
  /** Rare situations that came up, and how often. */
  readonly marks: ReadonlyMap<string, number>;
  /** Events dispatched. */
  readonly events: number;
  /** ns of virtual time. */
  readonly endTime: number;
  /** As `ftsim run` prints it. */
  readonly text: string;
  /** One command that makes the run again on any machine; "" where checkers or a guest are your own. */
  readonly again: string;
  /**
   * Writes report.html, run.json, facts.jsonl and repro.json.
   *
   * @throws UsageError where the folder cannot be made.
   */
  writeReport(folder: string): WrittenReport;
}

/** A result, and what a runner of tests makes of it. */
export interface Finished {
  readonly result: RunResult;
  /** As `writeReport`, with a line that makes it again where the command line has none. */
  readonly tell: (folder: string, otherwise: string | undefined) => WrittenReport;
}

export function resultOf(
  subject: Subject,
  judged: Judged,
  wallSeconds: number,
  interventions: Subject["request"]["interventions"] = [],
): Finished {
  const exitCode = exitOf(judged);
  const options = { ...subject.options, interventions };
  const reportOf = (folder: string, again: string | undefined): ReportRun =>
    toReportRun(judged, {
      options,
      reportPath: folder === "" ? "" : shownPath(join(folder, "report.html")),
      outDir: shownPath(folder),
      wallSeconds,
      isInterrupted: false,
      checkers: subject.checkers,
      ...(again === undefined ? {} : { again }),
    });
  const again = lineOf(subject.again, () =>
    encodeReproduction(options, subject.scenarioText, judged),
  );
  const tell: Finished["tell"] = (folder, otherwise) => {
    const line = again === "" ? otherwise : again;
    const report = reportOf(folder, line);
    const files = { report, scenarioText: subject.scenarioText, result: judged };
    writeRunFiles(new OutputFolder(folder), {
      ...files,
      options: { ...options, out: folder },
      capture: undefined,
    });
    const inFolder = (name: string): string => shownPath(join(folder, name));
    return {
      folder: shownPath(folder),
      report: inFolder("report.html"),
      reproduction: inFolder("repro.json"),
      text: summarize(report) + adviceOf(judged),
    };
  };
  const result: RunResult = {
    scenario: judged.scenario.name,
    seed: judged.seed,
    verdict: judged.verdict,
    exitCode,
    outcome: describeExit(exitCode, judged),
    digest: judged.digest,
    findings: judged.conclusion.findings.map(({ cause, follows, property }) => ({
      ...cause,
      property,
      follows,
    })),
    checkers: judged.results,
    facts: judged.facts,
    get operations() {
      return operationsOf(judged.facts);
    },
    marks: judged.marks,
    events: judged.events,
    endTime: judged.endTime,
    get text() {
      return summarize(reportOf("", again)) + adviceOf(judged);
    },
    again: again ?? reportOf("", undefined).commands.again,
    writeReport: (folder) => tell(folder, ""),
  };
  return { result, tell };
}

/** Undefined: what the command line says of itself. */
function lineOf(again: Again, reproduction: () => string): string | undefined {
  switch (again.kind) {
    case "command":
      return undefined;
    case "packed":
      return `npx ftsim replay ${packReproduction(reproduction())}`;
    case "line":
      return again.line;
  }
}

/** For somebody's own protocol: what no checker can name. */
function adviceOf(judged: Judged): string {
  if (!isUserProtocol(judged.protocol) || judged.verdict === "valid") return "";
  const stalled = stalledOutput(judged);
  return stalled === undefined ? "" : `ftsim: ${judged.protocol}: ${stalled}\n`;
}

function operationsOf(facts: readonly Fact[]): readonly Operation[] {
  const operations = new Map<string, Operation>();
  for (const fact of facts) {
    if (fact.kind !== "client") continue;
    const { event } = fact;
    const { opId: id, client, process, op, at, kind } = event;
    if (kind === "invoke") {
      operations.set(id, { id, client, process, op, invokedAt: at, outcome: "open" });
      continue;
    }
    const open = operations.get(id);
    if (open === undefined) continue;
    const said = kind === "ok" ? { result: event.result } : { error: event.error };
    operations.set(id, { ...open, outcome: kind, completedAt: at, ...said });
  }
  return [...operations.values()];
}
