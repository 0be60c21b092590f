// What happened in a run, as people tell it: the main moments (roles, faults with what was under way
// just then, suspicion, test-and-set, going live), the takeovers with their parts, the operations.
// One pass over the facts; terminal, charts and HTML all tell this same story.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import { type Fact, type FactOf, type NodeName, OPERATIONS, type Role } from "../history/fact.ts";
import { type Copy, CopyBook, describeCopy } from "./copies.ts";
import { describeSilence } from "./describe-fact.ts";
import type { Exposure } from "./generations.ts";
import { type Operation, OperationBook } from "./operations.ts";
import { type Deeds, Situation, type Snapshot } from "./situation.ts";

export type MomentKind =
  | "roles"
  | "fault"
  | "operation"
  | "fault-over"
  | "suspect"
  | "won"
  | "lost"
  | "live"
  | "halted"
  | "copy"
  | "generation"
  | "stopped"
  | "event";

export interface Moment {
  readonly time: number;
  readonly kind: MomentKind;
  /** "" when it is about no single host. */
  readonly node: NodeName;
  /** "h2 SOLO" */
  readonly what: string;
  /** "11 entries replayed, MAC announced"; "" when there is nothing to add. */
  readonly detail: string;
  /** Index into the history. */
  readonly fact: number;
}

/** How a host came to serve alone, and how long the service was away. Times are virtual ns. */
export interface Takeover {
  readonly node: NodeName;
  /** When it began: the other machine stopped, or else the fault struck that was noticed. */
  readonly awaySince: number;
  readonly suspectedAt: number;
  readonly wonAt: number;
  readonly liveAt: number;
  /** Since when no client had got an answer then; liveAt when none waited. */
  readonly unansweredSince: number;
  /** As things stood when it began. */
  readonly before: Snapshot;
}

export interface Story {
  readonly hosts: readonly NodeName[];
  readonly moments: readonly Moment[];
  readonly takeovers: readonly Takeover[];
  /** When the VM had no backup. */
  readonly exposures: readonly Exposure[];
  /** In the order of invocation. */
  readonly operations: readonly Operation[];
  /** Virtual ns of the last fact. */
  readonly endTime: number;
}

export function tellStory(facts: readonly Fact[]): Story {
  const teller = new StoryTeller();
  facts.forEach((fact, index) => teller.observe(fact, index));
  return teller.story();
}

interface Suspicion {
  readonly awaySince: number;
  readonly suspectedAt: number;
  readonly before: Snapshot;
  /** It was the backup of its pair, and has a log to replay. */
  readonly wasBackup: boolean;
  wonAt: number;
}

class StoryTeller {
  #hosts: readonly NodeName[];
  #endTime: number;
  readonly #moments: Moment[];
  readonly #takeovers: Takeover[];
  readonly #book: OperationBook;
  readonly #situation: Situation;
  readonly #suspicions: Map<NodeName, Suspicion>;
  #lastFault: Snapshot | undefined;
  readonly #stops: Map<NodeName, Snapshot>;
  readonly #crashed: Set<NodeName>;
  readonly #copies: CopyBook;
  /** What becomes of a moment is known only afterwards. */
  readonly #copyOf: Map<Moment, Copy>;
  readonly #deedsOf: Map<Moment, Deeds>;
  readonly #limited: Set<NodeName>;

  constructor() {
    this.#hosts = [];
    this.#endTime = 0;
    this.#moments = [];
    this.#takeovers = [];
    this.#book = new OperationBook();
    this.#situation = new Situation(this.#book);
    this.#suspicions = new Map();
    this.#lastFault = undefined;
    this.#stops = new Map();
    this.#crashed = new Set();
    this.#copies = new CopyBook();
    this.#copyOf = new Map();
    this.#deedsOf = new Map();
    this.#limited = new Set();
  }

  observe(fact: Fact, index: number): void {
    this.#endTime = fact.time;
    // Told before it is counted: a fault meets the state just before it.
    this.#tell(fact, index);
    if (fact.kind === "client") this.#book.observe(fact);
    this.#situation.observe(fact);
  }

