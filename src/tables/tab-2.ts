// TAB-2, the paper's Table 2: netperf over a 1 Gb/s client link, one stream with 64 KiB in flight.

import { comparisonChart } from "./charts.ts";
import { type Direction, type LogLink, netperfId, netperfRun, type NetperfRun } from "./loads.ts";
import { WITH_FT, WITHOUT_FT } from "./run-spec.ts";
import type { Figure } from "./statistics.ts";
import {
  allWithin,
  cell,
  hold,
  list,
  type Results,
  type Row,
  type TableBody,
  type TableSpec,
  valueOf,
} from "./table.ts";

interface PaperRow {
  readonly direction: Direction;
  readonly link: LogLink;
  readonly throughput: number;
  readonly log: number;
}

const BASE = 940;
const ROWS: readonly PaperRow[] = [
  { direction: "receive", link: "1 Gb", throughput: 604, log: 730 },
  { direction: "transmit", link: "1 Gb", throughput: 855, log: 42 },
  { direction: "receive", link: "10 Gb", throughput: 860, log: 990 },
  { direction: "transmit", link: "10 Gb", throughput: 935, log: 60 },
];

/** What the paper's choices are worth, on the 1 Gb link. */
const VARIANTS: readonly {
  readonly title: string;
  readonly change: Pick<NetperfRun, "bugs" | "rxBatch" | "logBatch">;
}[] = [
  { title: "as above", change: {} },
  { title: "the VM stops at every output (R-2.4)", change: { bugs: ["stops-at-outputs"] } },
  { title: "all entries wait 10 ms (BUG-56)", change: { bugs: ["BUG-56"], logBatch: "10ms" } },
  { title: "frames within 20 us are one entry (R-10.2)", change: { rxBatch: "20us" } },
];
const DIRECTIONS: readonly Direction[] = ["receive", "transmit"];

export const TAB_2: TableSpec = {
  number: 2,
  title: "netperf",
  source: "paper, Table 2",
  runs: () => [
    ...DIRECTIONS.map((direction) => netperfRun({ direction, link: "1 Gb", protocol: WITHOUT_FT })),
    ...ROWS.map(({ direction, link }) => netperfRun({ direction, link, protocol: WITH_FT })),
    ...VARIANTS.flatMap(({ change }) =>
      DIRECTIONS.map((direction) =>
        netperfRun({ direction, link: "1 Gb", protocol: WITH_FT, ...change }),
      ),
    ),
  ],
  compute: (results) => ({
    parts: [mainPart(results), ablationPart(results)],
    holds: holdsOf(results),
    missing: ["ack-on-execute: see TAB-7"],
    notes: [
      "Receive is bound by the host that records: each packet is an entry of its own, so the faster link helps it less than it helped the paper's, which clusters (R-10.2).",
      "base is 64 KiB in flight over a path whose length was chosen for 940 Mb/s; what FT adds to that path makes the other rows.",
    ],
    charts: [
      comparisonChart({
        title: "Throughput of netperf with FT",
        unit: "Mb/s",
        rows: ROWS.map((row) => ({
          label: titleOf(row),
          ours: valueOf(throughputOf(results, row)),
          paper: row.throughput,
        })),
      }),
    ],
  }),
};

function titleOf({ direction, link }: PaperRow): string {
  return `${direction === "receive" ? "Receive" : "Transmit"} (${link})`;
}

function throughputOf(results: Results, { direction, link }: PaperRow): Figure | undefined {
  const id = netperfId({ direction, link, protocol: WITH_FT });
  return results.figure(id, (one) => one.movedMbit);
}

function logOf(results: Results, { direction, link }: PaperRow): Figure | undefined {
  return results.figure(netperfId({ direction, link, protocol: WITH_FT }), (one) => one.logMbit);
}

function shareOf(results: Results, { direction, link }: PaperRow): number {
  const id = netperfId({ direction, link, protocol: WITH_FT });
  return valueOf(results.figure(id, (one) => one.logMbit / one.movedMbit));
}

