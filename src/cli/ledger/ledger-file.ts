// The ledger: a file of lines, one a campaign (docs/campaigns.md). Lines are added and never changed.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { refuseOwnProtocol, type Subject } from "../fuzz/subject.ts";
import type { CampaignReport } from "../fuzz/summary.ts";
import { UsageError } from "../usage-error.ts";
import { type LedgerLine, ledgerLine, type LedgerRange, ledgerSchema } from "./ledger-line.ts";

/** Before a campaign begins: that its line can be written, and checked by others. */
export function checkLedger(file: string, subject: Subject): void {
  if (existsSync(file)) readLedger(file);
  refuseOwnProtocol("--ledger", subject);
  const { scenario } = subject;
  if (/[/\\]|\.ya?ml$/.test(scenario))
    throw new UsageError(
      `--ledger: scenario ${scenario} is a file of your own, which nobody else could run`,
    );
}

export function appendToLedger(file: string, report: CampaignReport, range: LedgerRange): void {
  const { subject, tally, seconds, jobs } = report;
  if (tally.seeds === 0) return;
  const noted = { date: new Date().toISOString().slice(0, 10), seconds: Math.round(seconds), jobs };
  const line = ledgerLine(subject, range, tally.outcomes, noted);
  try {
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch (error) {
    throw new UsageError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

export function readLedger(file: string): readonly LedgerLine[] {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file; expected a ledger`);
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((text, index) => {
    if (text.trim() === "") return [];
    const line = ledgerSchema.safeParse(parse(text));
    if (line.success) return [line.data];
    const issue = line.error.issues[0];
    const where =
      issue === undefined ? "" : ` (${issue.path.map(String).join(".")}: ${issue.message})`;
    throw new UsageError(`${file}:${index + 1}: not a line of a ledger${where}`);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
