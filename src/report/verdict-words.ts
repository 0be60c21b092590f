// The verdict in one line of words, for the head of the page.

import { formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import type { Figures } from "./figures.ts";
import type { ReportRun } from "./report-run.ts";
import type { Story, Takeover } from "./story.ts";

const TOLD_MAX = 2;

/** "Valid": stands out; the rest of the line follows it. */
export function verdictWord(run: ReportRun): string {
  return { valid: "Valid", invalid: "Invalid", unknown: "Unknown" }[run.verdict];
}

export function verdictSentence(run: ReportRun, story: Story, figures: Figures): string {
  const parts = [judged(run)];
  const moved = takeoverSentence(story, figures);
  if (moved !== "") parts.push(moved);
  if (run.verdict === "valid" && figures.acknowledgedWrites > 0)
    parts.push(
      figures.writesOnDisk === figures.acknowledgedWrites
        ? `No acknowledged write was lost (${number(figures.writesOnDisk)} on disk).`
        : `${number(figures.writesOnDisk)} of ${number(figures.acknowledgedWrites)} acknowledged writes are on disk.`,
    );
  if (run.exhausted !== undefined) parts.push(`The run was given up: ${run.exhausted}.`);
  return parts.join(" ");
}

function judged({ conclusion, facts, verdict }: ReportRun): string {
  const { valid, invalid, unknown } = conclusion;
  const seen = count(facts.length, "fact");
  switch (verdict) {
    case "valid":
      return `${count(valid, "checker")}, ${seen}.`;
    case "invalid":
      return `${count(invalid, "checker")} of ${valid + invalid + unknown} found a violation in ${seen}.`;
    case "unknown":
      return `${count(unknown, "checker")} of ${valid + invalid + unknown} could not decide on ${seen}.`;
  }
}

/** Of several takeovers each, while they fit into a sentence. */
function takeoverSentence(story: Story, { takeovers }: Figures): string {
  const told = takeovers.slice(0, TOLD_MAX).map((takeover) => tellTakeover(story, takeover));
  const more = takeovers.length - told.length;
  return [...told, ...(more > 0 ? [`${count(more, "more takeover")} followed.`] : [])].join(" ");
}

function tellTakeover(story: Story, { node, awaySince, liveAt }: Takeover): string {
  const fault = story.moments.find(({ kind, time }) => kind === "fault" && time === awaySince);
  const halt = story.moments.find(({ kind, time }) => kind === "halted" && time === awaySince);
  const from = fault?.what ?? (halt === undefined ? "its peer fell silent" : `${halt.node} halted`);
  return `At ${formatSeconds(awaySince, 3)} s ${from}; ${node} went live ${formatSeconds(liveAt - awaySince, 2)} s later.`;
}
