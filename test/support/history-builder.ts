// Histories by hand, for the tests of checkers. `PairScript` plays a replicated pair that does
// everything right, one act at a time; a test lets it do one thing wrong, or edits what it wrote.

import { assert } from "../../src/base/assert.ts";
import type { ClaimFact, Fact, FactOf, NodeName, Role, WorldFact } from "../../src/history/fact.ts";
import type { Op, OpEvent, OpResult } from "../../src/history/op.ts";
import type { VirtualTime } from "../../src/base/time.ts";
import type { CheckerResult } from "../../src/history/verdict.ts";
import type { CheckerContext, CheckerKind } from "../../src/checkers/checker.ts";

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
export type WorldDraft = Without<WorldFact, "witness" | "time">;
export type ClaimDraft = Without<ClaimFact, "witness" | "time" | "node" | "generation">;

export const MS = 1_000_000;

export const TEST_CONTEXT: CheckerContext = {
  hosts: ["h1", "h2", "h3"],
  protocol: "vm-ft",
  boundaryPolicy: "drop",
  detectionTimeout: 2000 * MS,
  heartbeatTimeout: 2000 * MS,
  logTimeout: 2000 * MS,
  logRoundTrip: 2 * MS,
  channel: {
    lagHigh: 1000 * MS,
    lagLow: 200 * MS,
    lagPeriod: 500 * MS,
    cpuStep: 3,
    cpuFloor: 20,
    primaryBufferBytes: 65_536,
    backupBufferBytes: 65_536,
    progressInterval: 100 * MS,
  },
  settleBound: 1000 * MS,
  clientPatience: { reply: 10_000 * MS, connect: 5000 * MS },
  searchBudget: 1_000_000,
};

interface Replica {
  index: number;
  /** What the machine has gone through, in order: how to do it again on another. */
  ordinal: number;
}

/** One step of the primary that the backup will replay. */
type Step =
  | { readonly kind: "crossing"; readonly draft: WorldDraft & { readonly kind: "crossing" } }
  | { readonly kind: "output"; readonly draft: WorldDraft & { readonly kind: "output" } };

interface Entry {
  readonly lsn: number;
  readonly hash: string;
  readonly count: number;
  readonly steps: readonly Step[];
}

export class PairScript {
  readonly facts: Fact[];
  readonly context: CheckerContext;
  now: number;
  #live: NodeName;
  #replayer: NodeName | null;
  #generation: number;
  #lsn: number;
  #count: number;
  #ticks: number;
  #machines: Map<NodeName, Replica>;
  /** Appended, not replayed. */
  #log: Entry[];
  /** Whether the two hear each other. */
  #isConnected: boolean;

  constructor(context: CheckerContext = TEST_CONTEXT) {
    this.facts = [];
    this.context = context;
    this.now = 0;
    this.#live = "h1";
    this.#replayer = "h2";
    this.#generation = 1;
    this.#lsn = 0;
    this.#count = 1000;
    this.#ticks = 0;
    this.#machines = new Map();
    this.#log = [];
    this.#isConnected = true;
    this.world({ kind: "run", phase: "start", hosts: context.hosts });
    for (const node of ["h1", "h2"]) {
      this.#machines.set(node, { index: 0, ordinal: 0 });
      this.world({ kind: "machine-start", node, count: 1000, stateHash: "ready" });
    }
    this.role("h1", "PRIMARY");
    this.role("h2", "BACKUP");
  }

  world(draft: WorldDraft): number {
    this.facts.push({ ...draft, witness: "world", time: this.now } as WorldFact);
    return this.facts.length - 1;
  }

  claim(node: NodeName, draft: ClaimDraft, generation = this.#generation): number {
    const who = { node, generation };
    this.facts.push({ ...draft, ...who, witness: "claim", time: this.now } as ClaimFact);
    return this.facts.length - 1;
  }

  role(node: NodeName, role: Role, generation?: number): void {
    this.claim(node, { kind: "role", role, reason: "test" }, generation);
  }

