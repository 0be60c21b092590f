// What caused what, read off the facts: a log entry is appended, buffered, acknowledged, and lets an
// output go. Links that lead from one lane to another are the messages of a run; the facts have no
// packets, only their two ends. A request's arrival is inferred, and says so.

import type { Fact, FactOf, NodeName } from "../history/fact.ts";

export type LinkKind =
  | "log"
  | "ack"
  | "request"
  | "reply"
  | "disk"
  | "disk-done"
  | "arbiter"
  /** Inside one node: no message. */
  | "local";

/** Indices into the history. An effect may be told before its cause when both are of one moment. */
export interface Link {
  readonly cause: number;
  readonly effect: number;
  readonly kind: LinkKind;
  /** The facts do not name the pair: it is the likeliest one. */
  readonly isInferred: boolean;
}

/** Requests that never arrive are given up after this, unless a machine went live meanwhile. */
const REQUEST_TAKES_MAX = 5_000_000;
const SEQUENCE_SPACE = 4_294_967_296;

interface Seen {
  readonly index: number;
  readonly time: number;
  readonly count: number;
}

interface Request {
  readonly index: number;
  readonly time: number;
  readonly opId: string;
}

interface Sent {
  readonly index: number;
  readonly time: number;
  /** Offsets into the connection's byte stream. */
  readonly end: number;
}

/**
 * A fact of each log entry. Generations have maps of their own: one number for both would be too
 * large for a map to find it fast, and this is asked for every entry of a run.
 */
class ByEntry<T> {
  readonly #generations: Map<number, Map<number, T>> = new Map();

  get(generation: number, lsn: number): T | undefined {
    return this.#generations.get(generation)?.get(lsn);
  }

  set(generation: number, lsn: number, value: T): void {
    const known = this.#generations.get(generation);
    if (known === undefined) this.#generations.set(generation, new Map([[lsn, value]]));
    else known.set(lsn, value);
  }
}

/** What the linker remembers of one host. */
class NodeMemory {
  crossing: Seen | undefined;
  append: Seen | undefined;
  readonly outputs: Map<number, number> = new Map();
  readonly holds: Map<number, { readonly index: number; readonly groupEnd: number }> = new Map();
  readonly lettings: Map<number, number> = new Map();
  readonly buffered: ByEntry<number> = new ByEntry();
  /** The newest of them. */
  newest: number | undefined;
  readonly diskReleases: Map<number, number> = new Map();
  readonly diskApplies: Map<number, number> = new Map();
  /** By what they acknowledge; those of one entry differ in how far it was executed. */
  readonly acksSent: ByEntry<{ readonly executed: number; readonly index: number }[]> =
    new ByEntry();
  ack: { readonly index: number; readonly through: number } | undefined;
  /** The newest step of arbitration: suspicion, question, answer, role. */
  step: number | undefined;
  hasStopped: number | undefined;
  crash: Seen | undefined;
  question: number | undefined;
  answer: number | undefined;
  wentLiveAt: number = -1;

  rememberAck({ generation, through, executed }: FactOf<"log-ack-send">, index: number): void {
    const known = this.acksSent.get(generation, through);
    if (known === undefined) this.acksSent.set(generation, through, [{ executed, index }]);
    else known.push({ executed, index });
  }

  /** The newest of equal ones. */
  ackOf({ generation, through, executed }: FactOf<"log-ack-receive">): number | undefined {
    const known = this.acksSent.get(generation, through);
    return known?.findLast((ack) => ack.executed === executed)?.index;
  }
}

export class Linker {
  readonly #nodes: Map<NodeName, NodeMemory>;
  readonly #appends: ByEntry<number>;
  readonly #streams: Map<string, { first: number; sent: Sent[] }>;
  readonly #invokes: Map<string, number>;
  readonly #answers: Map<string, { time: number; indices: number[] }>;
  #requests: Request[];
  #fault: Seen | undefined;
  #announce: number | undefined;
  #fastestReply: number;
  #out: Link[];

