// For each node, the disk I/O that its machine has begun and that was not completed to it: what has
// to be re-issued at a takeover, and what a completion may name. A machine that is cloned from
// another begins with what was pending there at the clone point, however far the other one has come.

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
}

/** What was pending in a state that was taken out of a machine. */
interface Taken {
  readonly stateHash: string;
  readonly io: NodeIo;
}

export interface PendingIoBook {
  nodes: Map<NodeName, NodeIo>;
  /** By the machine's node: states on their way, oldest first. */
  taken: Map<NodeName, readonly Taken[]>;
}

export const startPendingIo = (): PendingIoBook => ({ nodes: new Map(), taken: new Map() });

export type IoEvent = "none" | "begun" | "completed" | "twice" | "never-begun";

/** Notes the fact; says what a completion was. */
export function observeIo(book: PendingIoBook, fact: Fact, index: number): IoEvent {
  if (fact.kind === "machine-start") {
    book.nodes.set(fact.node, cloneOf(undefined));
    return "none";
  }
  if (fact.kind === "state-take") {
    const { node, stateHash } = fact;
    const older = book.taken.get(node) ?? [];
    book.taken.set(node, [...older, { stateHash, io: cloneOf(ioOf(book, node)) }]);
    return "none";
  }
  if (fact.kind === "state-put") {
    book.nodes.set(fact.node, cloneOf(arrived(book, fact.source, fact.sourceHash)));
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
  const known = book.nodes.get(node);
  if (known !== undefined) return known;
  const io = cloneOf(undefined);
  book.nodes.set(node, io);
  return io;
}

/** States arrive in the order in which they were taken; an older one that is still away was lost. */
function arrived(book: PendingIoBook, source: NodeName, stateHash: string): NodeIo | undefined {
  const taken = book.taken.get(source) ?? [];
  const at = taken.findIndex((state) => state.stateHash === stateHash);
  book.taken.set(source, taken.slice(at + 1));
  return taken[at]?.io;
}

/** Two I/Os that must not run side by side: overlapping sectors or a flush, and a write (R-9.1, H-10). */
export function doesOverlap(a: DiskSummary, b: DiskSummary): boolean {
  if (a.op !== "write" && b.op !== "write") return false;
  if (a.op === "flush" || b.op === "flush") return true;
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}

function cloneOf(source: NodeIo | undefined): NodeIo {
  return { pending: new Map(source?.pending), newest: source?.newest ?? -1 };
}

function complete(io: NodeIo, ioId: number): IoEvent {
  if (io.pending.delete(ioId)) return "completed";
  return ioId <= io.newest ? "twice" : "never-begun";
}
