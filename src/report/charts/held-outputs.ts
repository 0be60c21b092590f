// Held outputs: how many wait for an ack at a time, and how long each was held. This is what the
// Output Rule costs, and where it stops the world when acks do not come.

import { formatSeconds } from "../../base/time.ts";
import type { Fact, NodeName } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import { type Bins, binsFor, Maxima } from "./bins.ts";
import { type Chart, chartSpec, inSeconds, spanLayer, type Spec } from "./chart.ts";
import { unitFor } from "./execution-lag.ts";

interface Hold {
  readonly node: NodeName;
  readonly from: number;
  readonly to: number;
}

export function heldOutputsCharts(story: Story, facts: readonly Fact[]): readonly Chart[] {
  const bins = binsFor(story.endTime);
  const holds = collectHolds(facts, story.endTime);
  const isHeld = holds.some(({ from, to }) => to > from);
  const empty = isHeld ? "" : "No output was held for any time.";
  const span = formatSeconds(bins.width, 3);
  return [
    {
      id: "held-outputs",
      title: "Held outputs",
      about: `Outputs that wait for the backup's ack: the most at a time in each ${span} s.`,
      legend: [{ style: "measure", text: "held" }],
      leftOut: "",
      empty,
      spec: countSpec(story, bins, holds),
    },
    {
      id: "hold-time",
      title: "How long outputs are held",
      about: `The longest hold in each ${span} s, over the whole time that it lasted.`,
      legend: [{ style: "measure", text: "held for" }],
      leftOut: "",
      empty,
      spec: durationSpec(story, bins, holds),
    },
  ];
}

function countSpec(story: Story, bins: Bins, holds: readonly Hold[]): Spec {
  const maxima = new Maxima(bins);
  // Ends before starts at the same moment: an output that is let out makes room for the next one.
  const changes = holds
    .flatMap(({ from, to }) =>
      to > from
        ? [
            { time: from, by: 1 },
            { time: to, by: -1 },
          ]
        : [],
    )
    .sort((a, b) => a.time - b.time || a.by - b.by);
  let held = 0;
  let since = 0;
  for (const { time, by } of changes) {
    maxima.addSpan(since, Math.max(since, time - 1), held);
    held += by;
    since = time;
  }
  const data = records(bins, maxima, "held", 1);
  return chartSpec({
    story,
    unit: "outputs",
    data,
    layers: [spanLayer("held", "outputs", "measure", "outputs")],
  });
}

function durationSpec(story: Story, bins: Bins, holds: readonly Hold[]): Spec {
  const maxima = new Maxima(bins);
  for (const { from, to } of holds) maxima.addSpan(from, to, to - from);
  const unit = unitFor(maxima.values);
  return chartSpec({
    story,
    unit: unit.name,
    data: records(bins, maxima, "time", unit.ns),
    layers: [spanLayer("time", unit.name, "measure", `held (${unit.name})`)],
  });
}

function records(bins: Bins, maxima: Maxima, field: string, scale: number): readonly Spec[] {
  return maxima.values.flatMap((value, at) =>
    value <= 0
      ? []
      : [
          {
            t: inSeconds(at * bins.width),
            t2: inSeconds((at + 1) * bins.width),
            [field]: value / scale,
          },
        ],
  );
}

/** Until it is let out, its machine stops, or the run ends. */
function collectHolds(facts: readonly Fact[], endTime: number): readonly Hold[] {
  const holds: Hold[] = [];
  const open = new Map<NodeName, Map<number, number>>();
  const openOf = (node: NodeName): Map<number, number> => {
    const known = open.get(node) ?? new Map<number, number>();
    open.set(node, known);
    return known;
  };
  const closeAll = (node: NodeName, to: number): void => {
    for (const from of openOf(node).values()) holds.push({ node, from, to });
    open.delete(node);
  };
  for (const fact of facts) {
    if (fact.kind === "output-hold") {
      // Told again when it waits for the next generation: held since the first time.
      const known = openOf(fact.node).get(fact.ordinal);
      openOf(fact.node).set(fact.ordinal, known ?? fact.time);
    } else if (fact.kind === "machine-stop") closeAll(fact.node, fact.time);
    else if (fact.kind === "output-release") {
      const from = openOf(fact.node).get(fact.ordinal);
      if (from !== undefined) holds.push({ node: fact.node, from, to: fact.time });
      openOf(fact.node).delete(fact.ordinal);
    }
  }
  for (const node of open.keys()) closeAll(node, endTime);
  return holds;
}