  story(): Story {
    return {
      hosts: this.#hosts,
      moments: mergeRoles(dropRepeated(this.#moments)).map((moment) => this.#finish(moment)),
      takeovers: this.#takeovers,
      exposures: this.#situation.generations.exposures(),
      operations: this.#book.operations(),
      endTime: this.#endTime,
    };
  }

  #tell(fact: Fact, index: number): void {
    switch (fact.kind) {
      case "run":
        if (fact.phase === "start") this.#hosts = fact.hosts;
        break;
      case "fault":
        this.#tellFault(fact, index);
        break;
      case "reseed": {
        const detail = `by ${fact.label}`;
        const what = "all chance is drawn anew";
        this.#add({ time: fact.time, kind: "event", node: "", what, detail, fact: index });
        break;
      }
      case "host":
        if (fact.what === "crash") this.#crashed.add(fact.node);
        else if (fact.what === "restart") this.#crashed.delete(fact.node);
        else if (fact.what === "stays-out") this.#tellStaysOut(fact, index);
        break;
      case "machine-stop":
        this.#tellStop(fact, index);
        break;
      case "suspect":
        this.#tellSuspicion(fact, index);
        break;
      case "test-and-set":
        this.#tellFlag(fact, index);
        break;
      case "test-and-set-result":
        this.#noteAnswer(fact);
        break;
      case "role":
        this.#tellRole(fact, index);
        break;
      case "copy":
        this.#tellCopy(fact, index);
        break;
      case "open-generation":
      case "operator":
      case "storage-restart":
      case "stalled":
      case "throttle":
      case "diverged":
        this.#tellEvent(fact, index);
        break;
      default:
    }
  }

  #tellFault(fact: FactOf<"fault">, index: number): void {
    const { time } = fact;
    if (fact.phase === "end") {
      this.#add({ time, kind: "fault-over", node: "", what: fact.detail, detail: "", fact: index });
      return;
    }
    if (OPERATIONS.has(fact.fault) && fact.phase === "start") {
      this.#add({ time, kind: "operation", node: "", what: fact.detail, detail: "", fact: index });
      return;
    }
    if (fact.phase === "skipped") {
      this.#add({ time, kind: "event", node: "", what: fact.detail, detail: "", fact: index });
      return;
    }
    // Faults that strike together met the same state: it is said once.
    const isSame = this.#lastFault?.time === time;
    this.#lastFault = this.#situation.snapshot(time);
    const detail = isSame ? "" : describeSnapshot(this.#lastFault);
    this.#add({ time, kind: "fault", node: "", what: fact.detail, detail, fact: index });
  }

  #tellStop(fact: FactOf<"machine-stop">, index: number): void {
    const { time, node } = fact;
    // The fault that stopped it has the better figures: taken before anything was torn down.
    const isSame = this.#lastFault?.time === time;
    const snapshot = isSame ? this.#lastFault : undefined;
    this.#stops.set(node, snapshot ?? this.#situation.snapshot(time));
    if (this.#crashed.has(node)) return;
    const what = `${node}'s machine stops`;
    this.#add({ time, kind: "stopped", node, what, detail: fact.why, fact: index });
  }

  #tellStaysOut({ time, node, detail }: FactOf<"host">, index: number): void {
    this.#add({ time, kind: "event", node, what: `${node} stays out`, detail, fact: index });
  }

  #tellSuspicion(fact: FactOf<"suspect">, index: number): void {
    const { time, node } = fact;
    const { generations } = this.#situation;
    const peer = generations.peerOf(node, fact.generation);
    const stop = peer === undefined ? undefined : this.#stops.get(peer);
    // What struck before this pair began is not what it notices now.
    const began = generations.beganAt(fact.generation);
    const before =
      [stop, this.#lastFault].find((one) => one !== undefined && one.time >= began) ??
      this.#situation.snapshot(time - fact.silence);
    const awaySince = before.time;
    const wasBackup = this.#situation.roleOf(node) === "BACKUP";
    this.#suspicions.set(node, { awaySince, suspectedAt: time, before, wasBackup, wonAt: -1 });
    const detail = describeSilence(fact);
    const what = `${node} suspects ${peer ?? "its peer"}`;
    this.#add({ time, kind: "suspect", node, what, detail, fact: index });
  }

