// What the page and its worker say to each other: plain data, copied on the way.

import type { Act } from "../faults/operator.ts";
import type { Fact, Role } from "../history/fact.ts";
import type { Finding, Verdict } from "../history/verdict.ts";
import type { Moment } from "../report/story.ts";

export type ToWorker =
  /** What stands behind the # of an address. */
  | { readonly kind: "open"; readonly address: string }
  /** Up to this moment, but no longer than so many milliseconds of real time. */
  | { readonly kind: "run"; readonly until: number; readonly budget: number }
  /** One event. */
  | { readonly kind: "step" }
  | { readonly kind: "act"; readonly act: Act }
  | { readonly kind: "consoles" };

export type FromWorker =
  | {
      readonly kind: "ready";
      readonly scenarios: readonly ScenarioText[];
      readonly rules: readonly string[];
    }
  | { readonly kind: "opened"; readonly world: WorldView; readonly update: Update }
  | { readonly kind: "update"; readonly update: Update }
  | { readonly kind: "acted"; readonly address: string; readonly update: Update }
  | { readonly kind: "consoles"; readonly consoles: readonly ConsoleView[] }
  | { readonly kind: "over"; readonly ending: Ending; readonly update: Update }
  | { readonly kind: "refused"; readonly message: string };

export interface ScenarioText {
  readonly name: string;
  readonly title: string;
}

/** What of a world never changes. */
export interface WorldView {
  readonly address: string;
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly seed: string;
  readonly hosts: readonly string[];
  readonly clients: readonly string[];
  /** Virtual ns: from here on everything heals. */
  readonly healsAt: number;
}

export interface HostView {
  readonly name: string;
  readonly status: "up" | "paused" | "crashed";
  readonly role: Role;
  readonly steps: number;
}

/** Both directions of a wire. */
export interface WireView {
  readonly wire: string;
  readonly a: string;
  readonly b: string;
  /** Of two directions. */
  readonly cut: 0 | 1 | 2;
  readonly isHeld: boolean;
}

export interface PacketView {
  readonly wire: string;
  readonly from: string;
  readonly to: string;
  readonly sentAt: number;
  /** When it will be there; of a lost packet, undefined. */
  readonly arrivesAt: number | undefined;
}

export interface ClientsView {
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Of the last second of virtual time: answers, and how long they took, ns. */
  readonly rate: number;
  readonly median: number;
  readonly slowest: number;
}

export interface Update {
  /** Everything up to this moment has happened, virtual ns. */
  readonly time: number;
  readonly events: number;
  readonly isOver: boolean;
  readonly hosts: readonly HostView[];
  readonly wires: readonly WireView[];
  readonly isStorageDown: boolean;
  readonly clients: ClientsView;
  /** Since the last update. */
  readonly packets: readonly PacketView[];
  readonly facts: readonly Fact[];
  /** Which fact of the run the first of them is; 0: the run is told from its beginning. */
  readonly firstFact: number;
  /** All moments so far, when there is a new one. */
  readonly moments: readonly Moment[] | undefined;
  /** What was violated so far. */
  readonly violation: string;
}

export interface ConsoleView {
  readonly node: string;
  readonly lines: readonly { readonly time: number | null; readonly text: string }[];
}

export interface CheckerView {
  readonly name: string;
  readonly verdict: Verdict | "idle";
  readonly summary: string;
}

export interface Ending {
  readonly address: string;
  readonly verdict: Verdict;
  readonly digest: string;
  readonly events: number;
  readonly facts: number;
  readonly valid: number;
  readonly judged: number;
  readonly finding: Finding | undefined;
  readonly exhausted: string;
  readonly checkers: readonly CheckerView[];
}
