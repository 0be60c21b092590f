// The options of `ftsim run`, as commander hands them over, and what `ftsim replay` knows besides.

import type { Intervention } from "../faults/operator.ts";

export interface RunOptions {
  readonly scenario: string;
  readonly seed: string | undefined;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly set: readonly string[];
  readonly protocol: string | undefined;
  readonly out: string | undefined;
  readonly pcap: boolean;
  readonly report: boolean;
  /** Every fact into the report, however large it gets. */
  readonly allFacts: boolean;
  /** Names of planted bugs and of switched-off rules stay out of report and terminal. */
  readonly hideBug: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Replicas to debug, and from when on. */
  readonly gdb?: string;
  readonly gdbAt?: string;
  /** How many forks of the run let the primary die; "all": at every event. */
  readonly counterfactuals?: string;
  /** What is done to the run, as text: "@1234~crash~h1". */
  readonly do?: readonly string[];
  /** What a person did to the run that is replayed. */
  readonly interventions?: readonly Intervention[];
}
