// What can go wrong, as data, and what a fault may do to the world. A kind of fault is one file in
// kinds/ and one line in registry.ts.

import type { Duration } from "../base/time.ts";
import type { Ratio } from "../base/prng.ts";
import type { LinkFaults } from "../sim/link.ts";

/** One fault of a schedule: which kind, on what, for how long (absent: for good), and how strongly. */
export interface Fault {
  readonly kind: string;
  /** A node, a role, or a name of links (link-names.ts). */
  readonly target: string;
  readonly lasts: Duration | undefined;
  readonly percent: number | undefined;
  readonly chance: Ratio | undefined;
  readonly by: Duration | undefined;
}

/** What the testbed lets a fault do. Hosts are named as they are when the fault strikes. */
export interface FaultTargets {
  crash(node: string): void;
  pause(node: string): void;
  resume(node: string): void;
  stall(node: string): void;
  unstall(node: string): void;
  setSpeed(node: string, percent: number): void;
  changeLinks(names: readonly string[], change: Partial<LinkFaults>): void;
  /** These settings are as the topology has them again. */
  restoreLinks(names: readonly string[], settings: readonly (keyof LinkFaults)[]): void;
  setStorageDown(isDown: boolean): void;
}

/** Where a fault strikes: one node, some links, or the storage server. */
export interface Aim {
  readonly nodes: readonly string[];
  readonly links: readonly string[];
}

export interface FaultKind {
  /** The key in a scenario: `crash: primary`. */
  readonly name: string;
  readonly aim: "node" | "links" | "storage";
  /** One line for `ftsim list faults`. */
  readonly summary: string;
  /** Which of the optional values it needs. */
  readonly needs: readonly ("percent" | "chance" | "by")[];
  /** False: it has no end of its own (a crash). */
  readonly canEnd: boolean;
  start(targets: FaultTargets, fault: Fault, aim: Aim): void;
  end(targets: FaultTargets, fault: Fault, aim: Aim): void;
  /** In words: "h1 crashes". */
  describe(fault: Fault, aim: Aim): string;
}
