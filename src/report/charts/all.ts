// All charts of a report, in the order in which they are read.

import type { Fact } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import type { Chart } from "./chart.ts";
import { cpuLimitChart } from "./cpu-limit.ts";
import { executionLagChart } from "./execution-lag.ts";
import { guestSpeedChart } from "./guest-speed.ts";
import { heldOutputsCharts } from "./held-outputs.ts";
import { latencyChart } from "./latency.ts";
import { logBandwidthChart } from "./log-bandwidth.ts";
import { rateChart } from "./rate.ts";

export function allCharts(
  story: Story,
  facts: readonly Fact[],
  logCommand: string,
): readonly Chart[] {
  return [
    latencyChart(story, logCommand),
    rateChart(story),
    executionLagChart(story, facts),
    cpuLimitChart(story, facts),
    logBandwidthChart(story, facts),
    ...heldOutputsCharts(story, facts),
    guestSpeedChart(story, facts),
  ];
}
