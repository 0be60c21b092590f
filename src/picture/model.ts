// What the space-time picture shows, as data: lanes, and on them roles, operations, held outputs,
// marks; between them messages and faults. Facts are appended one by one, in their order, so that a
// run that is still going can be shown as well as a finished one. Times are virtual ns.

import { type Fact, type FactOf, OPERATIONS, type Role } from "../history/fact.ts";
import { columnOf, describeFact, STORAGE } from "../report/describe-fact.ts";
import { type Link, Linker, type LinkKind } from "../report/links.ts";

export type LaneKind = "clients" | "host" | "storage";

export interface Lane {
  readonly id: string;
  readonly kind: LaneKind;
}

/** How a role looks; several roles of arbitration look the same. */
export type SpanStyle = "primary" | "backup" | "going-live" | "solo" | "halted" | "down" | "spare";

export interface RoleSpan {
  readonly lane: number;
  readonly from: number;
  /** OPEN while it lasts. */
  to: number;
  readonly style: SpanStyle;
  readonly label: string;
  readonly fact: number;
}

export interface FaultSpan {
  readonly from: number;
  to: number;
  /** Lanes between which it strikes; equal for one lane; none: everywhere. */
  readonly lanes: readonly [number, number] | undefined;
  /** Without length: a crash is a moment. */
  readonly isMoment: boolean;
  /** It was asked for by the operator, and broke nothing. */
  readonly isOperation: boolean;
  readonly label: string;
  readonly fact: number;
}

export interface OperationSpan {
  readonly row: number;
  readonly from: number;
  to: number;
  /** "cut": how it went on is left out of this file. */
  outcome: "open" | "ok" | "fail" | "info" | "cut";
  readonly label: string;
  readonly fact: number;
}

export interface HoldSpan {
  readonly lane: number;
  readonly from: number;
  to: number;
  readonly ordinal: number;
  readonly fact: number;
  end: number;
}

export type MarkKind =
  | "crash"
  | "suspect"
  | "question"
  | "flag"
  | "live"
  | "halted"
  | "announce"
  | "copy";

export interface Mark {
  readonly lane: number;
  readonly time: number;
  readonly kind: MarkKind;
  readonly label: string;
  readonly fact: number;
}

export type MessageKind = Exclude<LinkKind, "local">;

export interface Message {
  readonly from: number;
  readonly fromRow: number;
  readonly to: number;
  readonly toRow: number;
  readonly sentAt: number;
  readonly arrivedAt: number;
  readonly kind: MessageKind;
  readonly isInferred: boolean;
  readonly cause: number;
  readonly effect: number;
}

export const OPEN: number = Number.MAX_SAFE_INTEGER;
/** Rows of the clients' lane; further clients share them. */
export const CLIENT_ROWS = 8;

const STYLES: Readonly<Record<Role, SpanStyle>> = {
  PRIMARY: "primary",
  BACKUP: "backup",
  SUSPECT: "going-live",
  TAS_WAIT: "going-live",
  GOING_LIVE: "going-live",
  SOLO: "solo",
  HALTED: "halted",
};
const ROLE_WORDS: Readonly<Record<Role, string>> = {
  PRIMARY: "primary",
  BACKUP: "backup",
  SUSPECT: "suspects",
  TAS_WAIT: "asks for the flag",
  GOING_LIVE: "going live",
  SOLO: "solo, unprotected",
  HALTED: "halted",
};

export class PictureModel {
  readonly lanes: readonly Lane[];
  readonly roles: RoleSpan[] = [];
  readonly faults: FaultSpan[] = [];
  readonly operations: OperationSpan[] = [];
  readonly holds: HoldSpan[] = [];
  readonly marks: Mark[] = [];
  readonly messages: Message[] = [];
  /** Positions of the facts of each lane, in order. */
  readonly factsOf: readonly number[][];
  /** Times of all facts, by position. */
  readonly times: number[] = [];
  clientRows: number = 1;
  readonly #facts: Fact[] = [];
  readonly #laneByName: ReadonlyMap<string, number>;
  readonly #linker: Linker = new Linker();
  readonly #onLink: (link: Link) => void;
  readonly #openRoles: Map<number, RoleSpan> = new Map();
  readonly #openHolds: Map<string, HoldSpan> = new Map();
  readonly #openOperations: Map<string, OperationSpan> = new Map();

  /** `hasOwnDisks`: each host has a lane for its disk below it, and the last is the arbiter's. */
  constructor(
    hosts: readonly string[],
    onLink: (link: Link) => void = () => undefined,
    hasOwnDisks: boolean = false,
  ) {
    this.lanes = [
      { id: "clients", kind: "clients" },
      ...hosts.flatMap((id): readonly Lane[] => [
        { id, kind: "host" },
        ...(hasOwnDisks ? [{ id: diskLane(id), kind: "storage" } as const] : []),
      ]),
      { id: hasOwnDisks ? "arbiter" : STORAGE, kind: "storage" },
    ];
    this.factsOf = this.lanes.map(() => []);
    const lanes = this.lanes.map(({ id }, at) => [id, at] as const);
    this.#laneByName = new Map([...lanes, [STORAGE, this.lanes.length - 1]]);
    this.#onLink = onLink;
  }

