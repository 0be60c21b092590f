// A campaign in somebody's CI: a JUnit file, and on GitHub an annotation a finding and a summary of the
// job, where its runner says that it wants them.

import { appendFileSync, writeFileSync } from "node:fs";
import { printable } from "../../report/text.ts";
import { UsageError } from "../usage-error.ts";
import { commandFor } from "./subject.ts";
import type { CampaignReport } from "./summary.ts";
import type { FindingGroup } from "./tally.ts";

export function annotate(report: CampaignReport, text: string, junit: string | undefined): void {
  if (junit !== undefined) writeJunit(junit, report);
  if (process.env["GITHUB_ACTIONS"] === "true")
    for (const finding of report.tally.findings)
      process.stderr.write(
        `::error title=${escapeProperty(finding.fingerprint)}::${escapeData(bodyOf(report, finding))}\n`,
      );
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary !== undefined && summary !== "") appendFileSync(summary, `\`\`\`\n${text}\`\`\`\n`);
}

function bodyOf({ subject }: CampaignReport, { fastest, seeds }: FindingGroup): string {
  return `${fastest.message}\n${seeds.length} of the seeds fail so. Again: ${commandFor(subject, fastest.seed)}`;
}

function writeJunit(file: string, report: CampaignReport): void {
  try {
    writeFileSync(file, junitXml(report));
  } catch (error) {
    throw new UsageError(`--junit ${file}: cannot be written (${(error as Error).message})`);
  }
}

/** One test case a finding, and one for all seeds that went as expected. */
export function junitXml(report: CampaignReport): string {
  const { subject, tally, seconds } = report;
  const suite = `ftsim fuzz ${subject.scenario}`;
  const failing = tally.findings.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const cases = tally.findings.map(
    (finding) =>
      `  <testcase classname="${escapeXml(suite)}" name="${escapeXml(finding.fingerprint)}"><failure message="${escapeXml(finding.fastest.message)}">${escapeXml(bodyOf(report, finding))}</failure></testcase>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escapeXml(suite)}" tests="${cases.length + 1}" failures="${cases.length}" time="${seconds.toFixed(3)}">`,
    `  <testcase classname="${escapeXml(suite)}" name="${escapeXml(report.range)}: ${tally.seeds - failing} of ${tally.seeds} seeds as expected"/>`,
    ...cases,
    "</testsuite>",
    "",
  ].join("\n");
}

const XML: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);

/** Control characters are made visible first: XML has no place for most of them. */
function escapeXml(text: string): string {
  const lines = text.split("\n").map(printable);
  return lines.join("\n").replace(/[&<>"]/g, (one) => XML.get(one) ?? one);
}

/** As the workflow commands of GitHub's runner want it. */
function escapeData(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
