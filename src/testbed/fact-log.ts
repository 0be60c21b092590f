// Where facts go: into the history, to the running checkers, to the triggers of the fault schedule,
// and into the run's digest. State hashes, and what was found by comparing them, are left out of the
// digest: how often the state is hashed must not change the identity of a run.

import { Digest, type DigestSnapshot } from "../base/digest.ts";
import type { Fact } from "../history/fact.ts";
import { History, type HistorySnapshot } from "../history/history.ts";

export type FactListener = (fact: Fact, index: number) => void;

export interface FactLogSnapshot {
  readonly history: HistorySnapshot;
  readonly digest: DigestSnapshot;
}

export class FactLog {
  readonly history: History;
  readonly #digest: Digest;
  readonly #listeners: FactListener[];

  constructor() {
    this.history = new History();
    this.#digest = new Digest();
    this.#listeners = [];
  }

  listen(listener: FactListener): void {
    this.#listeners.push(listener);
  }

  emit(fact: Fact): void {
    const index = this.history.append(fact);
    // How often it was asked what would have been is nothing that happened.
    if (fact.kind !== "counterfactual") this.#digest.plain(fact, NO_IDENTITY.get(fact.kind));
    for (const listener of this.#listeners) listener(fact, index);
  }

  get digest(): string {
    return this.#digest.toString();
  }

  snapshot(): FactLogSnapshot {
    return { history: this.history.snapshot(), digest: this.#digest.snapshot() };
  }

  restore(snapshot: FactLogSnapshot): void {
    this.history.restore(snapshot.history);
    this.#digest.restore(snapshot.digest);
  }
}

const STATE_HASH: ReadonlySet<string> = new Set(["stateHash"]);

/** What does not make the run, by kind of fact. */
const NO_IDENTITY: ReadonlyMap<Fact["kind"], ReadonlySet<string>> = new Map([
  ["crossing", STATE_HASH],
  ["machine-start", STATE_HASH],
  ["reference", new Set(["positions", "differsAt"])],
]);
