// What the marks of a run are found by: what was seen of every node, and of the world as a whole, so
// far. Plain data, written by `track` after all watchers have looked at a fact. It is no part of the
// run's identity and decides nothing.

import { clonePlain } from "../../base/clone.ts";
import type { Fact, FactOf, NodeName, Role } from "../../history/fact.ts";

/** Says that a situation came up, so many times. */
export type Note = (name: string, hits?: number) => void;

/** Which facts a watcher looks at, before they are tracked. */
export type Handlers = {
  readonly [K in Fact["kind"]]?: (book: MarkBook, fact: FactOf<K>) => void;
};

export interface CopySeen {
  readonly purpose: string;
  readonly target: NodeName;
  round: number;
  /** When the guest began to stand still for it; -1: it has not. */
  pausedAt: number;
  isPaused: boolean;
}

export interface NodeSeen {
  role: Role | "";
  /** Who runs freely, or replays: kept through a suspicion. */
  side: "primary" | "backup" | "";
  isCrashed: boolean;
  isPaused: boolean;
  /** It lost its power, or its VM, at least once. */
  wasLost: boolean;

  // the log: how far it was appended, stored, replayed and acknowledged, by entries
  appended: number;
  appendedFrame: number;
  groupSize: number;
  stored: number;
  replayed: number;
  ackSent: number;
  ackHeard: number;
  executedHeard: number;
  held: Set<number>;
  heldDisk: Set<number>;
  isWindowClosed: boolean;
  /** Of its CPU, per cent, and how often in a row that was cut. */
  limit: number;
  cutsInARow: number;

  // outputs
  letOutAt: number;
  freedAt: number;
  freed: number;

  // doubt and arbitration
  doubtedAt: number;
  askedFor: number;
  answer: "won" | "lost" | "";

  // a takeover
  awaitsClock: boolean;
  awaitsRandomness: boolean;
  reissued: {
    readonly op: string;
    readonly sector: number;
    readonly sectorCount: number;
  }[];
  /** Writes that were sent to the shared disk and not applied. */
  writesUnderWay: Set<number>;

  // the machine's port: the last crossing, and events in a row before one step
  crossing: string;
  crossedAt: number;
  eventsHere: number;

  copy: CopySeen | undefined;
}

interface BookState {
  nodes: Map<NodeName, NodeSeen>;
  generation: number;
  openedAt: number;
  /** Of the open generation, as far as it is known. */
  primary: NodeName;
  backup: NodeName;
  /** By generation: who won its flag. */
  winners: Map<number, NodeName>;
  /** By generation: for whom votes were given. */
  candidates: Map<number, NodeName>;
  /** Who was refused a flag, with its generation. */
  refused: Set<string>;
  takeovers: number;
  crashes: number;
  crashedAt: number;
  suspectedAt: number;
  /** Faults that have begun and have an end, by kind. */
  active: Map<string, number>;
  /** By MAC: the ports at which the switch learned it, oldest first. */
  ports: Map<string, string[]>;
  /** By generation: how often a host was named for its backup. */
  placements: Map<number, number>;
  /** Writes that the shared disk has applied, the newest. */
  applied: Set<number>;
  newestApplied: number;
  hosts: number;
}

export type MarkBookSnapshot = BookState;

/** Of the writes that were applied so many are remembered: more than are ever pending. */
const APPLIED_MAX = 512;

export class MarkBook {
  state: BookState;
  readonly mark: Note;

  constructor(mark: Note) {
    this.mark = mark;
    this.state = {
      nodes: new Map(),
      generation: 1,
      openedAt: -1,
      primary: "",
      backup: "",
      winners: new Map(),
      candidates: new Map(),
      refused: new Set(),
      takeovers: 0,
      crashes: 0,
      crashedAt: -1,
      suspectedAt: -1,
      active: new Map(),
      ports: new Map(),
      placements: new Map(),
      applied: new Set(),
      newestApplied: -1,
      hosts: 0,
    };
  }

  node(name: NodeName): NodeSeen {
    const known = this.state.nodes.get(name);
    if (known !== undefined) return known;
    const node = unseen();
    this.state.nodes.set(name, node);
    return node;
  }

  /** The first other node of which this is true. */
  another(name: NodeName, is: (node: NodeSeen, other: NodeName) => boolean): NodeSeen | undefined {
    for (const [other, node] of this.state.nodes)
      if (other !== name && is(node, other)) return node;
    return undefined;
  }

  /** The node that follows this one's log. */
  followerOf(name: NodeName): NodeSeen | undefined {
    return this.another(name, ({ side, isCrashed }) => side === "backup" && !isCrashed);
  }

  noteApplied(ioId: number): void {
    const { applied } = this.state;
    applied.add(ioId);
    if (applied.size <= APPLIED_MAX) return;
    for (const oldest of applied) {
      applied.delete(oldest);
      return;
    }
  }

  snapshot(): MarkBookSnapshot {
    return clonePlain(this.state);
  }

  restore(snapshot: MarkBookSnapshot): void {
    this.state = clonePlain(snapshot);
  }
}

/** It suspects its peer, or waits for what the arbiter says. */
export function isInDoubt({ role }: NodeSeen): boolean {
  return role === "SUSPECT" || role === "TAS_WAIT";
}

/** It has the VM or follows it. */
export function isMember({ role }: NodeSeen): boolean {
  return role !== "" && role !== "HALTED";
}

function unseen(): NodeSeen {
  return {
    role: "",
    side: "",
    isCrashed: false,
    isPaused: false,
    wasLost: false,
    ...unseenLog(),
    letOutAt: -1,
    freedAt: -1,
    freed: 0,
    doubtedAt: -1,
    askedFor: 0,
    answer: "",
    awaitsClock: false,
    awaitsRandomness: false,
    crossing: "",
    crossedAt: -1,
    eventsHere: 0,
  };
}

/** What is known of a machine by its log. */
function unseenLog() {
  return {
    appended: 0,
    appendedFrame: 0,
    groupSize: 0,
    stored: 0,
    replayed: 0,
    ackSent: 0,
    ackHeard: 0,
    executedHeard: 0,
    held: new Set<number>(),
    heldDisk: new Set<number>(),
    isWindowClosed: false,
    limit: 100,
    cutsInARow: 0,
    reissued: [],
    writesUnderWay: new Set<number>(),
    copy: undefined,
  };
}

/** A machine on this host is gone, or another one's state is in it: what was known of its log is not. */
export function forgetLog(node: NodeSeen): void {
  Object.assign(node, unseenLog());
}
