// Client latency: a point for each operation at the moment of its request, failures marked. The
// scale is logarithmic: a request that met the takeover waits a thousand times longer than others.

import { formatDuration } from "../../base/time.ts";
import { count, number } from "../../base/words.ts";
import { describeOp } from "../../history/op-words.ts";
import { latencyOf, type Operation } from "../operations.ts";
import type { Story } from "../story.ts";
import { printable } from "../text.ts";
import { type Chart, chartSpec, inSeconds, type Spec, timeAxis, valueAxis } from "./chart.ts";

/** More points than this say nothing more, and cost megabytes. */
export const POINTS_MAX = 20_000;
/** Spans into which a longer run is cut; of each the fastest, the median and the slowest are drawn. */
const SPANS = 5_000;
const TEXT_MAX = 60;
/** 1 us: a logarithm has no zero. */
const LEAST = 0.001;

type Outcome = "answered" | "failed" | "unanswered";
/** The last is drawn on top. */
const CLASSES: readonly Outcome[] = ["answered", "unanswered", "failed"];

export function latencyChart(story: Story, logCommand: string): Chart {
  const { operations } = story;
  const drawn = operations.length <= POINTS_MAX ? operations : thinOut(story);
  const present = CLASSES.filter((outcome) => drawn.some((one) => classOf(one) === outcome));
  const leftOut =
    drawn.length === operations.length
      ? ""
      : `${number(drawn.length)} of ${count(operations.length, "operation")} drawn: everything that failed, and of each ${formatDuration(Math.ceil(story.endTime / SPANS))} the fastest, the median and the slowest.${logCommand === "" ? "" : ` All: ${logCommand} --only client`}`;
  return {
    id: "latency",
    title: "Client latency",
    about: "Each operation at the moment of its request: how long its client waited.",
    legend: present.map((style) => ({ style, text: WORDS[style] })),
    leftOut,
    empty: operations.length === 0 ? "No client asked for anything." : "",
    spec: chartSpec({
      story,
      unit: "ms",
      data: drawn.map((operation) => record(operation, story.endTime)),
      // A layer without points would have no extent, and warn of it.
      layers: present.map(points),
      hasLabels: true,
    }),
  };
}

const WORDS: Readonly<Record<Outcome, string>> = {
  answered: "answered",
  unanswered: "no answer, or nobody knows",
  failed: "failed",
};

/** By shape and size as well: colour alone does not reach everybody. */
const SHAPES: Readonly<
  Record<
    Outcome,
    {
      readonly shape: string;
      readonly size: number;
      readonly filled: boolean;
      readonly opacity: number;
    }
  >
> = {
  answered: { shape: "circle", size: 14, filled: true, opacity: 0.7 },
  unanswered: { shape: "triangle-up", size: 60, filled: false, opacity: 1 },
  failed: { shape: "cross", size: 60, filled: false, opacity: 1 },
};

function points(outcome: Outcome): Spec {
  return {
    transform: [{ filter: `datum.outcome === '${outcome}'` }],
    mark: { type: "point", style: outcome, ...SHAPES[outcome], clip: true },
    encoding: {
      x: timeAxis(),
      y: valueAxis("ms", "ms", { type: "log", nice: true }),
      tooltip: [
        { field: "id", type: "nominal", title: "operation" },
        { field: "op", type: "nominal", title: "asked" },
        { field: "outcome", type: "nominal", title: "outcome" },
        { field: "t", type: "quantitative", title: "at (s)", format: ".6f" },
        { field: "ms", type: "quantitative", title: "waited (ms)", format: ",.3~f" },
      ],
    },
  };
}

function record(operation: Operation, endTime: number): Spec {
  const text = printable(describeOp(operation.op));
  return {
    t: inSeconds(operation.invokedAt),
    ms: Math.max(LEAST, latencyOf(operation, endTime) / 1_000_000),
    outcome: classOf(operation),
    id: printable(operation.opId),
    op: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text,
  };
}

function classOf({ outcome }: Operation): Outcome {
  if (outcome === "ok") return "answered";
  return outcome === "fail" ? "failed" : "unanswered";
}

/** At most POINTS_MAX: three of each span, and of what failed the first of a flood. */
function thinOut({ operations, endTime }: Story): readonly Operation[] {
  const spans = new Map<number, Operation[]>();
  const failed: Operation[] = [];
  for (const operation of operations) {
    if (operation.outcome !== "ok") {
      failed.push(operation);
      continue;
    }
    const at = Math.floor((operation.invokedAt * SPANS) / Math.max(1, endTime));
    const span = spans.get(at);
    if (span === undefined) spans.set(at, [operation]);
    else span.push(operation);
  }
  const chosen = failed.slice(0, POINTS_MAX - 3 * (SPANS + 1));
  for (const span of spans.values()) {
    span.sort((a, b) => latencyOf(a, endTime) - latencyOf(b, endTime) || a.invokedAt - b.invokedAt);
    chosen.push(...new Set([span[0], span[span.length >> 1], span.at(-1)].filter(isGiven)));
  }
  return chosen;
}

function isGiven(operation: Operation | undefined): operation is Operation {
  return operation !== undefined;
}
