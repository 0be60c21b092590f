// One fact in a few words, without its time and its node: those are the row and the column.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import { type DiskSummary, type Fact, type FactOf, OPERATIONS } from "../history/fact.ts";
import { describeOp, describeResult } from "../history/op-words.ts";
import { printable } from "./text.ts";

/** Columns of what is nobody's host. */
export const CLIENTS = "clients";
export const STORAGE = "storage";
export const WORLD = "world";

/** Why a node suspects its peer. */
export function describeSilence({ reason, silence }: FactOf<"suspect">): string {
  return reason === "alarm" ? "a false alarm" : `no ${reason} for ${formatDuration(silence)}`;
}

/** Which column a fact stands in: the node that it happened at, or that it is about. */
export function columnOf(fact: Fact): string {
  switch (fact.kind) {
    case "client":
    case "client-read":
    case "client-connection":
    case "client-datagram":
    case "stream-compared":
      return CLIENTS;
    case "disk-apply":
    case "member-read":
    case "test-and-set":
    case "open-generation":
    case "arbiter-answer":
    case "storage-restart":
    case "disk-audit":
      return STORAGE;
    case "run":
    case "reseed":
    case "fault":
    case "fault-fired":
    case "switch-learn":
    case "placement":
    case "counterfactual":
      return WORLD;
    default:
      return fact.node;
  }
}

export function describeFact(fact: Fact): string {
  return printable(fact.witness === "claim" ? describeClaim(fact) : describeWorld(fact));
}

const FAULT_PHASES: ReadonlyMap<FactOf<"fault">["phase"], string> = new Map([
  ["start", "FAULT"],
  ["end", "OVER"],
  ["skipped", "SKIPPED"],
]);

function describeWorld(fact: Extract<Fact, { readonly witness: "world" }>): string {
  switch (fact.kind) {
    case "run":
      return fact.phase === "healed" ? "everything heals" : `the run's ${fact.phase}`;
    case "reseed":
      return `RESEED all chance is drawn anew: ${fact.label}`;
    case "fault":
      return OPERATIONS.has(fact.fault)
        ? `OPERATOR ${fact.detail}`
        : `${FAULT_PHASES.get(fact.phase) ?? ""} ${fact.detail}`;
    case "fault-fired":
      return `${fact.fault} struck ${count(fact.strikes, "time")} and hit ${number(fact.bites)}`;
    case "host":
      return `${fact.what.toUpperCase()} ${fact.detail}`.trim();
    case "machine-start":
      return `machine starts at step ${number(fact.count)}`;
    case "state-take":
      return `clone point at step ${number(fact.count)}`;
    case "state-put":
      return `has the state of ${fact.source} at step ${number(fact.count)}${fact.sourceHash === fact.stateHash ? "" : ", DAMAGED"}`;
    case "placement":
      return `cluster service: ${fact.backup} for the backup of ${fact.primary}`;
    case "operator":
      return `OPERATOR ${fact.command}: ${fact.result}`;
    case "machine-stop":
      return `machine stops at step ${number(fact.count)}: ${fact.why}`;
    case "crossing":
      return describeCrossing(fact);
    case "output":
      return `output ${fact.ordinal} ${fact.disk === null ? fact.outputClass : describeDisk(fact.disk)}`;
    case "release":
      return describeRelease(fact);
    case "heard":
      return `hears ${fact.signal} of ${fact.from}`;
    case "vote":
      return `${fact.isGranted ? "votes" : "does not vote"} for ${fact.candidate}: ${fact.what} ${fact.generation}`;
    case "log-window":
      return fact.isOpen ? "reads the log channel again" : "reads the log channel no further";
    case "cpu-limit":
      return `its VM may use ${fact.percent} % of its CPU`;
    case "log-traffic":
      return `${count(fact.sentBytes, "byte")} into the log since ${formatSeconds(fact.since)} s, for ${number(fact.receivedBytes)} received and ${number(fact.readBytes)} read`;
    case "log-packed":
      return `${count(fact.plainBytes, "byte")} of log packed to ${number(fact.sentBytes)}`;
    case "disk-memory":
      return `disk command ${fact.ioId} touches ${count(fact.pages.length, "page")} of guest memory`;
    case "disk-issue":
      return `${describeDisk(fact.disk)} to its own disk${fact.isAgain ? ", again" : ""}`;
    case "disk-content":
      return `its disk's part in command ${fact.ioId}: ${fact.after}${fact.before === fact.after ? "" : ` (was ${fact.before})`}`;
    case "disk-copy":
      return `its disk is a copy of ${fact.source}'s${fact.sourceHash === fact.contentHash ? "" : ", and differs"}`;
    case "disk-transfer":
      return `data of disk read ${fact.ioId} arrives${fact.before === fact.after ? "" : ", in guest memory"}`;
    case "announce":
      return `announces ${fact.mac}`;
    case "switch-learn":
      return `switch: ${fact.mac} is at ${fact.port}`;
    default:
      return describeOthers(fact);
  }
}