  fact(position: number): Fact | undefined {
    return this.#facts[position];
  }

  append(fact: Fact): void {
    const position = this.#facts.length;
    this.#facts.push(fact);
    this.times.push(fact.time);
    const lane = this.laneOf(fact);
    if (lane >= 0) this.factsOf[lane]?.push(position);
    this.#show(fact, position, lane);
    for (const link of this.#linker.observe(fact, position)) {
      this.#onLink(link);
      this.#addMessage(link);
    }
  }

  /** Facts are missing from here on: what is under way ends for this picture, roles go on. */
  interrupt(): void {
    const time = this.times.at(-1) ?? 0;
    for (const operation of this.#openOperations.values()) {
      operation.to = time;
      operation.outcome = "cut";
    }
    this.#openOperations.clear();
    for (const hold of this.#openHolds.values()) hold.to = time;
    this.#openHolds.clear();
  }

  /** -1 when it belongs to the world as a whole. */
  laneOf(fact: Fact): number {
    const isOfDisk = fact.kind === "disk-apply" || fact.kind === "disk-content";
    const own = isOfDisk ? this.#laneByName.get(diskLane(fact.node)) : undefined;
    if (own !== undefined) return own;
    return this.#laneByName.get(columnOf(fact)) ?? -1;
  }

  #show(fact: Fact, position: number, lane: number): void {
    switch (fact.kind) {
      case "role":
        this.#showRole(fact, position, lane);
        break;
      case "fault":
        this.#showFault(fact, position);
        break;
      case "client":
        this.#showOperation(fact, position);
        break;
      case "output-hold": {
        const { ordinal, time } = fact;
        // One that waits on for the ack of the next generation is the same output.
        if (this.#openHolds.has(`${lane} ${ordinal}`)) break;
        const hold = { lane, from: time, to: OPEN, ordinal, fact: position, end: -1 };
        this.holds.push(hold);
        this.#openHolds.set(`${lane} ${ordinal}`, hold);
        break;
      }
      case "output-release":
        this.#endHold(`${lane} ${fact.ordinal}`, fact.time, position);
        break;
      case "run":
        // Those of the pair say so at once; who says nothing stands by.
        if (fact.phase === "start")
          for (const host of fact.hosts) {
            const of = this.#laneByName.get(host);
            if (of !== undefined) this.#changeRole(of, fact.time, "spare", position);
          }
        break;
      case "machine-stop":
        this.#stop(fact, position, lane);
        break;
      default:
        this.#showMark(fact, position, lane);
    }
  }

  #showMark(fact: Fact, position: number, lane: number): void {
    const add = (kind: MarkKind, label: string): void => {
      this.marks.push({ lane, time: fact.time, kind, label, fact: position });
    };
    switch (fact.kind) {
      case "host":
        if (fact.what === "crash") add("crash", "crashes");
        else if (fact.what === "stays-out") this.#changeRole(lane, fact.time, "spare", position);
        break;
      case "copy":
        if (fact.stage === "begin") add("copy", `copies to ${fact.target}`);
        else if (fact.stage === "pause") add("copy", "stands still");
        else if (fact.stage === "aborted") add("copy", "gives the copy up");
        break;
      case "state-put":
        add("copy", `has the state of ${fact.source}`);
        break;
      case "suspect":
        add("suspect", "suspects");
        break;
      case "test-and-set-request":
        add("question", "asks");
        break;
      case "test-and-set":
        add("flag", `test-and-set: ${fact.owner} ${fact.result}`);
        break;
      case "announce":
        add("announce", "announces");
        break;
      default:
    }
  }

