// For each node, the disk I/O that its machine has begun and that was not completed to it: what has
// to be re-issued at a takeover, and what a completion may name. A machine that is cloned from
// another begins with what was pending there.

import type { DiskSummary, Fact, NodeName } from "../history/fact.ts";

export interface PendingIo {
  readonly disk: DiskSummary;
  readonly ordinal: number;
  readonly time: number;
  readonly fact: number;
}

export interface NodeIo {
  pending: Map<number, PendingIo>;
  /** Highest I/O begun; -1 before the first. */
  newest: number;
  /** I/O up to here may be unknown, because a clone's past is another machine's. */
  inherited: number;
  /** Inherited I/O that was completed here. */
  inheritedDone: Set<number>;
}

export type PendingIoBook = Map<NodeName, NodeIo>;

export type IoEvent = "none" | "begun" | "completed" | "twice" | "never-begun";

/** Notes the fact; says what a completion was. `source` is the node that clones are made from. */
export function observeIo(
  book: PendingIoBook,
  fact: Fact,
  index: number,
  source: NodeName,
): IoEvent {
  if (fact.kind === "machine-start") {
    book.set(fact.node, cloneOf(fact.node === source ? undefined : book.get(source)));
    return "none";
  }
  if (fact.kind === "output" && fact.disk !== null) {
    const io = ioOf(book, fact.node);
    const disk = Object.freeze({ ...fact.disk });
    const { ordinal, time } = fact;
    io.pending.set(disk.ioId, Object.freeze({ disk, ordinal, time, fact: index }));
    io.newest = Math.max(io.newest, disk.ioId);
    return "begun";
  }
  if (fact.kind !== "crossing" || fact.crossing !== "disk-done" || fact.ioId < 0) return "none";
  return complete(ioOf(book, fact.node), fact.ioId);
}

export function ioOf(book: PendingIoBook, node: NodeName): NodeIo {
  const known = book.get(node);
  if (known !== undefined) return known;
  const io = cloneOf(undefined);
  book.set(node, io);
  return io;
}

/** Two I/Os that must not run side by side: overlapping sectors or a flush, and a write (R-9.1, H-10). */
export function doesOverlap(a: DiskSummary, b: DiskSummary): boolean {
  if (a.op !== "write" && b.op !== "write") return false;
  if (a.op === "flush" || b.op === "flush") return true;
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}

function cloneOf(source: NodeIo | undefined): NodeIo {
  if (source === undefined)
    return { pending: new Map(), newest: -1, inherited: -1, inheritedDone: new Set() };
  return {
    pending: new Map(source.pending),
    newest: source.newest,
    inherited: source.newest,
    inheritedDone: new Set(source.inheritedDone),
  };
}

function complete(io: NodeIo, ioId: number): IoEvent {
  if (io.pending.delete(ioId)) {
    if (ioId <= io.inherited) io.inheritedDone.add(ioId);
    return "completed";
  }
  if (ioId <= io.inherited && !io.inheritedDone.has(ioId)) {
    // Pending at the clone point, completed at the source before the clone was noticed here.
    io.inheritedDone.add(ioId);
    return "completed";
  }
  return ioId <= io.newest ? "twice" : "never-begun";
}
