// Disk reads that the backup executes itself, on a shared disk: the log says when a read was complete, not what
// it brought. The backup issues the same read as soon as it has replayed the guest's request, and
// waits for its own data where the primary's completion was delivered.
//
// What may go wrong: its own read fails, and it asks again until it succeeds; or the
// primary's failed, and what that left in memory comes through the log.

import type { DiskRequest, Entry } from "../vm/exit.ts";
import { doShareSectors, isBackupReadingShared } from "./disk-order.ts";
import { haltReplica } from "./halting.ts";
import type { LogEntry } from "./log-entry.ts";
import type { Step } from "./parts.ts";
import type { Input } from "./protocol.ts";
import { pendingNow } from "./reissue.ts";

interface OwnRead {
  readonly request: DiskRequest;
  stage: "waiting" | "asked" | "done";
  status: "ok" | "error";
  data: Uint8Array;
  /** False: the primary's read failed, and its memory came through the log. */
  isNeeded: boolean;
}

export interface OwnReads {
  /** Begun and not delivered, in the guest's order. */
  reads: OwnRead[];
  /** The number of the newest that was begun. */
  newest: number;
  /** What the primary was told last. */
  toldThrough: number;
}

export function noOwnReads(): OwnReads {
  return { reads: [], newest: 0, toldThrough: 0 };
}

/** What the guest has asked for up to here, its backup asks for too. */
export function beginReads(step: Step): void {
  if (!isBackupReadingShared(step)) return;
  for (const request of pendingNow(step))
    if (request.op === "read" && request.ioId > step.parts.ownReads.newest) begin(step, request);
  askNext(step);
}

/** Whether a completion may be delivered: its data is in the log, or here. */
export function hasReadFor(step: Step, group: readonly LogEntry[]): boolean {
  if (!isBackupReadingShared(step)) return true;
  beginReads(step);
  return group.every(({ body }) => {
    if (body.kind !== "disk-done" || body.status === "error") return true;
    const read = find(step, body.ioId);
    return read === undefined || read.stage === "done";
  });
}

/** The completion as the guest gets it, with the backup's own data. */
export function withOwnData(step: Step, entry: Entry): Entry {
  if (entry.kind !== "disk-done" || !isBackupReadingShared(step)) return entry;
  const read = find(step, entry.ioId);
  if (read === undefined) return entry;
  const { ownReads } = step.parts;
  if (entry.status === "error" && read.stage !== "done") {
    read.isNeeded = false;
    return entry;
  }
  ownReads.reads = ownReads.reads.filter((other) => other !== read);
  return entry.status === "error" ? entry : { ...entry, status: read.status, data: read.data };
}

/** The storage has answered a read of the backup's own. */
export function ownReadDone(step: Step, input: Extract<Input, { kind: "own-read" }>): void {
  const { parts, out } = step;
  const read = find(step, input.ioId);
  if (read?.stage !== "asked") return;
  // A new backup replays before the storage knows it: until then its reads are refused.
  if (input.status === "fenced" && parts.control.isAdmitted) {
    haltReplica(step, "the storage fenced this node off");
    return;
  }
  if (input.status === "fenced") out.mark("copys-own-read-is-refused");
  const mustRetry = input.status === "fenced" || parts.config.rules.retriesOwnReads;
  if (input.status !== "ok" && mustRetry && read.isNeeded) {
    out.mark("own-read-retried");
    ask(step, read);
    return;
  }
  read.stage = "done";
  read.status = input.status === "ok" ? "ok" : "error";
  read.data = input.data;
  if (!read.isNeeded) parts.ownReads.reads = parts.ownReads.reads.filter((other) => other !== read);
  tellReadThrough(step);
}

/** Reads that had to wait for a write before them may go. */
export function askNext(step: Step): void {
  const waiting = step.parts.ownReads.reads.filter(({ stage }) => stage === "waiting");
  if (waiting.length === 0) return;
  const pending = pendingNow(step);
  for (const read of waiting) {
    // Until the guest has its completion nobody knows that the write is on the disk.
    const mustWait = pending.some(
      (other) =>
        other.op === "write" &&
        other.ioId < read.request.ioId &&
        doShareSectors(other, read.request),
    );
    if (!mustWait) ask(step, read);
  }
}

/** R-11.3 (c): up to where all reads are done. Said again and again, since a message may be lost. */
export function tellReadThrough(step: Step, isRepeated: boolean = false): void {
  const { ownReads, control } = step.parts;
  if (!isBackupReadingShared(step) || control.side !== "backup") return;
  const open = ownReads.reads.find(({ stage }) => stage !== "done");
  const through = open === undefined ? ownReads.newest : open.request.ioId - 1;
  if (through <= ownReads.toldThrough && !isRepeated) return;
  ownReads.toldThrough = through;
  step.out.send({ kind: "read-through", ioId: through });
}

function begin({ parts: { ownReads } }: Step, request: DiskRequest): void {
  const data = new Uint8Array(0);
  ownReads.reads.push({ request, stage: "waiting", status: "ok", data, isNeeded: true });
  ownReads.newest = request.ioId;
}

function ask(step: Step, read: OwnRead): void {
  read.stage = "asked";
  step.out.push({ kind: "own-read", request: read.request });
}

function find({ parts }: Step, ioId: number): OwnRead | undefined {
  return parts.ownReads.reads.find(({ request }) => request.ioId === ioId);
}
