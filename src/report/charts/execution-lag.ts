// Execution lag: how much later the second machine did what the first one did, measured at every
// crossing that it replayed. From what the machines did, not from what a protocol says about itself.

import { formatSeconds } from "../../base/time.ts";
import type { Fact } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import { binsFor, Maxima } from "./bins.ts";
import { type Chart, chartSpec, inSeconds, spanLayer } from "./chart.ts";

/** Crossings that only one machine has made yet; older ones will never get a partner. */
const WAITING_MAX = 100_000;

export function executionLagChart(story: Story, facts: readonly Fact[]): Chart {
  const bins = binsFor(story.endTime);
  const maxima = new Maxima(bins);
  const waiting = new Map<number, { readonly node: string; readonly time: number }>();
  let pairs = 0;
  for (const fact of facts) {
    if (fact.kind !== "crossing") continue;
    const first = waiting.get(fact.index);
    if (first === undefined) {
      waiting.set(fact.index, { node: fact.node, time: fact.time });
      if (waiting.size > WAITING_MAX)
        for (const [oldest] of waiting) {
          waiting.delete(oldest);
          break;
        }
    } else if (fact.isLive) {
      // What a machine did that failed, and nobody replayed, was done anew by the one that went on.
      waiting.set(fact.index, { node: fact.node, time: fact.time });
    } else if (first.node !== fact.node) {
      waiting.delete(fact.index);
      maxima.add(fact.time, fact.time - first.time);
      pairs++;
    }
  }
  const unit = unitFor(maxima.values);
  return {
    id: "execution-lag",
    title: "Execution lag",
    about: `How much later the backup does what the primary did: the most in each ${formatSeconds(bins.width, 3)} s.`,
    legend: [{ style: "measure", text: "execution lag" }],
    leftOut: "",
    empty: pairs === 0 ? "No two machines executed the same entry." : "",
    spec: chartSpec({
      story,
      unit: unit.name,
      data: maxima.values.flatMap((value, at) =>
        value < 0
          ? []
          : [
              {
                t: inSeconds(at * bins.width),
                t2: inSeconds((at + 1) * bins.width),
                lag: value / unit.ns,
              },
            ],
      ),
      layers: [spanLayer("lag", unit.name, "measure", `lag (${unit.name})`)],
    }),
  };
}

export interface TimeUnit {
  readonly name: string;
  readonly ns: number;
}

/** The largest unit in which the largest value is at least one. */
export function unitFor(values: readonly number[]): TimeUnit {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (most >= 1_000_000_000) return { name: "s", ns: 1_000_000_000 };
  return most >= 1_000_000 ? { name: "ms", ns: 1_000_000 } : { name: "us", ns: 1_000 };
}