function wireShareOf(results: Results, { direction, link }: PaperRow): number {
  const id = netperfId({ direction, link, protocol: WITH_FT });
  return valueOf(results.figure(id, (one) => one.logWireMbit / one.movedMbit));
}

function baseOf(results: Results, direction: Direction): Figure | undefined {
  const id = netperfId({ direction, link: "1 Gb", protocol: WITHOUT_FT });
  return results.figure(id, (one) => one.movedMbit);
}

function mainPart(results: Results): TableBody["parts"][number] {
  const rows = ROWS.map((row): Row => {
    const { direction, link, throughput, log } = row;
    const isFitted = direction === "receive" && link === "1 Gb";
    return {
      label: titleOf(row),
      cells: [
        cell(baseOf(results, direction), { decimals: 0, paper: BASE, isFitted: true }),
        cell(throughputOf(results, row), { decimals: 0, paper: throughput, isFitted }),
        cell(logOf(results, row), { decimals: 0, paper: log }),
        cell(
          results.figure(
            netperfId({ direction, link, protocol: WITH_FT }),
            (one) => one.logWireMbit,
          ),
          { decimals: 0 },
        ),
      ],
    };
  });
  return {
    title: "Throughput without FT (base) and with it, and the log",
    columns: [
      { title: "base", unit: "Mb/s" },
      { title: "FT", unit: "Mb/s" },
      { title: "logging", unit: "Mb/s" },
      { title: "wire", unit: "Mb/s" },
    ],
    rows,
  };
}

function ablationPart(results: Results): TableBody["parts"][number] {
  const rows = VARIANTS.map(
    ({ title, change }): Row => ({
      label: title,
      cells: DIRECTIONS.map((direction) => {
        const id = netperfId({ direction, link: "1 Gb", protocol: WITH_FT, ...change });
        return cell(
          results.figure(id, (one) => one.movedMbit),
          { decimals: 0 },
        );
      }),
    }),
  );
  return {
    title: "The same on the 1 Gb link with one choice taken otherwise",
    columns: [
      { title: "Receive", unit: "Mb/s" },
      { title: "Transmit", unit: "Mb/s" },
    ],
    rows,
  };
}

function holdsOf(results: Results): TableBody["holds"] {
  const [rx1, tx1, rx10, tx10] = ROWS.map((row) => valueOf(throughputOf(results, row)));
  const receiving = ROWS.filter(({ direction }) => direction === "receive");
  const sending = ROWS.filter(({ direction }) => direction === "transmit");
  const received = receiving.map((row) => shareOf(results, row));
  const sent = sending.map((row) => shareOf(results, row));
  const onWire = (rows: readonly PaperRow[]): string =>
    `(${list(
      rows.map((row) => wireShareOf(results, row)),
      3,
    )} on the wire)`;
  const losses = ROWS.map((row) => BASE - valueOf(throughputOf(results, row)));
  const [first = Number.NaN, ...others] = losses;
  return [
    hold(
      "Transmit > Receive on each link",
      greater(tx1, rx1) && greater(tx10, rx10),
      pairs(results),
    ),
    hold(
      "10 Gb > 1 Gb in each direction",
      greater(rx10, rx1) && greater(tx10, tx1),
      pairs(results),
    ),
    hold(
      "the log of Receive is 1.05 to 1.25 of what is received",
      allWithin(received, 1.05, 1.25),
      `${list(received, 3)} ${onWire(receiving)}`,
    ),
    hold(
      "the log of Transmit is 0.03 to 0.08 of what is sent",
      allWithin(sent, 0.03, 0.08),
      `${list(sent, 3)} ${onWire(sending)}`,
      "each segment has an output entry of its own here, 76 B before it is packed into messages; the paper's log needs no record of what is sent but that an operation took place",
    ),
    hold(
      "the gap to base is largest for Receive (1 Gb)",
      others.every((loss) => first > loss),
      `${list(losses, 0)} Mb/s lost`,
    ),
  ];
}

function greater(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && one > other;
}

function pairs(results: Results): string {
  return ROWS.map(
    (row) => `${titleOf(row)} ${valueOf(throughputOf(results, row)).toFixed(0)}`,
  ).join(", ");
}
