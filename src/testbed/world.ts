// THE COMPOSITION ROOT: a world built from a scenario and a seed. Kernel, network, switch, storage,
// the two hosts with their machines and replicas, clients, nemesis, director, checkers. It is run in
// chunks, and can be snapshot, restored and released as a whole (D8).

import { must } from "../base/assert.ts";
import { Digest } from "../base/digest.ts";
import { Prng } from "../base/prng.ts";
import { after, type Duration, latest, TICK, type VirtualTime, virtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { NEMESIS, Nemesis, type NemesisWorld } from "../faults/nemesis.ts";
import {
  type Act,
  type Intervention,
  OPERATOR,
  Operator,
  RESEED,
  type OperatorWorld,
  type TimedIntervention,
} from "../faults/operator.ts";
import { majorityOf } from "../ft/voter.ts";
import { Kernel, type SimEvent } from "../sim/kernel.ts";
import { Network } from "../sim/network.ts";
import { Switch } from "../sim/switch.ts";
import type { ArrivePayload } from "../sim/network.ts";
import { PoolExhausted } from "../vm/runtime.ts";
import { faultOfAct } from "./acts.ts";
import { macName } from "./addresses.ts";
import { buildClients, buildHosts, type Site } from "./build.ts";
import type { ClientHost } from "./client-host.ts";
import { ClusterHost } from "./cluster-host.ts";
import { DIRECTOR, Director } from "./director.ts";
import { Disks } from "./disks.ts";
import { FactLog } from "./fact-log.ts";
import { budgetOf, planFaults } from "./fault-plan.ts";
import { worldTargets } from "./fault-targets.ts";
import type { FtHost } from "./ft-host.ts";
import { Judge } from "./judge.ts";
import { closeHistory } from "./oracle/closing.ts";
import type { ReferencePrefix } from "./oracle/reference-prefix.ts";
import { Lineages } from "./lineages.ts";
import { MarkWatch } from "./marks/mark-watch.ts";
import { noteWires } from "./marks/wire-marks.ts";
import { isServiceLate } from "./outage.ts";
import { RoleBook } from "./role-book.ts";
import { ThirdParty } from "./third-party.ts";
import { areDisksSeparate, firstPair, hostNames, planWires } from "./topology.ts";
import { ARBITER, CLUSTER, senderOf, SWITCH, WIRE_NET } from "./wires.ts";
import type { WorldSpec } from "./world-spec.ts";

export interface WorldSnapshot {
  readonly parts: WorldParts;
  /** Gives back the machines' pages. A snapshot that is not needed any more must be released. */
  release(): void;
}

interface WorldParts {
  readonly kernel: ReturnType<Kernel["snapshot"]>;
  readonly network: ReturnType<Network["snapshot"]>;
  readonly switch: ReturnType<Switch["snapshot"]>;
  readonly disks: ReturnType<Disks["snapshot"]>;
  readonly cluster: ReturnType<ClusterHost["snapshot"]>;
  readonly thirdParty: ReturnType<ThirdParty["snapshot"]> | undefined;
  readonly hosts: readonly ReturnType<FtHost["snapshot"]>[];
  readonly clients: readonly ReturnType<ClientHost["snapshot"]>[];
  readonly nemesis: ReturnType<Nemesis["snapshot"]>;
  readonly operator: ReturnType<Operator["snapshot"]>;
  readonly director: ReturnType<Director["snapshot"]>;
  readonly roles: ReturnType<RoleBook["snapshot"]>;
  readonly facts: ReturnType<FactLog["snapshot"]>;
  readonly judge: ReturnType<Judge["snapshot"]>;
  readonly lineages: ReturnType<Lineages["snapshot"]>;
  readonly marks: readonly (readonly [string, number])[];
  readonly seen: ReturnType<MarkWatch["snapshot"]>;
  /** By what the streams were re-keyed; each stream's own state is with who draws from it. */
  readonly labels: readonly string[];
}

/** Events after which a run is given up as unknown: far more than any scenario needs. */
const EVENTS_MAX = 50_000_000;
/** Events at one instant after which a run is given up: a loop without passage of time. */
const SAME_INSTANT_MAX = 100_000;

export class World {
  readonly spec: WorldSpec;
  readonly kernel: Kernel;
  readonly network: Network;
  readonly disks: Disks;
  readonly hosts: readonly FtHost[];
  readonly clients: readonly ClientHost[];
  readonly facts: FactLog;
  readonly roles: RoleBook;
  readonly judge: Judge;
  /** Rare situations that came up, and how often. */
  readonly marks: Map<string, number>;
  readonly nemesis: Nemesis;
  readonly operator: Operator;
  /** What the oracle need not replay again, of a fork: without influence on what it finds. */
  referencePrefix: ReferencePrefix | undefined;
  readonly #switch: Switch;
  readonly #cluster: ClusterHost;
  /** Where it is the arbiter. */
  readonly #thirdParty: ThirdParty | undefined;
  readonly #director: Director;
  readonly #lineages: Lineages;
  readonly #markWatch: MarkWatch;
  readonly #prng: Prng;
  #exhausted: string | undefined;
  /** Events in a row at one instant: counted over chunks, which must not matter. */
  #sameInstant: number;
  #lastInstant: number;

  constructor(spec: WorldSpec) {
    this.spec = spec;
    this.#prng = new Prng(spec.seed);
    this.kernel = new Kernel();
    this.network = new Network(this.kernel, this.#prng.fork("network"));
    this.facts = new FactLog();
    this.roles = new RoleBook(firstPair(spec.scenario));
    this.marks = new Map();
    const note = (name: string, hits: number = 1): void => this.#mark(name, hits);
    this.#markWatch = new MarkWatch(note);
    this.#switch = new Switch();
    this.#lineages = new Lineages();
    this.referencePrefix = undefined;
    this.#exhausted = undefined;
    this.#sameInstant = 0;
    this.#lastInstant = -1;
    this.#registerActors();
    const emit = (fact: Fact): void => this.facts.emit(fact);
    this.disks = new Disks({
      kernel: this.kernel,
      network: this.network,
      prng: this.#prng,
      emit,
      scenario: spec.scenario,
      rules: spec.rules.storage,
    });
    const site: Site = {
      spec,
      kernel: this.kernel,
      network: this.network,
      prng: this.#prng,
      emit,
      disks: this.disks,
      lineages: this.#lineages,
      mayBeTriggered: () => this.nemesis.mayBeTriggered(),
      isExact: () => spec.execution.isExact === true || this.operator.needsExactGaps,
      recordOf: (node) => this.#host(node).parts.runner.record.crossings(),
    };
    this.#thirdParty = this.#buildThirdParty();
    this.#cluster = new ClusterHost(this.kernel, this.network, spec.rules.cluster, emit);
    this.hosts = buildHosts(site, note);
    this.clients = buildClients(site);
    this.#director = new Director(this.kernel, {
      heal: () => this.#heal(),
      isServiceLate: () =>
        !this.#areClientsIdle() && isServiceLate(this.facts.history.facts(), this.kernel.now),
      stopClients: () => this.#stopClients(),
      areClientsIdle: () => this.#areClientsIdle(),
      end: () => {
        this.nemesis.reportFired();
        closeHistory(this);
        noteWires(this, note);
      },
    });
    const faulty = this.#faultyWorld(emit);
    const moments = this.#prng.fork("moments");
    const plan = planFaults(spec.scenario, (least, most) => moments.between(least, most));
    this.nemesis = new Nemesis(faulty, plan, budgetOf(spec.scenario));
    this.operator = new Operator(faulty);
    this.judge = new Judge(spec);
    this.facts.listen((fact) => this.roles.watch(fact));
    this.facts.listen((fact, index) => this.judge.observe(fact, index));
    this.facts.listen((fact) => this.nemesis.watch(fact));
    this.facts.listen((fact) => this.#markWatch.watch(fact));
  }

  /** Before the first event: everybody takes their place. */
  start(): void {
    const { scenario, booted, interventions } = this.spec;
    const { workload, recovery, quiet } = scenario;
    const recoveryMost = scenario["recovery-most"] ?? recovery;
    const { primary, backup } = firstPair(scenario);
    this.#thirdParty?.prepare(primary, backup);
    this.#emitPhase("start");
    this.disks.prepare(booted.blocks);
    for (const host of this.hosts) if (host.hasMachine) host.parts.facts.machineStarted();
    for (const host of this.hosts) host.start();
    for (const client of this.clients) client.start();
    this.nemesis.start();
    for (const intervention of interventions) this.operator.plan(intervention);
    this.#director.start({ safety: workload.for, recovery, recoveryMost, quiet });
  }

  get isOver(): boolean {
    return this.#director.phase === "over" || this.#exhausted !== undefined;
  }

  /** Why the run was given up before its end, if it was. */
  get exhausted(): string | undefined {
    return this.#exhausted;
  }

  /** Runs at most so many events; how a run is cut into chunks never changes it. */
  advance(maxEvents: number): void {
    try {
      this.#advance(maxEvents);
    } catch (error) {
      // Memory of the process, not of the guest, ran out: that says nothing about the protocol.
      if (!(error instanceof PoolExhausted)) throw error;
      this.#exhausted = error.message;
    }
  }

  #advance(maxEvents: number): void {
    for (let left = maxEvents; left > 0 && !this.isOver; left--) {
      const before = this.kernel.dispatched;
      if (!this.kernel.step()) this.#exhausted = "the event queue ran empty";
      const isGap = this.kernel.dispatched > before && !this.isOver;
      if (isGap && this.operator.passGap(this.kernel.dispatched)) this.#shorten();
      this.#sameInstant = this.kernel.now === this.#lastInstant ? this.#sameInstant + 1 : 0;
      this.#lastInstant = this.kernel.now;
      if (this.#sameInstant > SAME_INSTANT_MAX)
        this.#exhausted = `more than ${SAME_INSTANT_MAX} events at one instant`;
      if (this.kernel.dispatched > EVENTS_MAX) this.#exhausted = `more than ${EVENTS_MAX} events`;
    }
  }

  /** Runs up to and including this moment, but no more than so many events; says whether it is there. */
  advanceTo(time: VirtualTime, maxEvents: number): boolean {
    for (let left = maxEvents; left > 0; left--) {
      if (this.isOver || this.kernel.nextTime() > time) return true;
      this.advance(1);
    }
    return false;
  }

  /**
   * A person acts on the running world. It strikes strictly later than all that was executed: a
   * machine may have run ahead of the clock, and may not be found further than it would have been
   * had the act been known from the start (ADR 4). What comes back, planned from the start of
   * another run, makes it the same run.
   */
  intervene(act: Act, notBefore: VirtualTime): TimedIntervention {
    const executed = latest(this.#executedUntil(), notBefore);
    const at = virtualTime(Math.max(executed, this.operator.lastAt) + 1);
    const intervention = { ...act, at };
    this.operator.plan(intervention);
    return intervention;
  }

  /**
   * Strikes here and now, in the gap between the event that was dispatched last and the next one, and
   * ends after so long, if it ends. Where the act shows a machine's position, the world must be an
   * exact one (ADR 9). What comes back, planned from the start of another run, makes it the same run.
   */
  strikeHere(act: Act, lasts?: Duration): readonly Intervention[] {
    const start = { ...act, afterEvent: this.kernel.dispatched };
    this.operator.plan(start);
    if (act.kind !== RESEED) this.#shorten();
    if (lasts === undefined) return [start];
    const due = latest(after(this.kernel.now, lasts), after(this.#executedUntil(), TICK));
    const end = { ...act, phase: "end" as const, at: this.operator.freeFrom(due) };
    this.operator.plan(end);
    return [start, end];
  }

  /** The identity of what happened so far: event order, draws of every stream, facts. */
  digest(): string {
    const digest = new Digest();
    digest.text(this.kernel.digest);
    digest.text(this.facts.digest);
    for (const [path, draws] of this.#prng.drawCounts()) {
      digest.text(path);
      digest.integer(draws);
    }
    return digest.toString();
  }

  drawCounts(): readonly (readonly [string, number])[] {
    return this.#prng.drawCounts();
  }

  snapshot(): WorldSnapshot {
    const parts: WorldParts = {
      kernel: this.kernel.snapshot(),
      network: this.network.snapshot(),
      switch: this.#switch.snapshot(),
      disks: this.disks.snapshot(),
      cluster: this.#cluster.snapshot(),
      thirdParty: this.#thirdParty?.snapshot(),
      hosts: this.hosts.map((host) => host.snapshot()),
      clients: this.clients.map((client) => client.snapshot()),
      nemesis: this.nemesis.snapshot(),
      operator: this.operator.snapshot(),
      director: this.#director.snapshot(),
      roles: this.roles.snapshot(),
      facts: this.facts.snapshot(),
      judge: this.judge.snapshot(),
      lineages: this.#lineages.snapshot(),
      marks: [...this.marks],
      seen: this.#markWatch.snapshot(),
      labels: this.#prng.labels,
    };
    const release = (): void => {
      for (const host of parts.hosts) host.runner.port.machine.release();
    };
    return { parts, release };
  }

  /** Of this world, or of another one built from an equal spec in the same runtime: a fork. */
  restore({ parts }: WorldSnapshot): void {
    // First, since it begins every stream anew: parts then put theirs where they were.
    if (parts.labels.join() !== this.#prng.labels.join()) this.#prng.keyBy(parts.labels);
    this.kernel.restore(parts.kernel);
    this.network.restore(parts.network);
    this.#switch.restore(parts.switch);
    this.disks.restore(parts.disks);
    this.#cluster.restore(parts.cluster);
    if (parts.thirdParty !== undefined) this.#thirdParty?.restore(parts.thirdParty);
    for (const [index, host] of this.hosts.entries()) host.restore(at(parts.hosts, index));
    for (const [index, client] of this.clients.entries()) client.restore(at(parts.clients, index));
    this.nemesis.restore(parts.nemesis);
    this.operator.restore(parts.operator);
    this.#director.restore(parts.director);
    this.roles.restore(parts.roles);
    this.facts.restore(parts.facts);
    this.judge.restore(parts.judge);
    this.#lineages.restore(parts.lineages);
    this.marks.clear();
    for (const [name, count] of parts.marks) this.marks.set(name, count);
    this.#markWatch.restore(parts.seen);
    this.#exhausted = undefined;
  }

  /** Gives back all machines; the world must not be used afterwards. */
  release(): void {
    for (const host of this.hosts) host.parts.runner.release();
  }

  /** Every draw from here on is another one, of streams that are there and of those to come. */
  #reseed(label: string): void {
    this.#prng.reseed(label);
    for (const host of this.hosts) host.reseed(label);
    this.facts.emit({ kind: "reseed", witness: "world", time: this.kernel.now, label });
  }

  /** What nemesis and operator see of it. */
  #faultyWorld(emit: (fact: Fact) => void): NemesisWorld & OperatorWorld {
    return {
      kernel: this.kernel,
      targets: worldTargets(this),
      links: this.network.links().map(({ link, from, to }) => ({
        name: link.name,
        wire: link.name.split(":")[0] ?? "",
        from,
        to,
      })),
      nodeOf: (name: string): string => this.roles.nodeOf(name),
      isLastHope: (node: string): boolean => this.roles.isLastHope(node),
      isLastVote: (node: string): boolean => this.#isLastVote(node),
      faultOf: faultOfAct,
      isAhead: (): boolean => this.hosts.some(({ parts }) => parts.runner.isAhead),
      emit,
      reseed: (label: string): void => this.#reseed(label),
    };
  }

  /** of the original nodes, whoever of them has the VM, a majority must be left. */
  #isLastVote(node: string): boolean {
    if (this.spec.scenario.protocol.arbiter !== "majority") return false;
    const isLeft = ({ name, parts }: FtHost): boolean =>
      name !== node && parts.host.status !== "crashed";
    return this.hosts.filter(isLeft).length < majorityOf(this.hosts.length);
  }

  /** A machine that is live runs ahead of the clock. */
  #executedUntil(): VirtualTime {
    let executed = this.kernel.now;
    for (const { parts } of this.hosts) executed = latest(executed, parts.runner.executedUntil);
    return executed;
  }

  /** After an act between events no more than the sweep's tail is wanted. */
  #shorten(): void {
    const tail = this.spec.scenario.sweep?.tail;
    if (tail !== undefined) this.#director.endSafetyBy(after(this.kernel.now, tail));
  }

  // ---- actors

  #registerActors(): void {
    for (const name of hostNames(this.spec.scenario))
      this.kernel.register(name, (event) => this.#host(name).handle(event));
    this.kernel.register(CLUSTER, (event) => this.#cluster.handle(event));
    this.kernel.register(ARBITER, (event) => this.#thirdParty?.handle(event));
    this.kernel.register(SWITCH, (event) => this.#handleSwitch(event));
    this.kernel.register(NEMESIS, ({ kind, payload }) => this.nemesis.handle(kind, payload));
    this.kernel.register(OPERATOR, ({ payload }) => this.operator.handle(payload));
    this.kernel.register(DIRECTOR, ({ kind }) => this.#director.handle(kind));
    for (let index = 0; index < this.spec.scenario.workload.clients; index++)
      this.kernel.register(`c${index + 1}`, (event) => at(this.clients, index).handle(event));
    for (const { wire, a, b, options, faults } of planWires(this.spec.scenario)) {
      this.network.connect(wire, a, b, options);
      this.network.link(`${wire}:${a}>${b}`).setUsualFaults(faults);
      this.network.link(`${wire}:${b}>${a}`).setUsualFaults(faults);
      if (b === SWITCH) this.#switch.addPort(a);
    }
  }

  #host(name: string): FtHost {
    return must(
      this.hosts.find((host) => host.name === name),
      `host ${name}`,
    );
  }

  #handleSwitch(event: SimEvent): void {
    const payload = event.payload as ArrivePayload;
    const packet = this.network.receive(payload);
    if (packet === undefined) return;
    const from = senderOf(payload.link);
    const { ports, learned } = this.#switch.handle(packet, from);
    if (learned !== undefined)
      this.facts.emit({
        kind: "switch-learn",
        witness: "world",
        time: this.kernel.now,
        mac: macName(learned),
        port: from,
      });
    for (const port of ports) this.network.send(WIRE_NET, SWITCH, port, packet);
  }

  #buildThirdParty(): ThirdParty | undefined {
    const { scenario, rules } = this.spec;
    if (scenario.protocol.arbiter !== "third-party") return undefined;
    return new ThirdParty({
      kernel: this.kernel,
      network: this.network,
      prng: this.#prng.fork("arbiter"),
      emit: (fact) => this.facts.emit(fact),
      rules: rules.storage,
      isRecord: areDisksSeparate(scenario),
      recordLatency: scenario.topology.storage["record-latency"],
    });
  }

  // ---- phases

  #heal(): void {
    this.nemesis.heal();
    this.operator.heal();
    this.#emitPhase("healed");
  }

  #areClientsIdle(): boolean {
    return this.clients.every(({ client }) => client.isIdle);
  }

  #stopClients(): void {
    for (const client of this.clients) client.stop();
  }

  #emitPhase(phase: "start" | "healed"): void {
    const hosts = hostNames(this.spec.scenario);
    this.facts.emit({ kind: "run", witness: "world", time: this.kernel.now, phase, hosts });
  }

  #mark(name: string, hits: number): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + hits);
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
