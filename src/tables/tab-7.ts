// TAB-7: every protocol that this build knows, under the same loads on the same links.

import { comparisonChart } from "./charts.ts";
import { JBB, loadRun, pingRun, SWING } from "./loads.ts";
import { idOf, WITH_FT, WITHOUT_FT } from "./run-spec.ts";
import type { Figure } from "./statistics.ts";
import { ratioOf } from "./tab-1.ts";
import {
  type Abilities,
  cell,
  type Hold,
  hold,
  type Results,
  type TableSpec,
  valueOf,
} from "./table.ts";

const RTT = "150us";
const RTT_US = 150;
const US = 1_000;

/** What the specification compares, by the names under which a build may know them. */
const COMPARED: readonly { readonly name: string; readonly title: string }[] = [
  { name: WITH_FT, title: "VM-FT" },
  { name: "stop-on-output", title: "stop on output (Bressoud and Schneider)" },
  { name: "epochs", title: "epochs" },
  { name: "ack-on-execute", title: "ack on execute" },
  { name: "checkpoints", title: "checkpoints (Remus)" },
  { name: "colo", title: "compared outputs (COLO)" },
];

export const TAB_7: TableSpec = {
  number: 7,
  title: "Other protocols",
  source: "paper, 6; the specification's 12.6",
  runs: (abilities) => [
    pingRun(RTT, WITHOUT_FT),
    loadRun(JBB, WITHOUT_FT),
    loadRun(SWING, WITHOUT_FT),
    ...protectedBy(abilities).flatMap((name) => [
      pingRun(RTT, name),
      loadRun(JBB, name),
      loadRun(SWING, name),
    ]),
  ],
  compute: (results, abilities) => {
    const names = protectedBy(abilities);
    return {
      parts: [
        {
          title: "Added latency, log and speed",
          columns: [
            { title: "added latency", unit: "us" },
            { title: "logging of OLTP", unit: "Mb/s" },
            { title: "OLTP/base", unit: "" },
            { title: "CPU-bound/base", unit: "" },
          ],
          rows: names.map((name) => ({
            label: COMPARED.find((one) => one.name === name)?.title ?? name,
            cells: [
              cell(addedBy(results, name), { decimals: 0 }),
              cell(
                results.figure(idOf(SWING.id, name), (one) => one.logMbit),
                { decimals: 2 },
              ),
              cell(ratioOf(results, SWING, name), { decimals: 3 }),
              cell(ratioOf(results, JBB, name), { decimals: 3, isFitted: name === WITH_FT }),
            ],
          })),
        },
      ],
      holds: holdsOf(results, names),
      missing: COMPARED.filter(({ name }) => !names.includes(name)).map(
        ({ name, title }) => `${title}: this build knows no protocol ${name}`,
      ),
      notes: [
        "others' figures, on other machines: SMP-FT 0.1 -> 6.3 ms, Rx 9.5 -> 2.4, Tx 9.5 -> 8.0 Gb/s; Remus at 40 checkpoints/s: kernel compile and SPECweb at 0.50 and 0.31 of native.",
      ],
      charts: [
        comparisonChart({
          title: "Added latency",
          unit: "us (the diamond: one round trip)",
          rows: names.map((name) => ({
            label: name,
            ours: valueOf(addedBy(results, name)),
            paper: RTT_US,
          })),
        }),
      ],
    };
  },
};

function protectedBy({ protocols }: Abilities): readonly string[] {
  return protocols.filter((name) => name !== WITHOUT_FT);
}

function addedBy(results: Results, name: string): Figure | undefined {
  return results.difference(pingRun(RTT, name).id, pingRun(RTT, WITHOUT_FT).id, (one) =>
    one.latency === undefined ? Number.NaN : one.latency.median / US,
  );
}

function holdsOf(results: Results, names: readonly string[]): readonly Hold[] {
  const added = new Map(names.map((name) => [name, valueOf(addedBy(results, name))]));
  const paper = added.get(WITH_FT) ?? Number.NaN;
  const holds = [
    hold(
      "VM-FT adds about one round trip: 1 to 2",
      paper >= RTT_US && paper <= 2 * RTT_US,
      `${paper.toFixed(0)} us of ${RTT_US}`,
    ),
  ];
  const checkpoints = added.get("checkpoints");
  if (checkpoints !== undefined)
    holds.push(
      hold(
        "checkpoints add more latency than VM-FT, by a factor of 10",
        checkpoints >= 10 * paper,
        `${checkpoints.toFixed(0)} us against ${paper.toFixed(0)}`,
      ),
    );
  const executed = added.get("ack-on-execute");
  if (executed !== undefined)
    holds.push(
      hold(
        "ack on execute adds more latency than VM-FT",
        executed > paper,
        `${executed.toFixed(0)} us against ${paper.toFixed(0)}`,
      ),
    );
  return holds;
}
