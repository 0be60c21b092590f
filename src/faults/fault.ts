// What can go wrong, as data, and what a fault may do to the world. A kind of fault is one file in
// kinds/ and one line in registry.ts.

import type { Duration } from "../base/time.ts";
import type { Chance } from "../sim/chance.ts";
import type { LinkBite, LinkFaults } from "../sim/link.ts";
import type { StorageBite, StorageFaults } from "../sim/storage-faults.ts";

/** One fault of a schedule: which kind, on what, for how long (absent: for good), and how strongly. */
export interface Fault {
  readonly kind: string;
  /** A node, a role, a name of links (link-names.ts), or the storage. */
  readonly target: string;
  readonly lasts: Duration | undefined;
  readonly percent: number | undefined;
  readonly chance: Chance | undefined;
  /** Signed where a clock is meant. */
  readonly by: Duration | undefined;
  readonly bandwidth: number | undefined;
  readonly ppm: number | undefined;
  readonly times: number | undefined;
  /** A host: where something goes to. */
  readonly onto: string | undefined;
}

/** Where an operator moves a VM: to a host that has none, whichever that is then. */
export const SPARE = "spare";

/** What an operator may ask of the VM on a host. */
export type OperatorRequest =
  | { readonly do: "move"; readonly to: string }
  | { readonly do: "power-off" }
  | { readonly do: "cpu-share"; readonly percent: number };

/** The optional values of a fault that a kind may need. */
export type Strength = "percent" | "chance" | "by" | "bandwidth" | "ppm" | "times" | "onto";

/** What the testbed lets a fault do. Hosts are named as they are when the fault strikes. */
export interface FaultTargets {
  /** True when it changed something: a host that is off already cannot crash. */
  crash(node: string): boolean;
  restart(node: string): boolean;
  pause(node: string): boolean;
  resume(node: string): boolean;
  stall(node: string): boolean;
  unstall(node: string): boolean;
  setSpeed(node: string, percent: number): boolean;
  /** Its failure detector fires for no reason. */
  alarm(node: string): boolean;
  command(node: string, request: OperatorRequest): boolean;
  stepClock(node: string, ns: number): boolean;
  driftClock(node: string, ppm: number): boolean;
  /** Drifts as the topology has it again. */
  restoreDrift(node: string): boolean;
  changeLinks(names: readonly string[], change: Partial<LinkFaults>): void;
  /** These settings are as the topology has them again. */
  restoreLinks(names: readonly string[], settings: readonly (keyof LinkFaults)[]): void;
  setStorageDown(isDown: boolean): void;
  changeStorage(change: Partial<StorageFaults>): void;
  restoreStorage(settings: readonly (keyof StorageFaults)[]): void;
  delayNextWrite(node: string, by: Duration): void;
  /** Of a node, or of everybody (""). */
  tearWrites(node: string): void;
  loseCache(): void;
  /** How many packets or commands were hit in this way, since the run began. */
  bites(bite: Bite): number;
}

export type Bite = LinkBite | StorageBite;

/** Where a fault strikes: one node, some links, or the storage server. */
export interface Aim {
  readonly nodes: readonly string[];
  readonly links: readonly string[];
}

export interface FaultKind {
  /** The key in a scenario: `crash: primary`. */
  readonly name: string;
  readonly aim: "node" | "links" | "storage" | "node-or-storage";
  /** One line for `ftsim list faults`. */
  readonly summary: string;
  /** Which of the optional values it needs. */
  readonly needs: readonly Strength[];
  /** Which others it understands. */
  readonly takes?: readonly Strength[];
  /** False: it has no end of its own (a crash). */
  readonly canEnd: boolean;
  /** Nothing goes wrong: somebody asks for it. */
  readonly isOperation?: boolean;
  /**
   * The host is lost to the pair: at most one may be (budget.ts). `for-a-while`: its hypervisor comes
   * back, without a VM, and votes.
   */
  readonly losesHost?: "for-good" | "for-a-while";
  /** What it does to packets or commands; absent: what it does is done when it strikes. */
  readonly bite?: Bite;
  /** How often it did something at once; what comes later is counted as bites. */
  start(targets: FaultTargets, fault: Fault, aim: Aim): number;
  end(targets: FaultTargets, fault: Fault, aim: Aim): void;
  /** In words: "h1 crashes". */
  describe(fault: Fault, aim: Aim): string;
}

/** Does something to each node; how many of them it changed. */
export function toNodes(aim: Aim, act: (node: string) => boolean): number {
  return aim.nodes.filter(act).length;
}
