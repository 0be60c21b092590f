// Every protocol that comes with the testbed. To add one: a file beside these, and a line here.

import type { Protocol } from "../ft/protocol.ts";
import { UNPROTECTED } from "../ft/unprotected.ts";
import { VM_FT } from "../ft/vm-ft.ts";
import { CHECKPOINTS } from "./checkpoints.ts";
import { COLO } from "./colo.ts";
import { EPOCHS } from "./epochs.ts";
import { ACK_ON_EXECUTE, STOP_ON_OUTPUT } from "./replaying.ts";

export interface KnownProtocol {
  readonly protocol: Protocol;
  readonly title: string;
  readonly about: string;
  /** Where it is described. */
  readonly source: string;
  /** A scenario that shows it. */
  readonly scenario: string;
}

export const KNOWN_PROTOCOLS: readonly KnownProtocol[] = [
  {
    protocol: VM_FT,
    title: "deterministic replay, outputs wait for the log (the paper)",
    about:
      "The primary logs whatever a replica could not recompute, the backup replays it. An output leaves when the backup holds its log entry; the machine runs on meanwhile.",
    source: "the paper, sections 2 and 3",
    scenario: "failover",
  },
  {
    protocol: STOP_ON_OUTPUT,
    title: "as vm-ft, but the machine stands at each output until it is acknowledged",
    about:
      "What an output costs is not latency only but time of the machine: it stands for a round trip at each. Between outputs it is VM-FT.",
    source: "Bressoud and Schneider 1996, as the paper's section 6 tells it",
    scenario: "stop-on-output",
  },
  {
    protocol: ACK_ON_EXECUTE,
    title: "as vm-ft, but the backup acknowledges what it has executed",
    about:
      "An output waits until the backup's machine has performed it too. A backup that lags makes every client wait; one that fails to execute what it holds is noticed before anything leaves.",
    source: "the paper, section 2.2, by contrast",
    scenario: "ack-on-execute",
  },
  {
    protocol: EPOCHS,
    title: "as vm-ft, but events are delivered only every N steps, after a handshake",
    about:
      "The machine runs for `epoch-steps` steps, stands until the backup has acknowledged all of them, takes what came meanwhile and runs on. Short epochs cost throughput, long ones latency. No instruction counter is needed that can stop anywhere, which is what it was made for.",
    source: "Bressoud and Schneider 1995",
    scenario: "epochs",
  },
  {
    protocol: CHECKPOINTS,
    title: "dirty pages every 25 ms; outputs of an epoch wait for its checkpoint",
    about:
      "Nothing is replayed: the primary's dirty pages travel `checkpoint-interval` after the last ones, the machine running on meanwhile, and the backup goes on from the last whole checkpoint. It needs no determinism and pays with bandwidth for what the guest writes, and with an epoch of latency.",
    source: "Remus 2008; the fast checkpointing of vSphere 6",
    scenario: "checkpoints",
  },
  {
    protocol: COLO,
    title: "both machines run; an output leaves when both have performed it",
    about:
      "Both machines run on the primary's input, each at its own pace. Equal outputs leave at once; where they differ, or one is late by `compare-timeout`, the secondary gets the primary's state. At a takeover it goes on from where it is.",
    source: "COLO 2013",
    scenario: "colo",
  },
  {
    protocol: UNPROTECTED,
    title: "no protection: the guest alone, as if there were no second host",
    about:
      "Nothing is recorded, nothing is held, nobody takes over. It is what FT costs are measured against.",
    source: "the paper, section 5: base",
    scenario: "all-is-well",
  },
];

export function knownProtocol(name: string): KnownProtocol | undefined {
  return KNOWN_PROTOCOLS.find(({ protocol }) => protocol.name === name);
}
