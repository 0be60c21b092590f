// How things stand at one moment of a run: what clients wait for, what the primary holds back, how
// far its backup is behind. Counted along, read when a fault strikes.

import type { Fact, NodeName, Role } from "../history/fact.ts";
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

export class Situation {
  readonly #book: OperationBook;
  readonly #roles: Map<NodeName, Role>;
  readonly #primaries: Set<NodeName>;
  readonly #held: Map<NodeName, Set<number>>;
  readonly #appended: Map<NodeName, number>;
  readonly #replayed: Map<NodeName, number>;
  readonly #reissued: Map<NodeName, number>;
  readonly #announced: Set<NodeName>;

  constructor(book: OperationBook) {
    this.#book = book;
    this.#roles = new Map();
    this.#primaries = new Set();
    this.#held = new Map();
    this.#appended = new Map();
    this.#replayed = new Map();
    this.#reissued = new Map();
    this.#announced = new Set();
  }

  observe(fact: Fact): void {
    switch (fact.kind) {
      case "role":
        this.#roles.set(fact.node, fact.role);
        if (fact.role === "PRIMARY") this.#primaries.add(fact.node);
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
        if (fact.isAgain && fact.disk !== null)
          this.#reissued.set(fact.node, (this.#reissued.get(fact.node) ?? 0) + 1);
        break;
      case "announce":
        this.#announced.add(fact.node);
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

  wasPrimary(node: NodeName): boolean {
    return this.#primaries.has(node);
  }

  heldBy(node: NodeName): number {
    return this.#held.get(node)?.size ?? 0;
  }

  replayedBy(node: NodeName): number {
    return this.#replayed.get(node) ?? 0;
  }

  afterGoingLive(node: NodeName): { readonly reissued: number; readonly hasAnnounced: boolean } {
    return { reissued: this.#reissued.get(node) ?? 0, hasAnnounced: this.#announced.has(node) };
  }

  #pair(): PairState | undefined {
    let primary: NodeName | undefined;
    let backup: NodeName | undefined;
    for (const [node, role] of this.#roles) {
      if (role === "PRIMARY") primary = node;
      if (role === "BACKUP") backup = node;
    }
    if (primary === undefined || backup === undefined) return undefined;
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
