// The backup's disk where each host has its own: it is a part of the VM. The backup performs
// the guest's writes and flushes when it has replayed the request, in the order in which any disk
// keeps them (disk-order.ts), and its reads too where the log does not carry what they brought
// . The guest hears of a completion at the step at which the primary's heard of it, and not
// before this disk has done the same: what it has been told is on both disks.
//
// What fails here is done again until it is done: the guest never hears of it. What failed at the
// primary comes through the log as a failure, and the primary repeats it behind its guest's back.

import type { DiskRequest, Entry } from "../vm/exit.ts";
import { handleDiskDone, hasOwnDisk, isExecutedByBoth, release, repeat } from "./disk-order.ts";
import type { LogEntry } from "./log-entry.ts";
import type { Step } from "./parts.ts";
import type { Input } from "./protocol.ts";
import { deliverOrDefer } from "./live-inputs.ts";
import { asOutput, pendingNow } from "./reissue.ts";

type DiskDone = Extract<Input, { kind: "disk-done" }>;

/** Done by this host's disk, and not told to the guest yet, in the disk's order. */
export type OwnDone = DiskDone[];

/** Whether the completions of a group may be delivered: this disk has done the same, where it does it. */
export function hasOwnFor(step: Step, group: readonly LogEntry[]): boolean {
  if (!hasOwnDisk(step)) return true;
  return group.every(({ body }) => {
    if (body.kind !== "disk-done" || body.status === "error") return true;
    const request = step.context.pendingDisk().find(({ ioId }) => ioId === body.ioId);
    const isOurs = request !== undefined && isExecutedByBoth(step, request);
    return !isOurs || find(step, body.ioId) !== undefined;
  });
}

/** The completion as the guest gets it: with what this disk brought, if the log does not have it. */
export function withOwnResult(step: Step, entry: Entry): Entry {
  if (entry.kind !== "disk-done" || !hasOwnDisk(step)) return entry;
  const done = find(step, entry.ioId);
  if (done === undefined) return entry;
  const { parts } = step;
  parts.ownDone = parts.ownDone.filter((other) => other !== done);
  if (entry.status === "error") return entry;
  return { ...entry, status: done.status === "ok" ? "ok" : "error", data: done.data };
}

/** This host's disk has answered its backup. */
export function ownDone(step: Step, input: DiskDone): void {
  const { parts } = step;
  const command = parts.disk.underWay.find(({ request }) => request.ioId === input.ioId);
  const isPending = pendingNow(step).some(({ ioId }) => ioId === input.ioId);
  if (command !== undefined && mustRepeat(step, input, command.request, isPending)) {
    repeat(step, command);
    return;
  }
  handleDiskDone(step, input.ioId);
  // Where the primary's failed the guest has heard of it.
  if (isPending) parts.ownDone.push(input);
}

/**
 * with a disk of its own: what was issued will be completed, and what is done is told now. Only
 * reads that the log was to bring were never issued here.
 */
export function takeUpOwn(step: Step): void {
  const { parts } = step;
  const { underWay, waiting } = parts.disk;
  const done = parts.ownDone;
  if (done.length > 0) step.out.mark("own-disk-was-ahead-of-the-log");
  parts.ownDone = [];
  const known = new Set([
    ...[...underWay, ...waiting].map(({ request }) => request.ioId),
    ...done.map(({ ioId }) => ioId),
  ]);
  for (const request of pendingNow(step))
    if (!known.has(request.ioId)) release(step, asOutput(request));
  for (const input of done) deliverOrDefer(step, input);
}

/** What nobody waits for any more need not succeed, but a write: the other disk has it. */
function mustRepeat(
  { parts }: Step,
  { status }: DiskDone,
  { op }: DiskRequest,
  isPending: boolean,
): boolean {
  if (status === "ok") return false;
  const { repeatsFailedWrites, retriesOwnReads } = parts.config.rules;
  if (op === "write") return isPending || repeatsFailedWrites;
  return isPending && (op === "flush" || retriesOwnReads);
}

function find({ parts }: Step, ioId: number): DiskDone | undefined {
  return parts.ownDone.find((done) => done.ioId === ioId);
}
