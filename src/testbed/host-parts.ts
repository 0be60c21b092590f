// What a host is made of.

import type { Prng } from "../base/prng.ts";
import type { Host } from "../sim/host.ts";
import type { Kernel } from "../sim/kernel.ts";
import type { Network } from "../sim/network.ts";
import type { Storage } from "../sim/storage.ts";
import type { RecordedCrossing } from "./flight-recorder.ts";
import type { HostArbiter } from "./host-arbiter.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Lineages } from "./lineages.ts";
import type { HostPeers } from "./host-peers.ts";
import type { StorageInitiator } from "./storage-initiator.ts";
import type { VmRunner } from "./vm-runner.ts";

/** Where a host's disk commands go. */
export interface HostDisk {
  readonly actor: string;
  /** A disk of the host's own, a part of the VM; undefined where one is shared. */
  readonly own: Storage | undefined;
}

/** The world builds the parts. */
export interface HostParts {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly host: Host;
  readonly runner: VmRunner;
  /** The ways to all other hosts. */
  readonly peers: HostPeers;
  readonly initiator: StorageInitiator;
  readonly disk: HostDisk;
  readonly arbiter: HostArbiter;
  readonly facts: HostFacts;
  readonly entropy: Prng;
  /** Shared by all hosts of a world. */
  readonly lineages: Lineages;
  /** What crossed the port of a node's machine so far. */
  readonly peerRecord: (node: string) => readonly RecordedCrossing[];
  readonly mark: (name: string) => void;
}
