// One physical host of the pair: a replica of the protocol, the machine it drives, and the links
// they use. Events of the kernel become inputs of the protocol; what its effects become is said in
// replica-driver.ts. It decides nothing itself.

import type { PrngSnapshot } from "../base/prng.ts";
import { after, earliest, microseconds } from "../base/time.ts";
import type { Input, OperatorCommand, Protocol, ReplicaConfig, VmExit } from "../ft/protocol.ts";
import type { PeerSignal } from "../history/fact.ts";
import type { Host } from "../sim/host.ts";
import type { SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload } from "../sim/network.ts";
import { decodeReply, type StorageReply } from "../sim/storage-wire.ts";
import { arrivalAt, type HostArbiterSnapshot, stepsOfIdle } from "./host-arbiter.ts";
import { clocksOf, storageInput } from "./host-inputs.ts";
import type { HostParts } from "./host-parts.ts";
import { HostSender } from "./host-sender.ts";
import { EVENT_TIMER, EVENT_WAKE_UP, HostTimers, type HostTimersSnapshot } from "./host-timers.ts";
import type { HostPeersSnapshot, PeerInput } from "./host-peers.ts";
import type { LogMeterSnapshot } from "./log-meter.ts";
import { EVENT_VACATE, type LifeState, ReplicaDriver } from "./replica-driver.ts";
import { EVENT_ASK, RestartedHost, type RestartedSnapshot } from "./restarted-host.ts";
import { SignsOfLife, type SignsOfLifeSnapshot } from "./signs-of-life.ts";
import type { InitiatorSnapshot } from "./storage-initiator.ts";
import { EVENT_ARRIVAL, EVENT_EXIT, EVENT_SLICE, type RunnerSnapshot } from "./vm-runner.ts";
import { WIRE_CLUSTER, WIRE_HEARTBEAT, WIRE_LOG, WIRE_STORAGE, senderOf } from "./wires.ts";

interface FtHostState extends LifeState {
  /** Events that wait while the host is paused. */
  readonly paused: readonly SimEvent[];
}

export interface FtHostSnapshot {
  readonly timers: HostTimersSnapshot;
  readonly signs: SignsOfLifeSnapshot;
  readonly state: FtHostState;
  /** What the replica of today began with. */
  readonly config: ReplicaConfig;
  readonly restarted: RestartedSnapshot | undefined;
  readonly host: ReturnType<Host["snapshot"]>;
  readonly runner: RunnerSnapshot;
  readonly traffic: LogMeterSnapshot;
  readonly replica: unknown;
  readonly peers: HostPeersSnapshot;
  readonly initiator: InitiatorSnapshot;
  readonly arbiter: HostArbiterSnapshot;
  readonly entropy: PrngSnapshot;
}

const EVENT_DISK_COMPLETION = "disk-completion";
/** From the data of a disk read being here to its completion being raised. */
const DISK_COMPLETION_DELAY = microseconds(20);

const NEW_LIFE: LifeState = {
  guestEnd: undefined,
  isStopped: false,
  hasMachine: false,
  generation: 0,
};

export class FtHost {
  readonly name: string;
  readonly parts: HostParts;
  readonly #sender: HostSender;
  readonly #timers: HostTimers;
  readonly #signs: SignsOfLife;
  /** Of its present life: a host that halted begins again as a spare. */
  readonly #life: LifeState;
  readonly #driver: ReplicaDriver;
  /** Events that wait while it is paused. */
  #paused: SimEvent[];
  /** Since the power came back after a crash: all that runs here. */
  #restarted: RestartedHost | undefined;

