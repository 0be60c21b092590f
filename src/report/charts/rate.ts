// Completed operations a second against those asked for: where the second line stands above the
// bars, clients wait; where the bars are gone, the service is.

import { formatSeconds } from "../../base/time.ts";
import type { Story } from "../story.ts";
import { type Bins, binsFor, Sums } from "./bins.ts";
import {
  type Chart,
  chartSpec,
  inSeconds,
  SECOND,
  spanLayer,
  type Spec,
  timeAxis,
  valueAxis,
} from "./chart.ts";

export function rateChart(story: Story): Chart {
  const bins = binsFor(story.endTime);
  const hasFailed = story.operations.some(({ outcome }) => outcome === "fail");
  const hasUnknown = story.operations.some(({ outcome }) => outcome === "info");
  const gap = longestGap(story);
  const silence =
    gap === undefined
      ? ""
      : ` Longest time without an answer while one was owed: ${formatSeconds(gap.to - gap.from, 3)} s, from ${formatSeconds(gap.from, 3)} s.`;
  return {
    id: "rate",
    title: "Completed operations",
    about: `Per second, in spans of ${formatSeconds(bins.width, 3)} s.${silence}`,
    legend: [
      { style: "answered", text: "answered" },
      ...(hasFailed ? [{ style: "failed", text: "failed" } as const] : []),
      ...(hasUnknown ? [{ style: "unanswered", text: "given up" } as const] : []),
      { style: "asked", text: "asked for" },
    ],
    leftOut: "",
    empty: story.operations.length === 0 ? "No client asked for anything." : "",
    spec: chartSpec({
      story,
      unit: "operations/s",
      data: records(story, bins),
      layers: [
        spanLayer("answered", "operations/s", "answered", "answered/s"),
        ...(hasFailed ? [spanLayer("failed", "operations/s", "failed", "failed/s")] : []),
        ...(hasUnknown ? [spanLayer("unknown", "operations/s", "unanswered", "given up/s")] : []),
        askedLine(),
      ],
    }),
  };
}

function askedLine(): Spec {
  return {
    mark: { type: "line", style: "asked", strokeWidth: 1, interpolate: "step-after", clip: true },
    encoding: { x: timeAxis(), y: valueAxis("asked", "operations/s") },
  };
}

function records(story: Story, bins: Bins): readonly Spec[] {
  const answered = new Sums(bins);
  const failed = new Sums(bins);
  const unknown = new Sums(bins);
  const asked = new Sums(bins);
  const sums = { ok: answered, fail: failed, info: unknown };
  for (const { invokedAt, completedAt, outcome } of story.operations) {
    asked.add(invokedAt, 1);
    if (completedAt !== null && outcome !== "open") sums[outcome].add(completedAt, 1);
  }
  const perSecond = (value: number | undefined): number => ((value ?? 0) * SECOND) / bins.width;
  return answered.values.map((value, at) => ({
    t: inSeconds(at * bins.width),
    t2: inSeconds((at + 1) * bins.width),
    answered: perSecond(value),
    failed: perSecond(failed.values[at]),
    unknown: perSecond(unknown.values[at]),
    asked: perSecond(asked.values[at]),
  }));
}

/** While nothing is asked for, silence means nothing. */
function longestGap(story: Story): { readonly from: number; readonly to: number } | undefined {
  const ends = story.operations
    .flatMap(({ completedAt, outcome }) =>
      completedAt === null || outcome !== "ok" ? [] : [completedAt],
    )
    .sort((a, b) => a - b);
  const starts = story.operations.map(({ invokedAt }) => invokedAt).sort((a, b) => a - b);
  let best: { from: number; to: number } | undefined;
  let last = 0;
  let at = 0;
  for (const end of ends) {
    while (at < starts.length && (starts[at] ?? 0) < last) at++;
    const from = Math.max(last, Math.min(starts[at] ?? end, end));
    if (best === undefined || end - from > best.to - best.from) best = { from, to: end };
    last = end;
  }
  // What was not answered is owed until its client gave up, or to the end.
  const owed = story.operations
    .filter(({ outcome }) => outcome === "open" || outcome === "info")
    .map(({ invokedAt, completedAt }) => ({ from: invokedAt, to: completedAt ?? story.endTime }))
    .filter(({ to }) => to > last);
  const from = owed.reduce((least, one) => Math.min(least, one.from), Number.MAX_SAFE_INTEGER);
  const to = owed.reduce((most, one) => Math.max(most, one.to), last);
  const tail = { from: Math.max(last, from), to };
  if (best === undefined || tail.to - tail.from > best.to - best.from) best = tail;
  return best.to > best.from ? best : undefined;
}
