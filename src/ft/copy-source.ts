// A running VM is copied to another host while it runs, without being destroyed here.
// Rounds of pages until what is still dirty fits into a short pause; then the guest stands still, the
// last pages and all that is not RAM follow, and the moment of the copy is the clone point. From there
// on everything is logged and every output waits, whoever of the two goes on.
//
// One mechanism, three uses, told apart by the pair that the next generation will have:
//   protect       (this host, target)   a node that is alone gets a backup
//   move-primary  (target, backup)      the primary goes to another host
//   move-backup   (primary, target)     the backup does; its primary opens the generation

import { must } from "../base/assert.ts";
import { awaitPendingReads } from "./disk-order.ts";
import { isQuiet } from "./quiesce.ts";
import type { CopyStage } from "./claim.ts";
import { type Step, updateControl } from "./parts.ts";
import type { Contents, Page } from "./protocol.ts";
import { resumeGuest, standStill } from "./stand-still.ts";

export interface CopySource {
  readonly purpose: "protect" | "move-primary" | "move-backup";
  readonly target: string;
  /** The generation that begins with the copy. */
  readonly generation: number;
  stage:
    | "offered"
    | "copying"
    | "quiescing"
    /** A backup replays up to the moment without disk I/O that its primary made. */
    | "draining"
    | "taking"
    | "sending"
    | "handing-over";
  round: number;
  /** Pages, and blocks of the disk, not sent yet, and bytes sent without a credit. */
  queue: Page[];
  blocks: Page[];
  outstanding: number;
  /** Of this round: its pages and blocks, and this host's clock when it began. */
  roundPages: number;
  roundBegan: number;
  /** All but RAM, once it was taken. */
  machine: Uint8Array | undefined;
  lsn: number;
  group: number;
}

const PAGE_BYTES = 4_096;
const CHUNK_PAGES = 16;
const NS = 1_000_000_000;

export function startCopy(step: Step, purpose: CopySource["purpose"], target: string): void {
  const { parts, context, out } = step;
  parts.copySource = {
    purpose,
    target,
    generation: parts.control.generation + 1,
    stage: "offered",
    round: 0,
    queue: [],
    blocks: [],
    outstanding: 0,
    roundPages: 0,
    roundBegan: context.now,
    machine: undefined,
    lsn: 0,
    group: 0,
  };
  claimCopy(step, "begin", purpose);
  out.sendTo(target, parts.copySource.generation, { kind: "copy-offer" });
  watchCopy(step);
}

/** The target is there: it gets every page that holds anything. */
export function copyAccepted(step: Step): void {
  const copy = step.parts.copySource;
  if (copy?.stage !== "offered") return;
  copy.stage = "copying";
  step.out.push({ kind: "memory", command: { do: "track" } });
  step.out.push({ kind: "memory", command: { do: "read", which: "all" } });
  watchCopy(step);
}

/** The pages of a round: sent, or, when they are few, sent while the guest stands still. */
export function pagesRead(step: Step, contents: Contents): void {
  const { parts } = step;
  const copy = parts.copySource;
  if (copy?.stage !== "copying") return;
  const { pages } = contents;
  const blocks = blocksOf(step, contents);
  const isLast = copy.round > 0 && fitsPause(step, copy, pages.length + blocks.length);
  const { now } = step.context;
  copy.queue.push(...pages);
  copy.blocks.push(...blocks);
  claimCopy(step, "round", isLast ? "the last one" : "");
  copy.roundPages = pages.length + blocks.length;
  copy.roundBegan = now;
  copy.round += 1;
  if (isLast && !parts.config.rules.copiesLastPages) copy.queue.length = 0;
  if (isLast) seekQuiet(step, copy);
  else pump(step, copy);
}

export function creditArrived(step: Step, bytes: number): void {
  const copy = step.parts.copySource;
  if (copy === undefined) return;
  copy.outstanding -= bytes;
  watchCopy(step);
  pump(step, copy);
}

/** The answer to `memory take`: this is the clone point. */
export function stateTaken(step: Step, contents: Contents, machine: Uint8Array): void {
  const { parts } = step;
  const copy = parts.copySource;
  if (copy?.stage !== "taking") return;
  copy.stage = "sending";
  if (parts.config.rules.copiesLastPages) copy.queue.push(...contents.pages);
  copy.blocks.push(...blocksOf(step, contents));
  copy.machine = machine;
  const log = copy.purpose === "move-backup" ? parts.backupLog : parts.primaryLog;
  copy.lsn =
    copy.purpose === "move-backup" ? parts.backupLog.executedThrough : parts.primaryLog.lastLsn;
  copy.group = log.lastGroup;
  step.out.push({ kind: "memory", command: { do: "untrack" } });
  if (copy.purpose === "protect" && parts.config.rules.logsFrom === "clone-point")
    beginLogging(step, copy);
  pump(step, copy);
}

