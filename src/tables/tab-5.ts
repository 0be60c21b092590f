// TAB-5: the administrator's formula for the logging bandwidth, against what was measured.

import { lineChart } from "./charts.ts";
import {
  DVD,
  IDLE_HZ,
  idleRun,
  JBB,
  KCOMPILE,
  loadRun,
  netperfRun,
  readRun,
  SWING,
} from "./loads.ts";
import type { Measurement } from "./meter.ts";
import { type RunSpec, WITH_FT } from "./run-spec.ts";
import { cell, hold, type Results, type TableSpec, valueOf } from "./table.ts";

interface Case {
  readonly label: string;
  readonly run: RunSpec;
  /** Most of its log is ticks, which the formula does not know. */
  readonly isIdle: boolean;
}

const CASES: readonly Case[] = [
  ...IDLE_HZ.map((hz) => ({ label: `idle, ${hz} Hz`, run: idleRun(hz, WITH_FT), isIdle: true })),
  { label: JBB.title, run: loadRun(JBB, WITH_FT), isIdle: true },
  { label: KCOMPILE.title, run: loadRun(KCOMPILE, WITH_FT), isIdle: false },
  { label: SWING.title, run: loadRun(SWING, WITH_FT), isIdle: false },
  { label: DVD.title, run: loadRun(DVD, WITH_FT), isIdle: false },
  ...[5, 20, 80].map((rate) => ({
    label: `${rate} MB/s of reads`,
    run: readRun(rate, WITH_FT),
    isIdle: false,
  })),
  {
    label: "netperf, Receive (10 Gb)",
    run: netperfRun({ direction: "receive", link: "10 Gb", protocol: WITH_FT }),
    isIdle: false,
  },
];

/** What TCP/IP and the ticks add, by the formula. */
const OVERHEAD = 1.2;
const BITS = 8;

export const TAB_5: TableSpec = {
  number: 5,
  title: "The formula for the logging bandwidth",
  source: "VMware white paper 2009: (disk reads MB/s x 8 + received Mb/s) x 1.2",
  runs: () => CASES.map(({ run }) => run),
  compute: (results) => ({
    parts: [
      {
        title: "Predicted by the formula, and measured",
        columns: [
          { title: "disk reads", unit: "MB/s" },
          { title: "received", unit: "Mb/s" },
          { title: "formula", unit: "Mb/s" },
          { title: "logging", unit: "Mb/s" },
          { title: "formula/logging", unit: "" },
          { title: "wire", unit: "Mb/s" },
          { title: "formula/wire", unit: "" },
        ],
        rows: CASES.map(({ label, run: { id } }) => ({
          label,
          cells: [
            cell(
              results.figure(id, (one) => one.diskReadMegabytes),
              { decimals: 2 },
            ),
            cell(
              results.figure(id, (one) => one.receivedMbit),
              { decimals: 2 },
            ),
            cell(results.figure(id, predicted), { decimals: 2 }),
            cell(
              results.figure(id, (one) => one.logMbit),
              { decimals: 2 },
            ),
            cell(
              results.figure(id, (one) => predicted(one) / one.logMbit),
              { decimals: 2 },
            ),
            cell(
              results.figure(id, (one) => one.logWireMbit),
              { decimals: 2 },
            ),
            cell(
              results.figure(id, (one) => predicted(one) / one.logWireMbit),
              { decimals: 2 },
            ),
          ],
        })),
      },
    ],
    holds: holdsOf(results),
    missing: [],
    notes: ["a machine that only ticks logs what the formula does not know of."],
    charts: [
      lineChart({
        title: "Formula against measurement",
        x: { title: "formula (Mb/s)", isLogarithmic: true },
        y: { title: "measured (Mb/s)", isLogarithmic: true },
        isScatter: true,
        points: CASES.filter(({ isIdle }) => !isIdle).map(({ run: { id } }) => ({
          x: valueOf(results.figure(id, predicted)),
          y: valueOf(results.figure(id, (one) => one.logMbit)),
          of: "runs with reads or packets",
        })),
      }),
    ],
  }),
};

function predicted(one: Measurement): number {
  return (one.diskReadMegabytes * BITS + one.receivedMbit) * OVERHEAD;
}

function holdsOf(results: Results): ReturnType<TableSpec["compute"]>["holds"] {
  const shares = (isIdle: boolean): { label: string; share: number }[] =>
    CASES.filter((one) => one.isIdle === isIdle).map(({ label, run: { id } }) => ({
      label,
      share: valueOf(results.figure(id, (one) => predicted(one) / one.logMbit)),
    }));
  const active = shares(false);
  const idle = shares(true);
  const below = active.filter(({ share }) => !(share >= 0.95 && share <= 1.3));
  return [
    hold(
      "a slight over-estimate where there are reads or packets: 0.95 to 1.3 of what is logged",
      below.length === 0,
      active.map(({ label, share }) => `${label} ${share.toFixed(2)}`).join(", "),
      "the formula leaves out ticks and outputs: what logs a few Mb/s has a large share of them",
    ),
    hold(
      "far too little for a machine that only ticks: less than 0.2",
      idle.every(({ share }) => share < 0.2),
      idle.map(({ label, share }) => `${label} ${share.toFixed(2)}`).join(", "),
    ),
  ];
}
