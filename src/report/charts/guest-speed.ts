// Guest instructions a second on each machine, counted where it touches the world: what it had
// executed at each crossing.

import { formatSeconds } from "../../base/time.ts";
import type { Fact, NodeName } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import { binsFor, Sums } from "./bins.ts";
import {
  type Chart,
  type ChartStyle,
  chartSpec,
  inSeconds,
  SECOND,
  type Spec,
  timeAxis,
  valueAxis,
} from "./chart.ts";

const MILLION = 1_000_000;
/** Shapes tell the hosts apart as colours do. */
const DASHES = [
  [1, 0],
  [5, 3],
  [1, 2],
  [8, 2, 2, 2],
  [2, 4],
] as const;

export function guestSpeedChart(story: Story, facts: readonly Fact[]): Chart {
  const bins = binsFor(story.endTime);
  const sums = new Map<NodeName, Sums>(story.hosts.map((host) => [host, new Sums(bins)]));
  const last = new Map<NodeName, { readonly time: number; readonly count: number }>();
  for (const fact of facts) {
    // A copied state brings its count with it: this machine did not execute that.
    if (fact.kind === "machine-start" || fact.kind === "state-put") last.set(fact.node, fact);
    if (fact.kind !== "crossing" && fact.kind !== "machine-stop") continue;
    const before = last.get(fact.node);
    const sum = sums.get(fact.node);
    if (before !== undefined && sum !== undefined) spread(sum, bins.width, before, fact);
    last.set(fact.node, fact);
  }
  const used = story.hosts.filter((host) => sums.get(host)?.values.some((value) => value > 0));
  return {
    id: "guest-speed",
    title: "Guest instructions",
    about: `Per second on each machine, in spans of ${formatSeconds(bins.width, 3)} s, as counted at its crossings: an idle guest executes none.`,
    legend: used.map((host, at) => ({ style: styleOf(at), text: host })),
    leftOut: "",
    empty: used.length === 0 ? "No machine executed anything." : "",
    spec: chartSpec({
      story,
      unit: "million/s",
      data: used.flatMap((host) =>
        (sums.get(host)?.values ?? []).map((value, at) => ({
          t: inSeconds(at * bins.width),
          host,
          speed: (value / MILLION) * (SECOND / bins.width),
        })),
      ),
      layers: used.map(lineOf),
    }),
  };
}

/** What was executed between two counts, over the spans between them. */
function spread(
  sum: Sums,
  width: number,
  from: { readonly time: number; readonly count: number },
  to: { readonly time: number; readonly count: number },
): void {
  const executed = Math.max(0, to.count - from.count);
  const length = to.time - from.time;
  if (length <= width) {
    sum.add(to.time, executed);
    return;
  }
  for (let start = from.time; start < to.time; ) {
    const end = Math.min(to.time, (Math.floor(start / width) + 1) * width);
    sum.add(start, (executed * (end - start)) / length);
    start = end;
  }
}

function styleOf(at: number): ChartStyle {
  return at === 0 ? "measure" : at === 1 ? "second" : "third";
}

function lineOf(host: NodeName, at: number): Spec {
  return {
    transform: [{ filter: `datum.host === '${/^\w+$/.test(host) ? host : ""}'` }],
    mark: {
      type: "line",
      style: styleOf(at),
      strokeWidth: 1.4,
      strokeDash: DASHES[at % DASHES.length],
      interpolate: "step-after",
      clip: true,
    },
    encoding: { x: timeAxis(), y: valueAxis("speed", "million/s") },
  };
}
