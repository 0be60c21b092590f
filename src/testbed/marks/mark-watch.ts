// Finds rare situations in the facts that a run has anyway: no fact is told for a mark, and no digest
// changes by one. What no fact shows the code marks where it happens (`out.mark("...")`).

import type { Fact } from "../../history/fact.ts";
import { COPY_MARKS } from "./copy-marks.ts";
import { DISK_MARKS } from "./disk-marks.ts";
import { DOUBT_MARKS } from "./doubt-marks.ts";
import { LOG_MARKS } from "./log-marks.ts";
import { type Handlers, MarkBook, type MarkBookSnapshot, type Note } from "./mark-book.ts";
import { PORT_MARKS } from "./port-marks.ts";
import { TAKEOVER_MARKS } from "./takeover-marks.ts";
import { TRACK } from "./track.ts";

type Handler = (book: MarkBook, fact: Fact) => void;

/** What was seen is written down last. */
const WATCHERS: readonly Handlers[] = [
  PORT_MARKS,
  LOG_MARKS,
  DOUBT_MARKS,
  TAKEOVER_MARKS,
  DISK_MARKS,
  COPY_MARKS,
  TRACK,
];

export class MarkWatch {
  readonly #book: MarkBook;
  readonly #handlers: Map<Fact["kind"], readonly Handler[]>;

  constructor(note: Note) {
    this.#book = new MarkBook(note);
    this.#handlers = new Map();
  }

  watch(fact: Fact): void {
    for (const handle of this.#of(fact.kind)) handle(this.#book, fact);
  }

  snapshot(): MarkBookSnapshot {
    return this.#book.snapshot();
  }

  restore(snapshot: MarkBookSnapshot): void {
    this.#book.restore(snapshot);
  }

  #of(kind: Fact["kind"]): readonly Handler[] {
    const known = this.#handlers.get(kind);
    if (known !== undefined) return known;
    // Each is asked for facts of its own kind only.
    const handlers = WATCHERS.flatMap((watcher) => (watcher[kind] as Handler | undefined) ?? []);
    this.#handlers.set(kind, handlers);
    return handlers;
  }
}
