// TAB-3: what an idle machine logs, over the rate of its timer.

import { lineChart } from "./charts.ts";
import { IDLE_HZ, idleRun } from "./loads.ts";
import { idOf, WITH_FT } from "./run-spec.ts";
import { lineThrough } from "./statistics.ts";
import { cell, hold, increases, list, type Results, type TableSpec, valueOf } from "./table.ts";

const PAPER: ReadonlyMap<number, { readonly system: string; readonly mbit: number }> = new Map([
  [82, { system: "Windows 2003, 82 Hz", mbit: 0.15 }],
  [250, { system: "SLES10, 250 Hz", mbit: 0.68 }],
  [1_000, { system: "RHEL5, 1,000 Hz", mbit: 1.43 }],
]);
/** How far a point may lie off the line, of the highest one. */
const TOLERANCE = 0.05;

export const TAB_3: TableSpec = {
  number: 3,
  title: "An idle machine's log over its timer",
  source: "VMware white paper 2009, 2.9",
  runs: () => IDLE_HZ.map((hz) => idleRun(hz, WITH_FT)),
  compute: (results) => {
    const points = IDLE_HZ.map((hz) => [hz, logAt(results, hz)] as const);
    const line = lineThrough(points);
    const values = points.map(([, mbit]) => mbit);
    const off = points.map(([hz, mbit]) => Math.abs(line.start + line.slope * hz - mbit));
    const perTick = (line.slope * 1_000_000) / 8;
    return {
      parts: [
        {
          title: "Data on the logging channel of a machine that does nothing",
          columns: [
            { title: "logging", unit: "Mb/s" },
            { title: "wire", unit: "Mb/s" },
            { title: "per tick", unit: "B" },
          ],
          rows: IDLE_HZ.map((hz) => {
            const id = idOf("idle", hz, WITH_FT);
            return {
              label: `${hz} Hz (${PAPER.get(hz)?.system.split(",")[0] ?? ""})`,
              cells: [
                cell(
                  results.figure(id, (one) => one.logMbit),
                  { decimals: 2, paper: PAPER.get(hz)?.mbit ?? 0 },
                ),
                cell(
                  results.figure(id, (one) => one.logWireMbit),
                  { decimals: 2 },
                ),
                cell(
                  results.figure(id, (one) => (one.logMbit * 1_000_000) / 8 / hz),
                  { decimals: 0 },
                ),
              ],
            };
          }),
        },
      ],
      holds: [
        hold("increasing", increases(values), `${list(values, 2)} Mb/s`),
        hold(
          "roughly a line: no point is off it by more than a twentieth of the highest",
          off.every((distance) => distance <= TOLERANCE * Math.max(...values)),
          `${perTick.toFixed(0)} B a tick and ${((line.start * 1_000_000) / 8 / 1_000).toFixed(1)} KB/s besides; the paper's three systems: about 159 B and 23 KB/s`,
        ),
      ],
      missing: [],
      notes: ["the paper's points are three operating systems, ours is one guest at three rates."],
      charts: [
        lineChart({
          title: "Log of an idle machine",
          x: { title: "timer (Hz)" },
          y: { title: "Mb/s" },
          points: [
            ...points.map(([x, y]) => ({ x, y, of: "ours" })),
            ...[...PAPER].map(([x, { mbit }]) => ({ x, y: mbit, of: "paper" })),
          ],
        }),
      ],
    };
  },
};

function logAt(results: Results, hz: number): number {
  return valueOf(results.figure(idOf("idle", hz, WITH_FT), (one) => one.logMbit));
}
