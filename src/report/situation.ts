// How things stand at one moment of a run: what clients wait for, what the primary holds back, how
// far its backup is behind. Counted along, read when a fault strikes.

import type { Fact, NodeName, Role } from "../history/fact.ts";
import { Generations } from "./generations.ts";
import type { OperationBook } from "./operations.ts";

export interface Snapshot {
  readonly time: number;
  /** Invoked without completion. */
  readonly inFlight: number;
  /** Of the pair, while there is one. */
  readonly pair: PairState | undefined;
  /** Newest log entry that each node had replayed. */
  readonly replayed: ReadonlyMap<NodeName, number>;
}

export interface PairState {
  readonly primary: NodeName;
  readonly backup: NodeName;
  /** Outputs that the primary had not let out yet. */
  readonly held: number;
  /** Log entries that the primary had appended and the backup had not replayed. */
  readonly behind: number;
}

/** What a host did since it took its place in the pair, going live among it. */
export interface Deeds {
  reissued: number;
  hasAnnounced: boolean;
}

export class Situation {
  readonly generations: Generations;
  readonly #book: OperationBook;
  readonly #roles: Map<NodeName, Role>;
  readonly #held: Map<NodeName, Set<number>>;
  readonly #appended: Map<NodeName, number>;
  readonly #replayed: Map<NodeName, number>;
  readonly #deeds: Map<NodeName, Deeds>;

  constructor(book: OperationBook) {
    this.generations = new Generations();
    this.#book = book;
    this.#roles = new Map();
    this.#held = new Map();
    this.#appended = new Map();
    this.#replayed = new Map();
    this.#deeds = new Map();
  }

  observe(fact: Fact): void {
    this.generations.observe(fact);
    switch (fact.kind) {
      case "role":
        this.#roles.set(fact.node, fact.role);
        // A host can go live more than once: each time is told by itself.
        if (fact.role === "SUSPECT" || isOfPair(fact.role)) this.#deeds.delete(fact.node);
        break;
      case "log-begin":
        this.#appended.set(fact.node, fact.lsn);
        this.#replayed.set(fact.node, fact.lsn);
        break;
      case "log-append":
        this.#appended.set(fact.node, fact.lsn);
        break;
      case "log-replay":
        this.#replayed.set(fact.node, fact.lsn);
        break;
      case "output-hold":
        this.#heldOf(fact.node).add(fact.ordinal);
        break;
      case "output-release":
        this.#heldOf(fact.node).delete(fact.ordinal);
        break;
      case "machine-stop":
        this.#held.delete(fact.node);
        this.#roles.set(fact.node, "HALTED");
        break;
      case "release":
        if (fact.isAgain && fact.disk !== null) this.deedsOf(fact.node).reissued++;
        break;
      case "announce":
        this.deedsOf(fact.node).hasAnnounced = true;
        break;
      default:
    }
  }

  snapshot(time: number): Snapshot {
    return {
      time,
      inFlight: this.#book.inFlight,
      pair: this.#pair(),
      replayed: new Map(this.#replayed),
    };
  }

  roleOf(node: NodeName): Role | undefined {
    return this.#roles.get(node);
  }

  heldBy(node: NodeName): number {
    return this.#held.get(node)?.size ?? 0;
  }

  replayedBy(node: NodeName): number {
    return this.#replayed.get(node) ?? 0;
  }

  /** They are still counted after they were asked for: what a host does on going live comes later. */
  deedsOf(node: NodeName): Deeds {
    const known = this.#deeds.get(node);
    if (known !== undefined) return known;
    const made = { reissued: 0, hasAnnounced: false };
    this.#deeds.set(node, made);
    return made;
  }

  #pair(): PairState | undefined {
    const pair = this.generations.newest();
    if (pair === undefined) return undefined;
    const { primary, backup } = pair;
    if (this.#roles.get(primary) !== "PRIMARY" || this.#roles.get(backup) !== "BACKUP")
      return undefined;
    const behind = (this.#appended.get(primary) ?? 0) - (this.#replayed.get(backup) ?? 0);
    return { primary, backup, held: this.heldBy(primary), behind: Math.max(0, behind) };
  }

  #heldOf(node: NodeName): Set<number> {
    const known = this.#held.get(node);
    if (known !== undefined) return known;
    const made = new Set<number>();
    this.#held.set(node, made);
    return made;
  }
}

function isOfPair(role: Role): boolean {
  return role === "PRIMARY" || role === "BACKUP";
}
