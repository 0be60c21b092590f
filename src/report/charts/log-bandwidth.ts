// Log bandwidth: what the primary puts into its log, in the paper's unit (Mbit/s, Table 1).

import { formatSeconds } from "../../base/time.ts";
import type { Fact } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import { binsFor, Sums } from "./bins.ts";
import { type Chart, chartSpec, inSeconds, SECOND, spanLayer } from "./chart.ts";

const BITS = 8;
const MEGA = 1_000_000;

export function logBandwidthChart(story: Story, facts: readonly Fact[]): Chart {
  const bins = binsFor(story.endTime);
  const bytes = new Sums(bins);
  let entries = 0;
  for (const fact of facts) {
    if (fact.kind !== "log-append") continue;
    bytes.add(fact.time, fact.bytes);
    entries++;
  }
  return {
    id: "log-bandwidth",
    title: "Log bandwidth",
    about: `Log entries as they are appended, in spans of ${formatSeconds(bins.width, 3)} s, without the headers of TCP and below.`,
    legend: [{ style: "measure", text: "log entries" }],
    leftOut: "",
    empty: entries === 0 ? "This protocol appended no log entry." : "",
    spec: chartSpec({
      story,
      unit: "Mbit/s",
      data: bytes.values.map((value, at) => ({
        t: inSeconds(at * bins.width),
        t2: inSeconds((at + 1) * bins.width),
        mbit: ((value * BITS) / MEGA) * (SECOND / bins.width),
      })),
      layers: [spanLayer("mbit", "Mbit/s", "measure", "Mbit/s")],
    }),
  };
}
