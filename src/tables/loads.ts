// The loads that several tables ask for: the paper's four applications as far as a hypervisor sees
// them (ticks, packets, disk blocks, work), netperf, an idle machine, and a single byte there and back.

import { bedWithLogRtt, netperfBed, TEST_BED } from "./parameters.ts";
import { idOf, type RunSpec, runSpec, type ScenarioValues } from "./run-spec.ts";

export interface Load {
  readonly id: string;
  readonly title: string;
  readonly guest: string;
  readonly workload: ScenarioValues;
  /** Its speed is that of the guest's work; otherwise that of answered operations. */
  readonly isWork: boolean;
  /** Virtual ms. */
  readonly warmUp: number;
  readonly measured: number;
}

/** CPU and memory, and hardly anything else: 1,000 ticks a second. */
export const JBB: Load = {
  id: "jbb",
  title: "SPECjbb2005",
  guest: "cpu",
  workload: { kind: "cpu", timer: 1_000 },
  isWork: true,
  warmUp: 200,
  measured: 1_000,
};

/** CPU, and 1.5 Mb/s of disk reads: 23 reads of 8 KiB, 20 writes of 4 KiB a second. */
export const KCOMPILE: Load = {
  id: "kcompile",
  title: "Kernel compile",
  guest: "cpu",
  workload: {
    kind: "cpu",
    timer: 1_000,
    reads: 23,
    "read-size": "8KiB",
    writes: 20,
    "write-size": "4KiB",
  },
  isWork: true,
  warmUp: 200,
  measured: 1_000,
};

/** 80 sessions that think; one read of 8 KiB a transaction: 9 Mb/s of reads, 3 Mb/s of the rest. */
export const SWING: Load = {
  id: "swing",
  title: "Oracle Swingbench",
  guest: "oltp",
  workload: {
    kind: "oltp",
    clients: 80,
    timer: 1_000,
    think: "580ms",
    work: 300,
    reads: 1,
    "read-size": "8KiB",
    writes: 1,
    "write-size": "2KiB",
    request: "1KiB",
    reply: "2KiB",
  },
  isWork: false,
  warmUp: 1_000,
  measured: 3_000,
};

/** 16 clients that do not think: 10 Mb/s of reads, 8 Mb/s of the rest, most of it requests. */
export const DVD: Load = {
  id: "dvd",
  title: "MS-SQL DVD Store",
  guest: "oltp",
  workload: {
    kind: "oltp",
    clients: 16,
    timer: 1_000,
    work: 160,
    reads: 0.475,
    "read-size": "8KiB",
    writes: 1,
    "write-size": "2KiB",
    request: "1980B",
    reply: "2KiB",
  },
  isWork: false,
  warmUp: 300,
  measured: 1_500,
};

export function loadRun(load: Load, protocol: string): RunSpec {
  const { id, guest, workload, warmUp, measured } = load;
  return runSpec({
    id: idOf(id, protocol),
    protocol,
    guest,
    topology: TEST_BED,
    workload,
    warmUp,
    measured,
  });
}

/** The backup reads the disk itself, and the log carries no blocks. */
export const BACKUP_READS: ScenarioValues = { "disk-reads": "backup" };
const WITH_BACKUP_READS = "backup-reads";

export function withBackupReads(run: RunSpec): RunSpec {
  return {
    ...run,
    id: idOf(run.id, WITH_BACKUP_READS),
    scenario: { ...run.scenario, protocol: BACKUP_READS },
  };
}

export const IDLE_HZ = [82, 250, 1_000] as const;

export function idleRun(hz: number, protocol: string): RunSpec {
  return runSpec({
    id: idOf("idle", hz, protocol),
    protocol,
    guest: "cpu",
    topology: TEST_BED,
    workload: { kind: "cpu", timer: hz, busy: false, every: "1s" },
    warmUp: 200,
    measured: 1_000,
  });
}

export type Direction = "receive" | "transmit";
export type LogLink = "1 Gb" | "10 Gb";

export interface NetperfRun {
  readonly direction: Direction;
  readonly link: LogLink;
  readonly protocol: string;
  readonly bugs?: readonly string[];
  /** frames that arrive within it are one entry; "0s": each is its own. */
  readonly rxBatch?: string;
  /** how long entries that are no outputs may wait for others. */
  readonly logBatch?: string;
}

export function netperfRun(run: NetperfRun): RunSpec {
  const { direction, link, protocol, bugs = [], rxBatch = "0s", logBatch = "0s" } = run;
  return runSpec({
    id: netperfId(run),
    protocol,
    guest: "stream",
    topology: netperfBed(link),
    settings: { "rx-batch": rxBatch, "log-batch": logBatch },
    workload: { kind: "bulk", direction },
    bugs,
    warmUp: 50,
    measured: 200,
  });
}

export function netperfId(run: NetperfRun): string {
  const { direction, link, protocol, bugs = [], rxBatch = "", logBatch = "" } = run;
  return idOf(
    "netperf",
    direction,
    link,
    protocol,
    ...bugs,
    ...[rxBatch, logBatch].filter(Boolean),
  );
}

/** One byte of an answer to a small request, once every few milliseconds. */
export function pingRun(rtt: string, protocol: string): RunSpec {
  return runSpec({
    id: idOf("ping", rtt, protocol),
    protocol,
    guest: "oltp",
    topology: bedWithLogRtt(rtt),
    workload: {
      kind: "oltp",
      clients: 1,
      timer: 100,
      think: "5ms",
      work: 0,
      reads: 0,
      writes: 0,
      request: "64B",
      reply: "1B",
    },
    warmUp: 200,
    measured: 1_000,
  });
}

/** Reads of 64 KiB at a rate, by an idle machine: megabytes a second. */
export function readRun(megabytes: number, protocol: string): RunSpec {
  return runSpec({
    id: idOf("read", megabytes, protocol),
    protocol,
    guest: "cpu",
    topology: TEST_BED,
    workload: {
      kind: "cpu",
      timer: 1_000,
      busy: false,
      every: "1s",
      reads: Math.round((megabytes * 1_000_000) / 65_536),
      "read-size": "64KiB",
    },
    warmUp: 100,
    measured: 250,
  });
}
