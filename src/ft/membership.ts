// Who belongs to the next generation is the storage's word (D11): `open` is a durable compare-and-set
// that only the owner of the present generation may make. From the request to its answer nothing is
// known: the node neither goes on alone nor asks for the flag, and it asks again until it is answered.

import { backupHasRead } from "./disk-order.ts";
import { announceAtOnce } from "./announcing.ts";
import { haltReplica } from "./halting.ts";
import { enterRole, type Side, type Step, updateControl } from "./parts.ts";
import { tellLogAgain } from "./appending.ts";
import { armGuestTimer } from "./live-inputs.ts";

export interface Opening {
  readonly generation: number;
  readonly primary: string;
  readonly backup: string;
  /** To be told when it is open, besides the peer of then. */
  readonly tell: readonly string[];
}

export interface Pair {
  readonly primary: string;
  readonly backup: string;
}

export function openGeneration(step: Step, opening: Opening): void {
  step.parts.opening = opening;
  askToOpen(step);
}

/** Not answered yet: asked again; to the storage the same request is the same request. */
export function askToOpen(step: Step): void {
  const { parts, context, out } = step;
  if (parts.opening === undefined) return;
  const { generation, primary, backup } = parts.opening;
  out.push({ kind: "open", generation, primary, backup });
  out.timer("open", context.now + parts.config.params.testAndSetRetry);
}

export function openAnswered(step: Step, generation: number, result: "won" | "lost"): void {
  const { parts, out } = step;
  const { opening } = parts;
  if (opening === undefined || opening.generation !== generation) return;
  parts.opening = undefined;
  out.push({ kind: "cancel-timer", timer: "open" });
  if (result === "lost") {
    haltReplica(step, `generation ${generation} was not opened: another node has the VM`);
    return;
  }
  const { primary, backup } = opening;
  for (const node of opening.tell) out.sendTo(node, generation, { kind: "begin", primary, backup });
  if (primary === parts.config.self) admitted(step, opening, generation);
  else haltReplica(step, `moved to ${primary}`);
}

/** This node is a member of a generation that has begun. */
export function admitted(
  step: Step,
  { primary, backup }: Pair,
  generation: number = step.parts.control.generation,
): void {
  const { parts, out } = step;
  const side: Side = primary === parts.config.self ? "primary" : "backup";
  const wasPrimary = parts.control.side === "primary";
  const peer = side === "primary" ? backup : primary;
  const isNewPeer = peer !== parts.control.peer;
  const isLogOfAnother = parts.control.logGeneration !== generation;
  updateControl(parts, (control) => {
    control.generation = generation;
    control.logGeneration = generation;
    control.channelIsUp = control.channelIsUp && !isNewPeer;
    control.peer = peer;
    control.side = side;
    control.isAdmitted = true;
    control.isLogging = side === "primary";
    control.arbitration = "none";
    control.attempts = 0;
  });
  out.push({ kind: "enter-generation", generation });
  if (side === "backup") {
    // Silence of a peer that was one before still counts.
    if (isNewPeer) trustNewPeer(step);
    out.send({ kind: "hello", next: parts.backupLog.storedThrough + 1 });
    return;
  }
  if (isNewPeer) parts.lagMeter.discard();
  // What was logged to a copy before it was admitted is of this generation already.
  if (wasPrimary && isLogOfAnother) tellLogAgain(step);
  // A new backup began at a moment without disk I/O: it has no read to do.
  if (isNewPeer) backupHasRead(step);
  enterRole(step, "PRIMARY", `generation ${generation}, ${backup} is its backup`);
  watchPeer(step);
  if (wasPrimary) return;
  out.vm({ do: "run" });
  armGuestTimer(step);
  announceAtOnce(step);
}

/** Whom it suspected is no member any more. */
function trustNewPeer(step: Step): void {
  const { parts, context, out } = step;
  const { role, generation, peer } = parts.control;
  parts.detector.restart(context.uptime);
  if (role !== "SUSPECT" && role !== "TAS_WAIT") return;
  for (const timer of ["grace", "arbiter"]) out.push({ kind: "cancel-timer", timer });
  enterRole(step, "BACKUP", `generation ${generation}, ${peer} is its primary`);
  out.timer("detector", parts.detector.nextCheck(context));
}

/** Signs of life both ways begin, and are waited for. */
export function watchPeer({ parts, context, out }: Step): void {
  parts.detector.restart(context.uptime);
  out.timer("heartbeat", context.now);
  out.timer("progress", context.now + parts.config.params.progressInterval);
  out.timer("detector", parts.detector.nextCheck(context));
}