  constructor() {
    this.#nodes = new Map();
    this.#appends = new ByEntry();
    this.#streams = new Map();
    this.#invokes = new Map();
    this.#answers = new Map();
    this.#requests = [];
    this.#fault = undefined;
    this.#announce = undefined;
    this.#fastestReply = Number.MAX_SAFE_INTEGER;
    this.#out = [];
  }

  /** The links that this fact completes. */
  observe(fact: Fact, index: number): readonly Link[] {
    this.#out = [];
    if (fact.witness === "claim") this.#claim(fact, index);
    else this.#world(fact, index);
    return this.#out;
  }

  #world(fact: Extract<Fact, { readonly witness: "world" }>, index: number): void {
    switch (fact.kind) {
      case "client":
        this.#client(fact, index);
        break;
      case "client-read":
        this.#read(fact, index);
        break;
      case "crossing":
        this.#crossing(fact, index);
        break;
      case "output":
        this.#output(fact, index);
        break;
      case "release":
        this.#release(fact, index);
        break;
      case "disk-issue":
        this.#of(fact.node).diskReleases.set(fact.disk.ioId, index);
        break;
      case "disk-apply": {
        const node = this.#of(fact.node);
        this.#link(node.diskReleases.get(fact.disk.ioId), index, "disk");
        node.diskApplies.set(fact.disk.ioId, index);
        break;
      }
      case "fault":
        if (fact.phase === "start") this.#fault = { index, time: fact.time, count: 0 };
        break;
      default:
        this.#rare(fact, index);
    }
  }

  #rare(fact: Extract<Fact, { readonly witness: "world" }>, index: number): void {
    switch (fact.kind) {
      case "host":
        if (this.#fault?.time === fact.time) this.#link(this.#fault.index, index);
        this.#of(fact.node).crash = { index, time: fact.time, count: 0 };
        break;
      case "machine-stop": {
        const node = this.#of(fact.node);
        if (node.crash?.time === fact.time) this.#link(node.crash.index, index);
        else this.#link(node.answer ?? node.step, index);
        node.hasStopped = index;
        break;
      }
      case "test-and-set": {
        const owner = this.#of(fact.owner);
        this.#link(owner.question, index, "arbiter");
        owner.answer = index;
        break;
      }
      case "announce":
        this.#link(this.#of(fact.node).step, index);
        this.#announce = index;
        break;
      case "switch-learn":
        if (this.#announce !== undefined) this.#link(this.#announce, index);
        this.#announce = undefined;
        break;
      default:
    }
  }

  #claim(fact: Extract<Fact, { readonly witness: "claim" }>, index: number): void {
    const node = this.#of(fact.node);
    const { generation } = fact;
    switch (fact.kind) {
      case "log-append":
        this.#appends.set(generation, fact.lsn, index);
        if (isSame(node.crossing, fact)) this.#link(node.crossing?.index, index);
        node.append = { index, time: fact.time, count: fact.count };
        break;
      case "log-buffered":
        this.#link(this.#appends.get(generation, fact.lsn), index, "log");
        node.buffered.set(generation, fact.lsn, index);
        node.newest = index;
        break;
      case "log-ack-send":
        this.#link(node.buffered.get(generation, fact.through), index);
        node.rememberAck(fact, index);
        break;
      case "log-ack-receive":
        for (const [name, peer] of this.#nodes)
          if (name !== fact.node) this.#link(peer.ackOf(fact), index, "ack");
        node.ack = { index, through: fact.through };
        break;
      case "log-replay":
        this.#link(node.buffered.get(generation, fact.lsn), index);
        // Not by step: a replica may claim another one than its machine was at.
        if (node.crossing?.time === fact.time) this.#link(index, node.crossing.index);
        break;
      case "output-hold":
        this.#link(this.#appends.get(generation, fact.lsn), index);
        this.#link(node.outputs.get(fact.ordinal), index);
        node.holds.set(fact.ordinal, { index, groupEnd: fact.groupEnd });
        break;
      case "output-release":
        this.#letGo(node, fact.ordinal, index);
        break;
      case "output-suppress":
        this.#link(node.outputs.get(fact.ordinal), index);
        break;
      default:
        this.#arbitration(fact, index, node);
    }
  }

  #arbitration(
    fact: Extract<Fact, { readonly witness: "claim" }>,
    index: number,
    node: NodeMemory,
  ): void {
    switch (fact.kind) {
      case "suspect":
        this.#link(this.#whySilent(fact.node), index);
        node.step = index;
        break;
      case "test-and-set-request":
        this.#link(node.step, index);
        node.question = index;
        node.step = index;
        break;
      case "test-and-set-result":
        this.#link(node.answer, index, "arbiter");
        node.step = index;
        break;
      case "role":
        this.#link(node.step, index);
        node.step = index;
        if (fact.role === "SOLO") node.wentLiveAt = fact.time;
        break;
      case "diverged":
        this.#link(node.newest, index);
        break;
      default:
    }
  }

  /** The peer's end, or else the newest fault. */
  #whySilent(suspecting: NodeName): number | undefined {
    for (const [name, node] of this.#nodes)
      if (name !== suspecting && node.hasStopped !== undefined) return node.hasStopped;
    return this.#fault?.index;
  }

  #letGo(node: NodeMemory, ordinal: number, index: number): void {
    const hold = node.holds.get(ordinal);
    this.#link(hold?.index, index);
    if (hold !== undefined && node.ack !== undefined && node.ack.through >= hold.groupEnd)
      this.#link(node.ack.index, index);
    else if (node.wentLiveAt >= 0) this.#link(node.step, index);
    node.holds.delete(ordinal);
    node.lettings.set(ordinal, index);
  }

  #crossing(fact: FactOf<"crossing">, index: number): void {
    const node = this.#of(fact.node);
    node.crossing = { index, time: fact.time, count: fact.count };
    if (!fact.isLive) return;
    const isLogged = isSame(node.append, fact) && fact.crossing !== "output";
    // Where a message arrives: at the log entry that records it, or at the machine itself.
    const arrival = isLogged ? (node.append?.index ?? index) : index;
    if (arrival !== index) this.#link(arrival, index);
    if (fact.crossing === "disk-done")
      this.#link(node.diskApplies.get(fact.ioId), arrival, "disk-done");
    if (fact.crossing === "net-rx") this.#arrive(node, fact.time, arrival);
  }

  #output(fact: FactOf<"output">, index: number): void {
    const node = this.#of(fact.node);
    if (isSame(node.crossing, fact)) this.#link(node.crossing?.index, index);
    node.outputs.set(fact.ordinal, index);
  }

  #release(fact: FactOf<"release">, index: number): void {
    const node = this.#of(fact.node);
    const letting = node.lettings.get(fact.ordinal);
    this.#link(letting ?? node.outputs.get(fact.ordinal), index);
    if (fact.isAgain) this.#link(node.step, index);
    node.lettings.delete(fact.ordinal);
    if (fact.disk !== null) node.diskReleases.set(fact.disk.ioId, index);
    if (fact.segment !== null) this.#send(fact.segment, fact.time, index);
  }

  #send(segment: NonNullable<FactOf<"release">["segment"]>, time: number, index: number): void {
    const { connection, sequence, length, flags } = segment;
    if (flags.includes("S")) {
      this.#streams.set(connection, { first: sequence + 1, sent: [] });
      return;
    }
    const stream = this.#streams.get(connection);
    if (stream === undefined || length === 0) return;
    const start = (sequence - stream.first + 2 * SEQUENCE_SPACE) % SEQUENCE_SPACE;
    stream.sent.push({ index, time, end: start + length });
  }

  #read(fact: FactOf<"client-read">, index: number): void {
    const stream = this.#streams.get(fact.connection);
    if (stream !== undefined) {
      const from = stream.sent.find(({ end }) => end >= fact.total);
      this.#link(from?.index, index, "reply");
      if (from !== undefined)
        this.#fastestReply = Math.min(this.#fastestReply, fact.time - from.time);
      stream.sent = stream.sent.filter(({ end }) => end > fact.total);
    }
    const answers = this.#answers.get(fact.client);
    if (answers?.time === fact.time)
      for (const answer of answers.indices) this.#link(index, answer);
    this.#answers.delete(fact.client);
  }

  #client({ event, time }: FactOf<"client">, index: number): void {
    const { opId } = event;
    if (event.kind === "invoke") {
      this.#invokes.set(opId, index);
      this.#requests.push({ index, time, opId });
      return;
    }
    this.#link(this.#invokes.get(opId), index);
    this.#invokes.delete(opId);
    this.#requests = this.#requests.filter((request) => request.opId !== opId);
    const name = opId.split("-")[0] ?? "";
    const known = this.#answers.get(name);
    if (known?.time === time) known.indices.push(index);
    else this.#answers.set(name, { time, indices: [index] });
  }

  /** The oldest request that can be here by now: a way takes at least as long as the fastest reply. */
  #arrive(node: NodeMemory, time: number, arrival: number): void {
    const fastest = this.#fastestReply === Number.MAX_SAFE_INTEGER ? 0 : this.#fastestReply;
    const at = this.#requests.findIndex(
      (request) =>
        request.time + fastest <= time &&
        (time - request.time <= REQUEST_TAKES_MAX || request.time <= node.wentLiveAt),
    );
    const [request] = at < 0 ? [] : this.#requests.splice(at, 1);
    this.#link(request?.index, arrival, "request", true);
  }

  #link(
    cause: number | undefined,
    effect: number | undefined,
    kind: LinkKind = "local",
    isInferred: boolean = false,
  ): void {
    if (cause === undefined || effect === undefined || cause === effect) return;
    this.#out.push({ cause, effect, kind, isInferred });
  }

  #of(name: NodeName): NodeMemory {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const made = new NodeMemory();
    this.#nodes.set(name, made);
    return made;
  }
}

