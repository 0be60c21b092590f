// What a run leaves in its folder: report.html, run.json, facts.jsonl, repro.json, and with --pcap
// the frames.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { encodeFacts } from "../report/facts-codec.ts";
import { type PageScript, reportHtml } from "../report/html.ts";
import { runJson } from "../report/json.ts";
import type { ReportRun } from "../report/report-run.ts";
import type { RunResult } from "../testbed/run.ts";
import type { Capture } from "./capture.ts";
import type { OutputFolder } from "./output-folder.ts";
import { PAGE_FILE } from "./paths.ts";
import { encodeReproduction } from "./reproduction.ts";
import type { RunOptions } from "./run-options.ts";
import { UsageError } from "./usage-error.ts";

export interface RunFiles {
  readonly report: ReportRun;
  readonly options: RunOptions;
  readonly scenarioText: string;
  readonly result: RunResult;
  readonly capture: Capture | undefined;
}

export function writeRunFiles(folder: OutputFolder, files: RunFiles): void {
  const { report, options, result, capture } = files;
  folder.write("facts.jsonl", encodeFacts(result.facts));
  folder.write("run.json", runJson(report));
  folder.write("repro.json", encodeReproduction(options, files.scenarioText, result));
  folder.write("report.html", renderReport(report, options.allFacts));
  if (capture !== undefined) folder.write("frames.pcapng", capture.encode());
  if (options.out === undefined) folder.markLatest();
}

/** The report as a file: its facts deflated, and no more of them than a browser shows in an instant. */
export function renderReport(report: ReportRun, isWhole: boolean): string {
  return reportHtml(report, loadPage(), {
    deflate: (text) => deflateSync(text, { level: 9 }).toString("base64"),
    ...(isWhole ? { factsMax: Number.MAX_SAFE_INTEGER } : {}),
  });
}

/** The script that draws the report's picture and charts, bundled by the build, with the hash that admits it. */
function loadPage(): PageScript {
  if (!existsSync(PAGE_FILE)) throw new UsageError(`${PAGE_FILE}: missing; run npm run build`);
  const text = readFileSync(PAGE_FILE, "utf8");
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}