  constructor(parts: HostParts, protocol: Protocol, config: ReplicaConfig) {
    this.name = config.self;
    this.parts = parts;
    this.#sender = new HostSender(parts);
    this.#timers = new HostTimers(parts.kernel, parts.host);
    this.#signs = new SignsOfLife();
    this.#life = {
      ...NEW_LIFE,
      hasMachine: config.role !== "spare",
      generation: config.generation,
    };
    this.#driver = new ReplicaDriver({
      parts,
      protocol,
      config,
      life: this.#life,
      sender: this.#sender,
      timers: this.#timers,
    });
    this.#paused = [];
    this.#restarted = undefined;
  }

  start(): void {
    const { kernel, peers } = this.parts;
    peers.start(kernel.now);
    this.#driver.input({ kind: "start" });
    this.#settle();
  }

  /** All other chance of this host is drawn from the world's own streams. */
  reseed(label: string): void {
    this.#driver.replica.reseed?.(label);
  }

  /** Nothing of the VM is here, and something could be. */
  get isSpare(): boolean {
    const { isStopped, hasMachine } = this.#life;
    const isUp = this.parts.host.status === "up" && this.#restarted === undefined;
    return isUp && !isStopped && !hasMachine;
  }

  /** A machine that begins here from now on is another one's copy. */
  get hasMachine(): boolean {
    return this.#life.hasMachine;
  }

  get isStopped(): boolean {
    return this.#life.isStopped;
  }

  // ---- events

  handle(event: SimEvent): void {
    const { runner, host } = this.parts;
    if (event.kind === EVENT_SLICE) {
      runner.handleSlice();
      return;
    }
    const idle = this.#isIdle ? stepsOfIdle(this.parts, event) : undefined;
    if (idle !== undefined && this.#restarted?.hear(idle) === true) this.#vacate();
    if (idle !== undefined) return;
    if (this.#restarted !== undefined) {
      if (this.#restarted.handle(event)) this.#vacate();
      return;
    }
    if (event.kind === EVENT_VACATE) this.#vacate();
    if (this.#life.isStopped) return;
    if (host.status === "paused") {
      this.#paused.push(event);
      return;
    }
    this.#handleNow(event);
    this.#settle();
  }

  /** Its hypervisor runs, and has no VM. */
  get #isIdle(): boolean {
    const isWithout = this.#life.isStopped || this.#restarted !== undefined;
    return isWithout && this.parts.host.status === "up";
  }

  /** the host has no VM any more and may be given a copy of one. */
  #vacate(): void {
    const { kernel, host, runner, peers } = this.parts;
    const { params, rules } = this.#driver.config;
    if (!params.reprotects || !this.#life.isStopped || host.status !== "up") return;
    this.#restarted = undefined;
    runner.vacate();
    peers.restart(kernel.now);
    this.#paused = [];
    Object.assign(this.#life, NEW_LIFE);
    this.#driver.begin({
      self: this.name,
      peer: "",
      generation: 0,
      role: "spare",
      params,
      rules,
      ...clocksOf(host, kernel.now),
      guestTicks: 0,
    });
    this.#driver.input({ kind: "start" });
    this.#settle();
  }

  #handleNow(event: SimEvent): void {
    switch (event.kind) {
      case EVENT_EXIT:
        this.parts.runner.handleExit(event.payload);
        break;
      case EVENT_ARRIVAL:
        this.parts.runner.handleArrival();
        break;
      case "arrive":
        this.#handleArrival(event.payload as ArrivePayload);
        break;
      case EVENT_TIMER:
        this.#handleTimer(event);
        break;
      case EVENT_WAKE_UP:
        this.#timers.wokeUp();
        this.#handleDeadlines();
        break;
      case EVENT_DISK_COMPLETION:
        this.#driver.input(event.payload as Input);
        break;
      case EVENT_VACATE:
      case EVENT_ASK:
        // Done where it was scheduled, or not needed any more.
        break;
      default:
        throw new RangeError(`unknown event ${event.kind}`);
    }
  }

  #handleTimer(event: SimEvent): void {
    const timer = this.#timers.expire(event);
    if (timer !== undefined) this.#driver.input({ kind: "timer", timer });
  }

  #handleArrival(payload: ArrivePayload): void {
    const packet = this.parts.network.receive(payload);
    if (packet === undefined) return;
    const { peers, kernel } = this.parts;
    const { now } = kernel;
    if (this.parts.arbiter.takes(payload.link))
      this.#driver.arbitrate(arrivalAt(this.parts, payload, packet.bytes));
    else if (payload.link.startsWith(WIRE_LOG))
      peers.to(senderOf(payload.link)).channel.handleFrame(packet.bytes, now);
    else if (payload.link.startsWith(WIRE_HEARTBEAT)) {
      const from = senderOf(payload.link);
      peers.to(from).heartbeats.handleFrame(packet.bytes, now);
      for (const input of peers.takeHeartbeats(from)) {
        this.#hear(from, "heartbeat");
        this.#driver.input(input);
      }
    } else if (payload.link.startsWith(WIRE_CLUSTER))
      this.#driver.input({
        kind: "message",
        channel: "cluster",
        from: senderOf(payload.link),
        bytes: packet.bytes,
      });
    else if (payload.link.startsWith(WIRE_STORAGE)) {
      const reply = decodeReply(packet.bytes);
      if (reply !== undefined) this.#handleReply(reply);
    } else this.#driver.input({ kind: "frame", bytes: packet.bytes });
  }

  #handleDeadlines(): void {
    const { kernel, peers, initiator } = this.parts;
    peers.handleDeadline(kernel.now);
    for (const bytes of initiator.takeDue(kernel.now)) this.#sender.toStorage(bytes);
  }

  #handleReply(reply: StorageReply): void {
    const command = this.parts.initiator.settle(reply);
    const input = command && storageInput(command, reply);
    if (input?.kind === "disk-done") this.#completeDisk(input);
    else if (input !== undefined) this.#driver.input(input);
  }

  /** Data is here; the completion is raised a little later, as any controller does. */
  #completeDisk(input: Extract<Input, { kind: "disk-done" }>): void {
    const { kernel, runner, facts } = this.parts;
    const { machine } = runner;
    const isPending = machine.pendingDisk().some(({ ioId }) => ioId === input.ioId);
    // Without bounce buffers the data goes straight into the memory of a running guest.
    if (input.status === "ok" && input.data.length > 0 && isPending)
      facts.transferred(input.ioId, () => {
        if (!machine.config.rules.bounceBuffers) machine.landDiskData(input.ioId, input.data);
      });
    const due = after(kernel.now, DISK_COMPLETION_DELAY);
    kernel.schedule(due, this.name, EVENT_DISK_COMPLETION, input);
  }

  // ---- steps of the protocol

  handleExit(exit: VmExit): void {
    if (exit.kind === "halt") this.#life.guestEnd = exit.detail;
    this.#driver.input({ kind: "exit", exit });
  }

  /** A sign of life of the peer; not every one becomes a fact. */
  #hear(from: string, signal: PeerSignal): void {
    if (this.#signs.isNews(from, signal, this.parts.kernel.now))
      this.parts.facts.heard(from, signal);
  }

  /** After every event: pass on what the network stacks have to say, and wake up when they need it. */
  #settle(): void {
    const { kernel, initiator, peers, host } = this.parts;
    // The last that a replica said before it halted leaves; what a crashed host had is gone.
    if (this.#life.isStopped && host.status !== "up") return;
    peers.settle(
      kernel.now,
      (input) => this.#handlePeer(input),
      ({ wire, to, frame }) => this.#sender.frame(wire, to, frame),
    );
    if (!this.#life.isStopped)
      this.#timers.wakeUpAt(earliest(initiator.nextDeadline(), peers.nextDeadline()));
  }

  #handlePeer(input: PeerInput): void {
    if (input.kind === "message")
      this.#hear(input.from, this.parts.runner.isReplica ? "log" : "ack");
    this.#driver.input(input);
  }

  /** An operator asks something of the VM on this host. */
  command(command: OperatorCommand): boolean {
    if (this.#life.isStopped || this.parts.host.status !== "up") return false;
    this.parts.facts.operatorTold(command.do, "asked");
    this.#driver.input({ kind: "command", command });
    this.#settle();
    return true;
  }

  // ---- faults

  /** Its failure detector fires. */
  alarm(): boolean {
    if (!this.#life.hasMachine || this.#life.isStopped) return false;
    this.parts.facts.hostChanged("alarm", "its failure detector fires for no reason");
    this.#driver.input({ kind: "alarm" });
    this.#settle();
    return true;
  }

  /** These say whether they changed anything. */
  crash(): boolean {
    const { host, facts, disk } = this.parts;
    if (host.status === "crashed") return false;
    facts.hostChanged("crash", "power loss");
    this.#driver.stop("its host crashed");
    this.#paused = [];
    this.#life.hasMachine = false;
    this.#restarted = undefined;
    // What is under way on a disk of its own is lost with the power, what it holds is not.
    disk.own?.abort();
    host.crash();
    return true;
  }

  /** The power is back; everything volatile is forgotten. */
  restart(): boolean {
    const { host } = this.parts;
    if (host.status !== "crashed") return false;
    host.restart();
    this.parts.initiator.restart(host.incarnation);
    this.parts.arbiter.restart(host.incarnation);
    this.#restarted = new RestartedHost(this.parts, this.#sender);
    this.#restarted.begin();
    return true;
  }

  pause(): boolean {
    const { host, runner, facts } = this.parts;
    if (host.status !== "up" || this.#life.isStopped) return false;
    facts.hostChanged("pause", "nothing on this host runs");
    runner.pauseHost();
    host.pause();
    return true;
  }

  resume(): boolean {
    const { host, runner, facts } = this.parts;
    if (host.status !== "paused") return false;
    facts.hostChanged("resume", "");
    host.resume();
    runner.resumeHost();
    const waiting = this.#paused;
    this.#paused = [];
    for (const event of waiting) if (!this.#life.isStopped) this.#handleNow(event);
    this.#settle();
    return true;
  }

  stall(): boolean {
    if (this.#life.isStopped) return false;
    this.parts.facts.hostChanged("stall", "the VM executes nothing, its hypervisor goes on");
    this.parts.runner.stall();
    return true;
  }

  unstall(): boolean {
    if (this.#life.isStopped) return false;
    this.parts.facts.hostChanged("unstall", "");
    this.parts.runner.unstall();
    return true;
  }

  setSpeed(percent: number): boolean {
    if (this.#life.isStopped) return false;
    this.parts.facts.hostChanged("speed", `${percent} %`);
    this.parts.runner.setSpeed(percent);
    return true;
  }

  // ---- snapshots

  snapshot(): FtHostSnapshot {
    const { parts } = this;
    return {
      timers: this.#timers.snapshot(),
      signs: this.#signs.snapshot(),
      state: { paused: [...this.#paused], ...this.#life },
      config: this.#driver.config,
      restarted: this.#restarted?.snapshot(),
      host: parts.host.snapshot(),
      runner: parts.runner.snapshot(),
      traffic: parts.facts.traffic.snapshot(),
      replica: this.#driver.replica.snapshot(),
      peers: parts.peers.snapshot(),
      initiator: parts.initiator.snapshot(),
      arbiter: parts.arbiter.snapshot(),
      entropy: parts.entropy.snapshot(),
    };
  }

  restore(snapshot: FtHostSnapshot): void {
    const { parts } = this;
    const { paused, ...life } = snapshot.state;
    this.#paused = [...paused];
    Object.assign(this.#life, life);
    if (snapshot.config !== this.#driver.config) this.#driver.begin(snapshot.config);
    this.#timers.restore(snapshot.timers);
    this.#signs.restore(snapshot.signs);
    this.#restarted = this.#restoreRestarted(snapshot.restarted);
    parts.host.restore(snapshot.host);
    parts.runner.restore(snapshot.runner);
    parts.facts.traffic.restore(snapshot.traffic);
    this.#driver.replica.restore(snapshot.replica);
    parts.peers.restore(snapshot.peers);
    parts.initiator.restore(snapshot.initiator);
    parts.arbiter.restore(snapshot.arbiter);
    parts.entropy.restore(snapshot.entropy);
  }

  #restoreRestarted(kept: RestartedSnapshot | undefined): RestartedHost | undefined {
    if (kept === undefined) return undefined;
    const restarted = new RestartedHost(this.parts, this.#sender);
    restarted.restore(kept);
    return restarted;
  }
}