/** Called after every step: a guest that stands still for the copy may have become quiet. */
export function takeWhenQuiet(step: Step): void {
  const copy = step.parts.copySource;
  const isSeeking = copy?.stage === "quiescing" || copy?.stage === "draining";
  if (copy === undefined || !isSeeking || !step.parts.control.isSwitching) return;
  if (!isQuiet(step, copy.purpose)) return;
  copy.stage = "taking";
  step.out.push({ kind: "memory", command: { do: "take" } });
}

/** from the clone point on the Output Rule applies, though nobody acknowledges yet. */
export function beginLogging(step: Step, copy: CopySource): void {
  const { parts } = step;
  parts.primaryLog.begin(copy.lsn, copy.group);
  parts.lagMeter.discard();
  awaitPendingReads(step);
  updateControl(parts, (control) => {
    control.isLogging = true;
    control.logGeneration = copy.generation;
    control.channelIsUp = false;
    control.peer = copy.target;
  });
}

/** A backup cannot choose when its disk I/O is complete: it asks its primary for such a moment. */
function seekQuiet(step: Step, copy: CopySource): void {
  copy.stage = "quiescing";
  if (copy.purpose === "move-backup") {
    step.out.send({ kind: "quiesce" });
    return;
  }
  claimCopy(step, "pause", "");
  standStill(step);
}

/** a disk of the host's own is a part of the machine. */
function blocksOf({ parts }: Step, { blocks = [] }: Contents): readonly Page[] {
  return parts.config.rules.copiesDisk ? blocks : [];
}

function fitsPause({ parts, context }: Step, copy: CopySource, pages: number): boolean {
  const { copyPause, copyRounds } = parts.config.params;
  if (copy.round >= copyRounds) return true;
  const elapsed = Math.max(1, context.now - copy.roundBegan);
  const bytesPerSecond = (copy.roundPages * PAGE_BYTES * NS) / elapsed;
  return (pages * PAGE_BYTES * NS) / Math.max(1, bytesPerSecond) <= copyPause;
}

function pump(step: Step, copy: CopySource): void {
  const { parts, out } = step;
  const { queue, blocks } = copy;
  while (queue.length + blocks.length > 0 && copy.outstanding < parts.config.params.copyWindow) {
    const kind = queue.length > 0 ? "copy-pages" : "copy-blocks";
    const pages = (queue.length > 0 ? queue : blocks).splice(0, CHUNK_PAGES);
    copy.outstanding += pages.length * PAGE_BYTES;
    out.sendTo(copy.target, copy.generation, { kind, pages });
  }
  if (queue.length + blocks.length > 0) return;
  if (copy.stage === "sending" && copy.machine !== undefined) sendState(step, copy);
  else if (copy.stage === "copying" && copy.outstanding === 0)
    out.push({ kind: "memory", command: { do: "read", which: "written" } });
}

function sendState(step: Step, copy: CopySource): void {
  const { parts, context, out } = step;
  const machine = must(copy.machine, "the machine's state");
  copy.machine = undefined;
  const { lsn, group } = copy;
  out.sendTo(copy.target, copy.generation, {
    kind: "copy-state",
    ...pairOf(step, copy),
    lsn,
    group,
    ticks: parts.clock.ticksAt(context.now),
    releasedThrough: parts.replay.releasedThrough,
    share: parts.share,
    machine,
  });
}

/** Who will be the next generation. */
export function pairOf(
  { parts }: Step,
  { purpose, target }: CopySource,
): { readonly primary: string; readonly backup: string } {
  const { self } = parts.config;
  const { peer } = parts.control;
  if (purpose === "protect") return { primary: self, backup: target };
  return purpose === "move-primary"
    ? { primary: target, backup: peer }
    : { primary: peer, backup: target };
}

/** Ends what was begun for a copy; a guest that stands still goes on. */
export function forgetCopy(step: Step): void {
  const { parts, out } = step;
  if (parts.copySource === undefined) return;
  out.push({ kind: "memory", command: { do: "untrack" } });
  out.push({ kind: "cancel-timer", timer: "copy" });
  parts.copySource = undefined;
  resumeGuest(step);
}

/** The other end has to show that it lives, or the copy is given up. */
export function watchCopy({ parts, context, out }: Step): void {
  out.timer("copy", context.now + parts.config.params.copyTimeout);
}

export function claimCopy(step: Step, stage: CopyStage, detail: string): void {
  const copy = must(step.parts.copySource, "a copy");
  const { target, round, queue, blocks } = copy;
  const pages = queue.length + blocks.length;
  step.out.claim({ kind: "copy", stage, target, round, pages, detail });
}