  #showRole({ role, time }: FactOf<"role">, position: number, lane: number): void {
    this.#changeRole(lane, time, STYLES[role], position, ROLE_WORDS[role]);
    if (role === "SOLO") this.marks.push(markOf(lane, time, "live", "goes live", position));
    if (role === "HALTED") this.marks.push(markOf(lane, time, "halted", "halts", position));
  }

  #stop({ time, why }: FactOf<"machine-stop">, position: number, lane: number): void {
    for (const [key, hold] of this.#openHolds)
      if (hold.lane === lane) this.#endHold(key, time, position);
    const open = this.#openRoles.get(lane);
    if (open !== undefined && why.includes("crash")) this.#changeRole(lane, time, "down", position);
  }

  #changeRole(
    lane: number,
    time: number,
    style: SpanStyle,
    fact: number,
    label: string = style,
  ): void {
    const open = this.#openRoles.get(lane);
    if (open?.style === "spare" && open.from === time)
      this.roles.splice(this.roles.indexOf(open), 1);
    else if (open !== undefined) open.to = time;
    const span: RoleSpan = { lane, from: time, to: OPEN, style, label, fact };
    this.roles.push(span);
    this.#openRoles.set(lane, span);
  }

  #showFault(fact: FactOf<"fault">, position: number): void {
    const isOperation = OPERATIONS.has(fact.fault);
    if (fact.phase === "end") {
      const open = this.faults.findLast((one) => one.label === fact.detail && one.to === OPEN);
      if (open !== undefined) open.to = fact.time;
      return;
    }
    this.faults.push({
      from: fact.time,
      to: OPEN,
      lanes: lanesNamed(`${fact.target} ${fact.detail}`, this.lanes),
      isMoment: fact.fault === "crash" || fact.fault === "restart" || isOperation,
      isOperation,
      label: fact.detail,
      fact: position,
    });
  }

  #showOperation({ event, time }: FactOf<"client">, position: number): void {
    const { opId, client } = event;
    const open = this.#openOperations.get(opId);
    if (event.kind === "invoke") {
      this.clientRows = Math.min(CLIENT_ROWS, Math.max(this.clientRows, client + 1));
      const operation: OperationSpan = {
        row: client % CLIENT_ROWS,
        from: time,
        to: OPEN,
        outcome: "open",
        label: opId,
        fact: position,
      };
      this.operations.push(operation);
      this.#openOperations.set(opId, operation);
    } else if (open !== undefined) {
      open.to = time;
      open.outcome = event.kind;
      this.#openOperations.delete(opId);
    }
  }

  #endHold(key: string, time: number, position: number): void {
    const hold = this.#openHolds.get(key);
    if (hold === undefined) return;
    hold.to = time;
    hold.end = position;
    this.#openHolds.delete(key);
  }

  #addMessage({ cause, effect, kind, isInferred }: Link): void {
    const from = this.#facts[cause];
    const to = this.#facts[effect];
    if (kind === "local" || from === undefined || to === undefined) return;
    this.messages.push({
      from: this.laneOf(from),
      fromRow: rowOf(from),
      to: this.laneOf(to),
      toRow: rowOf(to),
      sentAt: from.time,
      arrivedAt: to.time,
      kind,
      isInferred,
      cause,
      effect,
    });
  }
}

/** "entry 53 net-rx": what stands beside a message's line. */
export function messageLabel(model: PictureModel, message: Message): string {
  const cause = model.fact(message.cause);
  const effect = model.fact(message.effect);
  switch (cause?.kind) {
    case "log-append":
      return `entry ${cause.lsn} ${cause.entry}`;
    case "log-ack-send":
      return `ack ${cause.through}`;
    case "client":
      return `${cause.event.opId} ${cause.event.op.kind.toUpperCase()}`;
    case "release":
      return cause.disk === null
        ? `output ${cause.ordinal}, ${cause.length} B`
        : `disk ${cause.disk.op} ${cause.disk.ioId}`;
    case "disk-apply":
      return `done ${cause.disk.ioId}`;
    case "test-and-set-request":
      return "test-and-set?";
    case "test-and-set":
      return effect?.kind === "test-and-set-result" ? effect.result : "answer";
    default:
      return cause === undefined ? "" : describeFact(cause);
  }
}

/** As the wire to it is called: "disk1" is h1's. */
function diskLane(host: string): string {
  return `disk${host.slice(1)}`;
}

function markOf(lane: number, time: number, kind: MarkKind, label: string, fact: number): Mark {
  return { lane, time, kind, label, fact };
}

function rowOf(fact: Fact): number {
  if (fact.kind === "client") return fact.event.client % CLIENT_ROWS;
  if (fact.kind !== "client-read") return 0;
  const number = Number(/\d+/.exec(fact.client)?.[0] ?? 1);
  return Math.max(0, number - 1) % CLIENT_ROWS;
}

/** The lanes that a fault's words name: its links are cut between them. */
export function lanesNamed(
  words: string,
  lanes: readonly Lane[],
): readonly [number, number] | undefined {
  const named = new Set<number>();
  for (const word of words.split(/[^a-z0-9-]+/))
    for (const part of [word, ...word.split("-")])
      for (const [at, { id, kind }] of lanes.entries()) {
        const isClient = kind === "clients" && /^(c\d+|net|switch)$/.test(part);
        if (part === id || isClient) named.add(at);
      }
  if (/\b(log|heartbeat)-link\b/.test(words))
    for (const [at, { kind }] of lanes.entries()) if (kind === "host") named.add(at);
  if (named.size === 0) return undefined;
  return [Math.min(...named), Math.max(...named)];
}
