// TAB-4, the paper's section 4.2: disk reads on the backup instead of blocks in the log.

import { lineChart } from "./charts.ts";
import { BACKUP_READS, DVD, type Load, loadRun, readRun, SWING, withBackupReads } from "./loads.ts";
import type { Measurement } from "./meter.ts";
import { type RunSpec, WITH_FT } from "./run-spec.ts";
import type { Figure } from "./statistics.ts";
import {
  type Abilities,
  allWithin,
  cell,
  type Cell,
  hold,
  list,
  type Results,
  type TableSpec,
  valueOf,
} from "./table.ts";
import { paceOf } from "./tab-1.ts";

const RATES = [1, 5, 20, 80] as const;
const LOADS: readonly {
  readonly load: Load;
  readonly log: number;
  readonly change: number;
}[] = [
  { load: SWING, log: 3, change: -4 },
  { load: DVD, log: 8, change: -1 },
];
const WHY = "needs disk reads on the backup (R-11.2), which this build does not have";
const logMbit = (one: Measurement): number => one.logMbit;
const BITS = 8;

export const TAB_4: TableSpec = {
  number: 4,
  title: "Disk reads on the backup",
  source: "paper, 4.2 and 5.1",
  runs: (abilities) => {
    const shipped = [
      ...RATES.map((rate) => readRun(rate, WITH_FT)),
      ...LOADS.map(({ load }) => loadRun(load, WITH_FT)),
    ];
    return hasBackupReads(abilities) ? [...shipped, ...shipped.map(withBackupReads)] : shipped;
  },
  compute: (results, abilities) => {
    const isBuilt = hasBackupReads(abilities);
    return {
      parts: [
        {
          title: "The log over the disk reads of an idle machine",
          columns: [
            { title: "read", unit: "MB/s" },
            { title: "logging", unit: "Mb/s" },
            { title: "read on backup", unit: "Mb/s" },
          ],
          rows: RATES.map((rate) => ({
            label: `${rate} MB/s`,
            cells: [
              cell(diskOf(results, rate), { decimals: 1 }),
              cell(logOf(results, rate), { decimals: 1, ...paperAt(rate) }),
              alternative(results, readRun(rate, WITH_FT), isBuilt),
            ],
          })),
        },
        {
          title: "Swingbench and DVD Store",
          columns: [
            { title: "logging", unit: "Mb/s" },
            { title: "throughput", unit: "%" },
          ],
          rows: LOADS.map(({ load, log, change }) => ({
            label: load.title,
            cells: [
              alternative(results, loadRun(load, WITH_FT), isBuilt, log),
              isBuilt
                ? cell(changeOf(results, load), { decimals: 1, paper: change })
                : { kind: "missing", why: WHY },
            ],
          })),
        },
      ],
      holds: [followsReads(results), ...(isBuilt ? [staysFlat(results)] : [])],
      missing: isBuilt ? [] : [`the column and the part on the backup: ${WHY}`],
      notes: [],
      charts: [
        lineChart({
          title: "Log over disk reads",
          x: { title: "disk reads (MB/s)" },
          y: { title: "logging (Mb/s)" },
          points: [
            ...RATES.map((x) => ({ x, y: valueOf(logOf(results, x)), of: "blocks in the log" })),
            ...(isBuilt
              ? RATES.map((x) => ({
                  x,
                  y: valueOf(backupLog(results, x)),
                  of: "read on the backup",
                }))
              : []),
          ],
        }),
      ],
    };
  },
};

function hasBackupReads(abilities: Abilities): boolean {
  return abilities.accepts(BACKUP_READS);
}

/** 80 MB/s are 640 Mb/s: KB 1011965. */
function paperAt(rate: number): { readonly paper?: number } {
  return rate === 80 ? { paper: 640 } : {};
}

function diskOf(results: Results, rate: number): Figure | undefined {
  return results.figure(readRun(rate, WITH_FT).id, (one) => one.diskReadMegabytes);
}

function logOf(results: Results, rate: number): Figure | undefined {
  return results.figure(readRun(rate, WITH_FT).id, logMbit);
}

function backupLog(results: Results, rate: number): Figure | undefined {
  return results.figure(withBackupReads(readRun(rate, WITH_FT)).id, logMbit);
}

function alternative(results: Results, run: RunSpec, isBuilt: boolean, paper?: number): Cell {
  if (!isBuilt) return { kind: "missing", why: WHY };
  const options = paper === undefined ? { decimals: 1 } : { decimals: 1, paper };
  return cell(results.figure(withBackupReads(run).id, logMbit), options);
}

function changeOf(results: Results, load: Load): Figure | undefined {
  const run = loadRun(load, WITH_FT);
  return results.combine(
    withBackupReads(run).id,
    run.id,
    paceOf(load),
    (a, b) => (a / b - 1) * 100,
  );
}

/** Above what ticks make: every megabyte that is read is eight megabits of log, and hardly more. */
function followsReads(results: Results): ReturnType<typeof hold> {
  const [least, ...more] = RATES;
  const from = valueOf(logOf(results, least));
  const fromDisk = valueOf(diskOf(results, least));
  const factors = more.map(
    (rate) =>
      (valueOf(logOf(results, rate)) - from) / (valueOf(diskOf(results, rate)) - fromDisk) / BITS,
  );
  return hold(
    "blocks in the log: it follows the reads, 8 Mb/s for each MB/s (within a tenth)",
    allWithin(factors, 1, 1.1),
    `${list(
      factors.map((factor) => factor * BITS),
      2,
    )} Mb/s for each MB/s more`,
  );
}

function staysFlat(results: Results): ReturnType<typeof hold> {
  const logs = RATES.map((rate) => valueOf(backupLog(results, rate)));
  return hold(
    "read on the backup: the log of 80 MB/s is a tenth of what it was, at most",
    (logs[logs.length - 1] as number) <= valueOf(logOf(results, 80)) / 10,
    `${list(logs, 2)} Mb/s`,
  );
}
