// What things cost in the tables' runs: declared here, printed before any table, the same for all of
// them. Two rows of the paper chose a value; all other values are the paper's, or plain assumptions.

import type { ScenarioValues } from "./run-spec.ts";

export interface Parameter {
  readonly name: string;
  readonly value: string;
  /** Where it comes from. */
  readonly origin: string;
}

/** Chosen by two rows at once: SPECjbb's 0.98 and Receive (1 Gb)'s 604 Mb/s. */
const RECORD_COST = "9550ns";
const RECORD_COST_PER_KIB = "500ns";
const EXIT_COST = "1us";
const REPLAY_COST = "1us";

export const RTT_1G = "150us";
export const RTT_10G = "90us";

/** netperf's path: two hops each way, so that 64 KiB in flight just reach 940 Mb/s without FT. */
const NETPERF_HOP = "254us";

/** Of the hosts under netperf: the paper's Xeon at one step a cycle. */
const NETPERF_SPEED = 2_800_000_000;

const HOST: ScenarioValues = {
  "exit-cost": EXIT_COST,
  "record-cost": RECORD_COST,
  "record-cost-per-kib": RECORD_COST_PER_KIB,
  "replay-cost": REPLAY_COST,
};

export const FITTED_ON = "TAB-1 row SPECjbb2005 (ratio), TAB-2 row Receive (1 Gb) (throughput)";

export const PARAMETERS: readonly Parameter[] = [
  {
    name: "record-cost",
    value: RECORD_COST,
    origin: `of every log entry. FITTED ON: ${FITTED_ON}; one value for both`,
  },
  {
    name: "netperf hop",
    value: NETPERF_HOP,
    origin: "round trip of one of two hops. FITTED ON: TAB-2's base, 940 Mb/s without FT",
  },
  {
    name: "record-cost-per-kib",
    value: RECORD_COST_PER_KIB,
    origin: "copying at 2 GB/s; assumed",
  },
  { name: "replay-cost", value: REPLAY_COST, origin: "of every log entry; assumed" },
  {
    name: "exit-cost",
    value: EXIT_COST,
    origin: "of every stop of the machine, with FT and without; assumed",
  },
  {
    name: "log-link",
    value: `${RTT_1G} at 1 Gb/s, ${RTT_10G} at 10 Gb/s`,
    origin: "the paper's ping between hypervisors",
  },
  {
    name: "storage",
    value: "1 to 5 ms, 4 Gb/s",
    origin: "the paper's Fibre Channel; assumed times",
  },
  {
    name: "host speed",
    value: "100 million steps/s",
    origin: "so that it can be computed: costs are in ns, so ratios do not depend on it",
  },
  {
    name: "host speed, netperf",
    value: "2,800 million steps/s",
    origin: "the paper's Xeon, one step a cycle",
  },
];

/** The bed of TAB-1: a 10 Gb/s logging link between the hosts, clients on 1 Gb/s (paper 5). */
export const TEST_BED: ScenarioValues = {
  host: HOST,
  "log-link": { rtt: RTT_10G, bandwidth: "10Gb/s" },
};

export function bedWithLogRtt(rtt: string, bandwidth: string = "1Gb/s"): ScenarioValues {
  return { host: HOST, "log-link": { rtt, bandwidth } };
}

export function netperfBed(link: "1 Gb" | "10 Gb"): ScenarioValues {
  const log =
    link === "1 Gb" ? { rtt: RTT_1G, bandwidth: "1Gb/s" } : { rtt: RTT_10G, bandwidth: "10Gb/s" };
  return {
    host: { ...HOST, speed: NETPERF_SPEED },
    "client-link": { rtt: NETPERF_HOP, bandwidth: "1Gb/s" },
    "log-link": log,
  };
}