  wait(milliseconds: number): this {
    const until = this.now + milliseconds * MS;
    const beat = 100 * MS;
    for (let at = this.now - (this.now % beat) + beat; at <= until; at += beat) {
      this.now = at;
      if (this.#isConnected) this.beat();
    }
    this.now = until;
    return this;
  }

  /** Each of the pair hears the other. */
  beat(): void {
    for (const node of [this.#live, this.#replayer]) {
      if (node === null || this.#replayer === null) continue;
      this.hear(node, "heartbeat");
      this.hear(node, node === this.#live ? "ack" : "log");
    }
  }

  hear(node: NodeName, signal: FactOf<"heard">["signal"]): void {
    const from = node === this.#live ? (this.#replayer ?? "") : this.#live;
    this.world({ kind: "heard", node, from, signal });
  }

  /** From here on the two hear nothing of each other. */
  disconnect(): this {
    this.#isConnected = false;
    return this;
  }

  get live(): NodeName {
    return this.#live;
  }

  /** Something arrives from outside at the live machine, and is logged while there is a backup. */
  arrive(crossing: FactOf<"crossing">["crossing"], value: string, ioId: number = -1): void {
    this.#count += 100;
    const draft = this.#crossing(crossing, "before", value, ioId);
    this.#append(crossing, [{ kind: "crossing", draft }]);
    this.#perform(this.#live, [{ kind: "crossing", draft }], true);
  }

  readTime(advance: number = 10): void {
    this.#count += 5;
    this.#ticks += advance;
    const draft = this.#crossing("time", "during", `t${this.#ticks}`);
    this.#append("time", [{ kind: "crossing", draft }]);
    this.#perform(this.#live, [{ kind: "crossing", draft }], true);
  }

  /** The live machine performs an output; returns its ordinal. */
  perform(
    outputClass: "network" | "console" | "disk",
    hash: string,
    disk: FactOf<"output">["disk"] = null,
  ): number {
    this.#count += 50;
    const ordinal = this.#machine(this.#live).ordinal;
    const steps: Step[] = [
      { kind: "crossing", draft: this.#crossing("output", "during", hash) },
      {
        kind: "output",
        draft: {
          kind: "output",
          node: "",
          ordinal,
          outputClass,
          count: this.#count,
          hash,
          disk,
        },
      },
    ];
    this.#perform(this.#live, steps, true);
    if (this.#replayer === null) return ordinal;
    this.#append("output", steps);
    const lsn = this.#lsn;
    this.claim(this.#live, { kind: "output-hold", ordinal, outputClass, lsn, groupEnd: lsn });
    return ordinal;
  }

  /** The backup takes everything into its buffer and acknowledges; the primary hears it. */
  ship(): void {
    if (this.#replayer === null) return;
    this.wait(1);
    this.bufferAll();
    this.acknowledge(this.#lsn);
  }

  bufferAll(): void {
    const node = this.#replayer;
    if (node === null) return;
    for (const entry of this.#log)
      this.claim(node, { kind: "log-buffered", lsn: entry.lsn, hash: entry.hash });
  }

  acknowledge(through: number): void {
    const node = this.#replayer;
    if (node === null) return;
    this.claim(node, { kind: "log-ack-send", through, executed: 0 });
    this.wait(1);
    this.claim(this.#live, { kind: "log-ack-receive", through, executed: 0 });
  }

  get lsn(): number {
    return this.#lsn;
  }

  release(ordinal: number, more: Partial<FactOf<"release">> = {}): number {
    const output = this.facts.find((fact) => fact.kind === "output" && fact.ordinal === ordinal) as
      | FactOf<"output">
      | undefined;
    return this.world({
      kind: "release",
      node: this.#live,
      ordinal,
      outputClass: output?.outputClass ?? "network",
      count: (output?.count ?? this.#count) + 10,
      hash: output?.hash ?? "?",
      length: 60,
      segment: null,
      disk: output?.disk ?? null,
      isAgain: false,
      ...more,
    });
  }

  /** The backup replays the next entries: all of them, or so many. */
  replay(entries: number = this.#log.length): void {
    const node = this.#replayer;
    if (node === null) return;
    for (const entry of this.#log.splice(0, entries)) {
      this.#perform(node, entry.steps, false);
      this.claim(node, { kind: "log-replay", lsn: entry.lsn, count: entry.count });
    }
  }

  /** A whole request: it arrives, is answered, replicated, released and replayed. */
  request(op: Op, result: OpResult, client: number = 1): void {
    const opId = this.invoke(op, client);
    this.arrive("net-rx", `rx ${opId}`);
    this.readTime();
    const ordinal = this.perform("network", `reply ${opId}`);
    this.ship();
    this.release(ordinal, { segment: this.segment(client, ordinal) });
    this.ok(opId, op, result, client);
    this.replay();
  }

  segment(client: number, ordinal: number): FactOf<"release">["segment"] {
    const connection = `10.0.0.2${client}:49152`;
    return {
      connection,
      sequence: 100 * ordinal,
      length: 5,
      payloadHash: `p${ordinal}`,
      flags: "PA",
    };
  }

  /** A disk write of the guest, up to its ack. */
  issueWrite(ioId: number, sector: number): number {
    const disk = { ioId, op: "write", sector, sectorCount: 8, dataHash: `data ${ioId}` } as const;
    const ordinal = this.perform("disk", `write ${ioId}`, disk);
    this.ship();
    return ordinal;
  }

  apply(node: NodeName, ordinal: number, result: FactOf<"disk-apply">["result"] = "ok"): void {
    const output = this.facts.find((fact) => fact.kind === "output" && fact.ordinal === ordinal) as
      | FactOf<"output">
      | undefined;
    if (output?.disk === undefined || output.disk === null) return;
    const fence = { fenceGeneration: this.#generation, fenceOwner: node };
    this.world({ kind: "disk-apply", node, ...fence, disk: output.disk, result });
  }

  invoke(op: Op, client: number = 1): string {
    const opId = `c${client}-${this.facts.length}`;
    this.#event({ kind: "invoke", ...this.#base(opId, op, client) });
    return opId;
  }

  ok(opId: string, op: Op, result: OpResult, client: number = 1): void {
    this.wait(1);
    this.#event({ kind: "ok", result, ...this.#base(opId, op, client) });
  }

  /** Its client waits no longer; the operation may still take effect. */
  giveUp(opId: string, op: Op, client: number = 1): void {
    this.#event({ kind: "info", error: "no reply", ...this.#base(opId, op, client) });
  }

  crash(node: NodeName): void {
    this.world({ kind: "fault", fault: "crash", phase: "start", target: node, detail: "test" });
    this.world({ kind: "host", node, what: "crash", detail: "" });
    this.stop(node, "crash");
    this.disconnect();
  }

  stop(node: NodeName, why: string): void {
    this.world({ kind: "machine-stop", node, count: this.#count, why });
  }

  suspect(node: NodeName): void {
    this.disconnect().wait(2000);
    this.claim(node, { kind: "suspect", reason: "no heartbeat", silence: 2000 * MS });
    this.role(node, "SUSPECT");
  }

  /** The node asks for the flag and is told. */
  ask(node: NodeName, result: "won" | "lost"): void {
    this.claim(node, { kind: "test-and-set-request", attempt: 1 });
    this.role(node, "TAS_WAIT");
    this.wait(1);
    const generation = this.#generation;
    this.world({ kind: "test-and-set", generation, owner: node, result, isFirst: true });
    this.wait(1);
    this.claim(node, { kind: "test-and-set-result", result });
  }

  /** The winner drains what it holds and goes live; what it does first is the caller's. */
  goLive(node: NodeName): void {
    this.role(node, "GOING_LIVE");
    this.replay();
    this.role(node, "SOLO");
    this.#log = [];
    this.#live = node;
    this.#replayer = null;
  }

  announce(node: NodeName): void {
    const mac = "02:00:00:00:00:01";
    this.world({ kind: "announce", node, mac });
    this.world({ kind: "switch-learn", mac, port: node });
  }

  /** The last facts of a run that went well, as the testbed's oracle would write them. */
  finish(): readonly Fact[] {
    const bytes = { connection: "10.0.0.21:49152", bytes: 60, differsAt: -1 };
    this.world({ kind: "stream-compared", client: "c1", ...bytes });
    this.world({ kind: "reference", node: this.#live, steps: 5000, positions: 9, differsAt: -1 });
    const audit = { records: 4, acknowledged: 3, found: 3, missing: "" };
    this.world({ kind: "disk-audit", ...audit });
    this.wait(5000);
    this.world({ kind: "run", phase: "end", hosts: this.context.hosts });
    return this.facts;
  }

  #base(opId: string, op: Op, client: number): Omit<OpEvent, "kind" | "result" | "error"> {
    return { at: this.now as VirtualTime, client, process: client, opId, op };
  }

  #event(event: OpEvent): void {
    this.world({ kind: "client", event });
  }

  #machine(node: NodeName): Replica {
    const known = this.#machines.get(node) ?? { index: 0, ordinal: 0 };
    this.#machines.set(node, known);
    return known;
  }

  #crossing(
    crossing: FactOf<"crossing">["crossing"],
    phase: "before" | "during",
    value: string,
    ioId: number = -1,
  ): WorldDraft & { readonly kind: "crossing" } {
    return {
      kind: "crossing",
      node: "",
      index: 0,
      crossing,
      phase,
      count: this.#count,
      pc: `0x${this.#count}`,
      privilege: 3,
      valueHash: value,
      stateHash: `state ${this.#count} ${value}`,
      ioId,
      ioStatus: ioId < 0 ? "" : "ok",
      ticks: crossing === "time" ? this.#ticks : -1,
      isLive: true,
    };
  }

  #perform(node: NodeName, steps: readonly Step[], isLive: boolean): void {
    const machine = this.#machine(node);
    for (const step of steps)
      if (step.kind === "crossing") {
        this.world({ ...step.draft, node, index: machine.index, isLive });
        machine.index += 1;
      } else {
        this.world({ ...step.draft, node });
        machine.ordinal += 1;
      }
  }

  #append(entry: string, steps: readonly Step[]): void {
    if (this.#replayer === null) return;
    this.#lsn += 1;
    const lsn = this.#lsn;
    const hash = `entry ${lsn}`;
    const place = { count: this.#count, phase: "before", group: lsn, isGroupEnd: true } as const;
    this.claim(this.#live, { kind: "log-append", lsn, entry, ...place, hash, bytes: 64 });
    this.#log.push({ lsn, hash, count: this.#count, steps });
  }
}

const INCR: Op = { kind: "incr", key: "n" };
const counted = (value: number): OpResult => ({ kind: "number", value });

/** A run in which nothing goes wrong. */
export function quietScript(): PairScript {
  const script = new PairScript();
  connect(script);
  for (let n = 1; n <= 3; n++) script.request(INCR, counted(n));
  const write = script.issueWrite(1, 40);
  script.release(write);
  script.apply("h1", write);
  script.arrive("disk-done", "done 1", 1);
  script.ship();
  script.replay();
  return script;
}

/** Up to the moment when h1 has crashed with two writes to the same sectors under way. */
export function crashedScript(): PairScript {
  const script = quietScript();
  const first = script.issueWrite(2, 64);
  script.release(first);
  script.apply("h1", first);
  script.issueWrite(3, 64);
  script.wait(1);
  script.crash("h1");
  return script;
}

/** The primary dies with I/O under way; the backup takes over and the service goes on. */
export function failoverScript(): PairScript {
  const script = crashedScript();
  script.suspect("h2");
  script.ask("h2", "won");
  script.goLive("h2");
  script.announce("h2");
  for (const [ordinal, ioId] of [
    [4, 2],
    [5, 3],
  ] as const) {
    script.release(ordinal, { isAgain: true });
    script.wait(1);
    script.apply("h2", ordinal, ioId === 2 ? "repeated" : "ok");
    script.arrive("disk-done", `done ${ioId}`, ioId);
  }
  for (let n = 4; n <= 5; n++) script.request(INCR, counted(n));
  return script;
}

export function connect(script: PairScript): void {
  const connection = { connection: "10.0.0.21:49152", what: "connected" } as const;
  script.world({ kind: "client-connection", client: "c1", ...connection });
}

/** What one checker says of a whole history. */
export function judge(
  kind: CheckerKind,
  facts: readonly Fact[],
  context: CheckerContext = TEST_CONTEXT,
): CheckerResult {
  const checker = kind.start(context);
  for (const [index, fact] of facts.entries())
    if (kind.hears?.has(fact.kind) !== false) checker.observe(fact, index);
  return checker.result();
}

/** The history with the first fact of a kind that fits replaced. */
export function edit<K extends Fact["kind"]>(
  facts: readonly Fact[],
  kind: K,
  change: Partial<FactOf<K>>,
  fits: (fact: FactOf<K>) => boolean = () => true,
): readonly Fact[] {
  const at = facts.findIndex((fact) => fact.kind === kind && fits(fact as FactOf<K>));
  assert(at >= 0, `no ${kind} to edit`);
  return facts.map((fact, index) => (index === at ? ({ ...fact, ...change } as Fact) : fact));
}