  #tellFlag(fact: FactOf<"test-and-set">, index: number): void {
    const { time, owner: node } = fact;
    // A repeated answer to the same owner decides nothing new.
    if (fact.result === "won" && !fact.isFirst) return;
    const kind = fact.result;
    const what = `${node} ${kind === "won" ? "wins" : "loses"} test-and-set`;
    // A question that was sent again and again is answered as often: it is told once.
    const last = this.#moments.at(-1);
    if (last?.kind === kind && last.what === what) return;
    const detail = `(generation ${fact.generation}${kind === "won" ? `, owner ${node}` : ""})`;
    this.#add({ time, kind, node, what, detail, fact: index });
  }

  #noteAnswer(fact: FactOf<"test-and-set-result">): void {
    const suspicion = this.#suspicions.get(fact.node);
    if (suspicion !== undefined && fact.result === "won" && suspicion.wonAt < 0)
      suspicion.wonAt = fact.time;
  }

  #tellRole(fact: FactOf<"role">, index: number): void {
    const { time, node, role, reason } = fact;
    const before = this.#situation.roleOf(node);
    this.#copies.observeRole(fact);
    if (role === "SOLO") this.#tellLive(fact, index);
    else if (role === "HALTED")
      this.#add({
        time,
        kind: "halted",
        node,
        what: `${node} HALTED`,
        detail: reason,
        fact: index,
      });
    else if (time === 0 && before === undefined)
      this.#add({
        time,
        kind: "roles",
        node,
        what: `${node} ${role}`,
        detail: reason,
        fact: index,
      });
    else if (isReturn(before, role))
      this.#add({
        time,
        kind: "event",
        node,
        what: `${node} ${role} again`,
        detail: reason,
        fact: index,
      });
  }

  #tellLive(fact: FactOf<"role">, index: number): void {
    const { time, node } = fact;
    const suspicion = this.#suspicions.get(node);
    let detail = fact.reason;
    if (suspicion !== undefined) {
      const { awaySince, suspectedAt, before, wasBackup } = suspicion;
      const wonAt = suspicion.wonAt < 0 ? time : suspicion.wonAt;
      const unansweredSince = this.#book.unansweredSince ?? time;
      this.#takeovers.push({
        node,
        awaySince,
        suspectedAt,
        wonAt,
        liveAt: time,
        unansweredSince,
        before,
      });
      this.#suspicions.delete(node);
      detail = wasBackup
        ? `${count(this.#situation.replayedBy(node) - (before.replayed.get(node) ?? 0), "entry", "entries")} replayed`
        : `${count(this.#situation.heldBy(node), "held output")} to release`;
    }
    const moment: Moment = { time, kind: "live", node, what: `${node} SOLO`, detail, fact: index };
    this.#deedsOf.set(moment, this.#situation.deedsOf(node));
    this.#add(moment);
  }

  #tellCopy(fact: FactOf<"copy">, index: number): void {
    const copy = this.#copies.observe(fact);
    if (copy === undefined) return;
    const { time, node } = fact;
    const what = `${node} copies to ${fact.target}`;
    const moment: Moment = { time, kind: "copy", node, what, detail: "", fact: index };
    this.#copyOf.set(moment, copy);
    this.#add(moment);
  }

  #tellEvent(
    fact: FactOf<
      "open-generation" | "operator" | "storage-restart" | "stalled" | "throttle" | "diverged"
    >,
    index: number,
  ): void {
    const kind = fact.kind === "open-generation" ? "generation" : "event";
    const add = (node: string, what: string, detail: string): void =>
      this.#add({ time: fact.time, kind, node, what, detail, fact: index });
    switch (fact.kind) {
      case "open-generation":
        if (fact.result === "lost" || !this.#situation.generations.wasOpened(fact.generation))
          add("", ...this.#describeGeneration(fact));
        break;
      case "operator":
        if (fact.result !== "asked") add(fact.node, "the operator is told", operatorWords(fact));
        break;
      case "storage-restart":
        add("", "storage restarts", "");
        break;
      case "stalled":
        if (fact.isStalled)
          add(fact.node, `${fact.node} stalls`, `${count(fact.bufferedBytes, "byte")} buffered`);
        break;
      case "throttle":
        this.#tellThrottle(fact, add);
        break;
      case "diverged":
        add(fact.node, `${fact.node} DIVERGED`, fact.detail);
        break;
    }
  }

  #describeGeneration(fact: FactOf<"open-generation">): [string, string] {
    const what = `generation ${fact.generation}`;
    const pair = `primary ${fact.primary}, backup ${fact.backup}`;
    if (fact.result === "lost") return [what, `${pair}: refused, ${fact.opener} does not own it`];
    const alone = this.#situation.generations.aloneFor(fact.time);
    const after = alone === undefined ? "" : `, after ${formatDuration(alone)} unprotected`;
    return [what, `${pair}${after}`];
  }

  /** It moves by small steps: its beginning and its end are told. */
  #tellThrottle(
    { node, percent, lag }: FactOf<"throttle">,
    add: (node: string, what: string, detail: string) => void,
  ): void {
    const isLimited = percent < 100;
    if (this.#limited.has(node) === isLimited) return;
    if (isLimited) this.#limited.add(node);
    else this.#limited.delete(node);
    if (isLimited) add(node, `${node} slows down`, `lag ${formatDuration(lag)}`);
    else add(node, `${node} at full speed`, `lag ${formatDuration(lag)}`);
  }

  #add(moment: Moment): void {
    this.#moments.push(moment);
  }

  /** What a host did on going live is known only afterwards. */
  #finish(moment: Moment): Moment {
    const copy = this.#copyOf.get(moment);
    if (copy !== undefined) return { ...moment, detail: describeCopy(copy) };
    const deeds = this.#deedsOf.get(moment);
    if (deeds === undefined) return moment;
    const { reissued, hasAnnounced } = deeds;
    const parts = [moment.detail];
    if (reissued > 0) parts.push(`${count(reissued, "disk command")} re-issued`);
    if (hasAnnounced) parts.push("MAC announced");
    return { ...moment, detail: parts.filter((part) => part !== "").join(", ") };
  }
}