/** What storage, clients and the oracle saw. */
function describeOthers(
  fact: FactOf<
    | "disk-apply"
    | "member-read"
    | "test-and-set"
    | "open-generation"
    | "arbiter-answer"
    | "storage-restart"
    | "client"
    | "client-read"
    | "client-connection"
    | "client-datagram"
    | "stream-compared"
    | "reference"
    | "counterfactual"
    | "disk-audit"
  >,
): string {
  switch (fact.kind) {
    case "disk-apply":
      return `${describeDisk(fact.disk)} of ${fact.node}: ${fact.result}`;
    case "member-read":
      return `${describeDisk(fact.disk)} of ${fact.node}, which replays: ${fact.result}`;
    case "test-and-set":
      return `test-and-set ${fact.generation}: ${fact.owner} ${fact.result}`;
    case "open-generation":
      return `generation ${fact.generation} (${fact.primary}, ${fact.backup}) opened by ${fact.opener}: ${fact.result}`;
    case "arbiter-answer":
      return `${fact.arbiter === "majority" ? `${fact.votes} votes` : "the third party"} for ${fact.owner}: ${fact.what} ${fact.generation} ${fact.result}`;
    case "storage-restart":
      return "storage restarts";
    case "client":
      return describeClient(fact);
    case "client-read":
      return `${fact.client} has read ${count(fact.total, "byte")}`;
    case "client-connection":
      return `${fact.client} ${fact.connection} ${fact.what}`;
    case "client-datagram":
      return `${fact.client} ${fact.direction} datagram ${fact.text}`;
    case "stream-compared":
      return `${fact.client} ${fact.connection}: ${count(fact.bytes, "byte")} ${compared(fact.differsAt)}`;
    case "reference":
      return `${count(fact.positions, "position")} ${compared(fact.differsAt)}`;
    case "counterfactual":
      return describeCounterfactual(fact);
    case "disk-audit":
      return `${number(fact.found)} of ${count(fact.acknowledged, "acknowledged write")} found`;
  }
}

function describeCounterfactual(fact: FactOf<"counterfactual">): string {
  const { event, killed, survivor, isLive, released, missing, differsAt } = fact;
  const told = `had ${killed} died after event ${event}, ${survivor}`;
  if (!isLive) return `${told} would not have gone live`;
  if (missing >= 0) return `${told} would not have performed output ${missing}`;
  if (differsAt >= 0) return `${told} would have been in another state`;
  return `${told} would have gone on from all ${count(released, "output")}`;
}

function describeClaim(fact: Extract<Fact, { readonly witness: "claim" }>): string {
  switch (fact.kind) {
    case "role":
      return `${fact.role} ${fact.reason}`.trim();
    case "log-append":
      return `append ${fact.lsn} ${fact.entry}${fact.isGroupEnd ? "" : " (its group goes on)"}`;
    case "log-begin":
      return `its log goes on behind entry ${fact.lsn}`;
    case "log-buffered":
      return `holds ${fact.lsn}`;
    case "log-ack-send":
      return `ack through ${fact.through}`;
    case "log-ack-receive":
      return `has ack ${fact.through}`;
    case "log-replay":
      return `replay ${fact.lsn} at step ${number(fact.count)}`;
    case "output-hold":
      return `HOLD out ${fact.ordinal}, needs ${fact.groupEnd}`;
    case "output-release":
      return `lets out ${fact.ordinal}, held ${formatDuration(fact.heldFor)}`;
    case "output-suppress":
      return `suppress out ${fact.ordinal}`;
    case "suspect":
      return `SUSPECTS: ${describeSilence(fact)}`;
    case "test-and-set-request":
      return `asks for the flag (attempt ${fact.attempt})`;
    case "test-and-set-result":
      return `told: ${fact.result}`;
    case "lag":
      return `lag ${formatDuration(fact.lag)}, ${fact.bufferedEntries} buffered`;
    case "copy":
      return `COPY to ${fact.target}: ${fact.stage}${fact.pages > 0 ? ` ${count(fact.pages, "page")}` : ""} ${fact.detail}`.trim();
    case "throttle":
      return `limits its VM to ${fact.percent} %, lag ${formatDuration(fact.lag)}`;
    case "stalled":
      return `${fact.isStalled ? "STALLS" : "goes on"}, ${count(fact.bufferedBytes, "byte")} buffered`;
    case "diverged":
      return `DIVERGED ${divergedIn(fact)}${fact.detail}`;
  }
}

function divergedIn({ lsn, through }: FactOf<"diverged">): string {
  if (lsn < 0) return "with nothing to replay: ";
  const entries = through > lsn ? `${lsn} to ${through}` : String(lsn);
  return `replaying ${entries} as a group: `;
}

/** What a machine takes from the world says where it came from: its own host, or the log. */
function describeCrossing(fact: FactOf<"crossing">): string {
  const { crossing, phase, ioId, ioStatus, ticks, isLive } = fact;
  const failed = ioStatus === "error" ? " with an ERROR" : "";
  const which = ioId >= 0 ? ` ${ioId}${failed}` : ticks >= 0 ? ` ${number(ticks)}` : "";
  const isAsked = crossing === "time" || crossing === "entropy";
  const from = isLive ? (isAsked ? " (from its host)" : "") : " (replayed)";
  return `${crossing}${which} ${phase} step ${number(fact.count)}${from}`;
}

function describeRelease(fact: FactOf<"release">): string {
  const again = fact.isAgain ? "AGAIN " : "";
  if (fact.disk !== null) return `RELEASE ${again}out ${fact.ordinal} ${describeDisk(fact.disk)}`;
  const to = fact.segment === null ? "" : ` to ${fact.segment.connection}`;
  return `RELEASE ${again}out ${fact.ordinal} ${fact.outputClass} ${fact.length} B${to}`;
}

function describeClient(fact: FactOf<"client">): string {
  const { event } = fact;
  const asked = `${event.opId} ${describeOp(event.op)}`;
  if (event.kind === "invoke") return asked;
  return event.kind === "ok"
    ? `${asked} -> ${describeResult(event.result)}`
    : `${asked} ${event.kind}: ${event.error}`;
}

function describeDisk(disk: DiskSummary): string {
  if (disk.op === "flush") return `disk flush ${disk.ioId}`;
  return `disk ${disk.op} ${disk.ioId} (${count(disk.sectorCount, "sector")} at ${disk.sector})`;
}

function compared(differsAt: number): string {
  return differsAt < 0 ? "equal to the reference" : `DIFFER at ${number(differsAt)}`;
}