function isSame(
  seen: Seen | undefined,
  fact: { readonly time: number; readonly count: number },
): boolean {
  return seen !== undefined && seen.time === fact.time && seen.count === fact.count;
}

/** Links by either end. They are put in order when somebody asks: most runs are only looked at. */
export class LinkBook {
  readonly #links: Link[];
  #indexed: number;
  readonly #causes: (Link[] | undefined)[];
  readonly #effects: (Link[] | undefined)[];

  constructor() {
    this.#links = [];
    this.#indexed = 0;
    this.#causes = [];
    this.#effects = [];
  }

  add(link: Link): void {
    this.#links.push(link);
  }

  causesOf(index: number): readonly Link[] {
    this.#catchUp();
    return this.#causes[index] ?? [];
  }

  effectsOf(index: number): readonly Link[] {
    this.#catchUp();
    return this.#effects[index] ?? [];
  }

  #catchUp(): void {
    for (; this.#indexed < this.#links.length; this.#indexed++) {
      const link = this.#links[this.#indexed];
      if (link === undefined) return;
      push(this.#causes, link.effect, link);
      push(this.#effects, link.cause, link);
    }
  }
}

export function linkAll(facts: readonly Fact[]): LinkBook {
  const linker = new Linker();
  const book = new LinkBook();
  facts.forEach((fact, index) => {
    for (const link of linker.observe(fact, index)) book.add(link);
  });
  return book;
}

function push(lists: (Link[] | undefined)[], at: number, link: Link): void {
  const known = lists[at];
  if (known === undefined) {
    while (lists.length < at) lists.push(undefined);
    lists[at] = [link];
  } else known.push(link);
}