const ASKED: Readonly<Record<FactOf<"operator">["command"], string>> = {
  move: "move",
  "power-off": "power-off",
  "cpu-share": "change of its CPU",
};

function operatorWords({ command, result }: FactOf<"operator">): string {
  return `the ${ASKED[command]} is ${result}`;
}

function isReturn(before: Role | undefined, role: Role): boolean {
  return before === "SUSPECT" && (role === "PRIMARY" || role === "BACKUP");
}

/** "3 requests in flight, 2 outputs held, h2 is 11 log entries behind". */
export function describeSnapshot(snapshot: Snapshot): string {
  const parts = [`${count(snapshot.inFlight, "request")} in flight`];
  const { pair } = snapshot;
  if (pair !== undefined) {
    parts.push(`${count(pair.held, "output")} held`);
    parts.push(`${pair.backup} is ${count(pair.behind, "log entry", "log entries")} behind`);
  }
  return parts.join(", ");
}

/** A machine that stops because its replica halts is told by the halt. */
function dropRepeated(moments: readonly Moment[]): readonly Moment[] {
  const halted = new Set<string>();
  for (const { kind, node, time } of moments) if (kind === "halted") halted.add(`${node} ${time}`);
  return moments.filter(
    ({ kind, node, time }) => kind !== "stopped" || !halted.has(`${node} ${time}`),
  );
}

/** The first roles stand in one line: "h1 PRIMARY, h2 BACKUP (generation 1)". */
function mergeRoles(moments: readonly Moment[]): readonly Moment[] {
  const roles = moments.filter(({ kind }) => kind === "roles");
  const [first] = roles;
  if (first === undefined) return moments;
  const reason = first.detail === "" ? "" : ` (${first.detail})`;
  const what = `${roles.map((moment) => moment.what).join(", ")}${reason}`;
  return [
    { ...first, node: "", what, detail: "" },
    ...moments.filter((one) => one.kind !== "roles"),
  ];
}
