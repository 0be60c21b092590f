// One physical host of the pair: a replica of the protocol, the machine it drives, and the links
// they use. Events of the kernel become inputs of the protocol, its effects become packets, timers
// and commands to the machine. It decides nothing itself.

import type { PrngSnapshot } from "../base/prng.ts";
import { after, earliest, formatDuration, microseconds } from "../base/time.ts";
import type {
  Effect,
  Input,
  MemoryCommand,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmCommand,
  VmExit,
} from "../ft/protocol.ts";
import type { PeerSignal } from "../history/fact.ts";
import type { IpHost } from "../net/ip-host.ts";
import type { Host } from "../sim/host.ts";
import type { SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload } from "../sim/network.ts";
import { decodeReply, type StorageReply } from "../sim/storage-wire.ts";
import { stepContext, storageInput } from "./host-inputs.ts";
import { performMemory } from "./host-memory.ts";
import type { HostParts } from "./host-parts.ts";
import { HEARTBEAT_PORT, HostSender } from "./host-sender.ts";
import { EVENT_TIMER, EVENT_WAKE_UP, HostTimers, type HostTimersSnapshot } from "./host-timers.ts";
import type { Claim } from "../ft/claim.ts";
import type { LogChannelSnapshot } from "./log-channel.ts";
import type { LogMeterSnapshot } from "./log-meter.ts";
import { RestartedHost, type RestartedSnapshot } from "./restarted-host.ts";
import { SignsOfLife, type SignsOfLifeSnapshot } from "./signs-of-life.ts";
import type { InitiatorSnapshot } from "./storage-initiator.ts";
import { EVENT_ARRIVAL, EVENT_EXIT, EVENT_SLICE, type RunnerSnapshot } from "./vm-runner.ts";
import { WIRE_HEARTBEAT, WIRE_LOG, WIRE_STORAGE } from "./wires.ts";

interface FtHostState {
  /** Events that wait while the host is paused. */
  paused: SimEvent[];
  /** What ended the guest, as its machine said. */
  guestEnd: string | undefined;
  isStopped: boolean;
}

export interface FtHostSnapshot {
  readonly timers: HostTimersSnapshot;
  readonly signs: SignsOfLifeSnapshot;
  readonly paused: readonly SimEvent[];
  readonly guestEnd: string | undefined;
  readonly isStopped: boolean;
  readonly restarted: { readonly session: number; readonly state: RestartedSnapshot } | undefined;
  readonly host: ReturnType<Host["snapshot"]>;
  readonly runner: RunnerSnapshot;
  readonly traffic: LogMeterSnapshot;
  readonly replica: unknown;
  readonly channel: LogChannelSnapshot;
  readonly heartbeats: ReturnType<IpHost["snapshot"]>;
  readonly initiator: InitiatorSnapshot;
  readonly entropy: PrngSnapshot;
}

/** A restarted host asks the storage for the record. */
const EVENT_ASK = "ask";
const EVENT_DISK_COMPLETION = "disk-completion";

/** From the data of a disk read being here to its completion being raised. */
const DISK_COMPLETION_DELAY = microseconds(20);

export class FtHost {
  readonly name: string;
  readonly parts: HostParts;
  readonly #replica: Replica;
  readonly #config: ReplicaConfig;
  readonly #sender: HostSender;
  readonly #timers: HostTimers;
  readonly #signs: SignsOfLife;
  readonly #inbox: Input[];
  readonly #context: StepContext;
  #isStepping: boolean;
  #state: FtHostState;
  /** Since the power came back after a crash: all that runs here. */
  #restarted: RestartedHost | undefined;

  constructor(parts: HostParts, protocol: Protocol, config: ReplicaConfig, peerIndex: number) {
    this.name = config.self;
    this.parts = parts;
    this.#config = config;
    this.#replica = protocol.create(config);
    this.#sender = new HostSender(parts, config, peerIndex);
    this.#timers = new HostTimers(parts.kernel, parts.host);
    this.#signs = new SignsOfLife();
    this.#inbox = [];
    this.#context = stepContext(parts);
    this.#isStepping = false;
    this.#state = { paused: [], guestEnd: undefined, isStopped: false };
    this.#restarted = undefined;
  }

  start(): void {
    const { kernel, channel, heartbeats } = this.parts;
    heartbeats.openUdp(HEARTBEAT_PORT);
    channel.start(kernel.now);
    this.#input({ kind: "start" });
    this.#settle();
  }

  get isStopped(): boolean {
    return this.#state.isStopped;
  }

  // ---- events

  handle(event: SimEvent): void {
    const { runner, host } = this.parts;
    if (event.kind === EVENT_SLICE) {
      runner.handleSlice();
      return;
    }
    if (this.#restarted !== undefined) {
      this.#handleRestarted(event, this.#restarted);
      return;
    }
    if (this.#state.isStopped) return;
    if (host.status === "paused") {
      this.#state.paused.push(event);
      return;
    }
    this.#handleNow(event);
    this.#settle();
  }

  /** Answers of the storage are all that it listens to; what was on its way to its earlier life is lost. */
  #handleRestarted(event: SimEvent, restarted: RestartedHost): void {
    if (event.kind === EVENT_ASK) this.#askForRecord(restarted);
    if (event.kind !== "arrive") return;
    const payload = event.payload as ArrivePayload;
    const packet = this.parts.network.receive(payload);
    if (packet === undefined || !payload.link.startsWith(WIRE_STORAGE)) return;
    const reply = decodeReply(packet.bytes);
    const detail = reply === undefined ? undefined : restarted.handleReply(reply);
    if (detail !== undefined) this.parts.facts.hostChanged("stays-out", detail);
  }

  #askForRecord(restarted: RestartedHost): void {
    if (this.parts.host.status !== "up") return;
    const { kernel } = this.parts;
    const asked = restarted.ask(kernel.now);
    if (asked === undefined) return;
    this.#sender.toStorage(asked.bytes);
    kernel.schedule(asked.next, this.name, EVENT_ASK, null);
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
        this.#input(event.payload as Input);
        break;
      default:
        throw new RangeError(`unknown event ${event.kind}`);
    }
  }

  #handleTimer(event: SimEvent): void {
    const timer = this.#timers.expire(event);
    if (timer !== undefined) this.#input({ kind: "timer", timer });
  }

  #handleArrival(payload: ArrivePayload): void {
    const packet = this.parts.network.receive(payload);
    if (packet === undefined) return;
    const { kernel, channel, heartbeats } = this.parts;
    if (payload.link.startsWith(WIRE_LOG)) channel.handleFrame(packet.bytes, kernel.now);
    else if (payload.link.startsWith(WIRE_HEARTBEAT)) {
      heartbeats.handleFrame(packet.bytes, kernel.now);
      for (const datagram of heartbeats.takeDatagrams()) {
        this.#hear("heartbeat");
        this.#input({ kind: "message", channel: "heartbeat", bytes: datagram.bytes });
      }
    } else if (payload.link.startsWith(WIRE_STORAGE)) {
      const reply = decodeReply(packet.bytes);
      if (reply !== undefined) this.#handleReply(reply);
    } else this.#input({ kind: "frame", bytes: packet.bytes });
  }

  #handleDeadlines(): void {
    const { kernel, channel, heartbeats, initiator } = this.parts;
    channel.handleDeadline(kernel.now);
    heartbeats.handleDeadline(kernel.now);
    for (const bytes of initiator.takeDue(kernel.now)) this.#sender.toStorage(bytes);
  }

  #handleReply(reply: StorageReply): void {
    const command = this.parts.initiator.settle(reply);
    const input = command && storageInput(command, reply);
    if (input?.kind === "disk-done") this.#completeDisk(input);
    else if (input !== undefined) this.#input(input);
  }

  /** Data is here; the completion is raised a little later, as any controller does. */
  #completeDisk(input: Extract<Input, { kind: "disk-done" }>): void {
    const { kernel, runner, facts } = this.parts;
    const { machine } = runner;
    const isPending = machine.pendingDisk().some(({ ioId }) => ioId === input.ioId);
    // Without bounce buffers the data goes straight into the memory of a running guest.
    if (input.data.length > 0 && isPending)
      facts.transferred(input.ioId, () => {
        if (!machine.config.rules.bounceBuffers) machine.landDiskData(input.ioId, input.data);
      });
    const due = after(kernel.now, DISK_COMPLETION_DELAY);
    kernel.schedule(due, this.name, EVENT_DISK_COMPLETION, input);
  }

  // ---- steps of the protocol

  handleExit(exit: VmExit): void {
    if (exit.kind === "halt") this.#state.guestEnd = exit.detail;
    this.#input({ kind: "exit", exit });
  }

  /** One input at a time: what the effects of a step cause is handled after that step. */
  #input(input: Input): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      if (this.#state.isStopped) continue;
      for (const effect of this.#replica.step(next, this.#context)) this.#perform(effect);
    }
    this.#isStepping = false;
  }

  #perform(effect: Effect): void {
    const { channel, facts } = this.parts;
    switch (effect.kind) {
      case "send":
        if (effect.channel === "log") this.#toLog(effect.bytes);
        else this.#sender.heartbeat(effect.bytes);
        break;
      case "read-channel":
        this.#setReading(effect.isOpen);
        break;
      case "set-timer":
        this.#timers.set(effect.timer, effect.at);
        break;
      case "cancel-timer":
        this.#timers.cancel(effect.timer);
        break;
      case "vm":
        this.#command(effect.command);
        break;
      case "memory":
        this.#memory(effect.command);
        break;
      case "release":
        this.#sender.release(effect);
        break;
      case "drop":
        break;
      case "announce":
        this.#sender.announce();
        break;
      case "test-and-set":
        this.#sender.testAndSet(effect.generation);
        break;
      case "claim":
        facts.claim(effect.claim);
        // The entries of one step are one message: where it is torn, so is their group.
        if (isGoingLive(effect.claim) && channel.hasPartOfMessage) this.parts.mark("group-torn");
        break;
      case "mark":
        this.parts.mark(effect.name);
        break;
    }
  }

  #toLog(bytes: Uint8Array): void {
    const { kernel, channel, facts } = this.parts;
    facts.sentToLog(bytes.length);
    channel.send(bytes, kernel.now);
  }

  #setReading(isOpen: boolean): void {
    const { channel, facts } = this.parts;
    if (channel.isReading !== isOpen) facts.windowChanged(isOpen);
    channel.setReading(isOpen);
  }

  /** A sign of life of the peer; not every one becomes a fact. */
  #hear(signal: PeerSignal): void {
    if (this.#signs.isNews(signal, this.parts.kernel.now)) this.parts.facts.heard(signal);
  }

  #command(command: VmCommand): void {
    const { runner } = this.parts;
    switch (command.do) {
      case "run":
        runner.run();
        break;
      case "replay":
        runner.replay(command.until, command.answers);
        break;
      case "inject":
        runner.inject(command.entry, command.cost);
        break;
      case "answer":
        runner.answer(command.answer, command.cost);
        break;
      case "pause":
        runner.pause();
        break;
      case "resume":
        runner.resume();
        break;
      case "limit":
        runner.limit(command.percent);
        this.parts.facts.cpuLimited(command.percent);
        break;
      case "halt":
        this.#stop(this.#state.guestEnd ?? "its replica halted");
        break;
    }
  }

  #memory(command: MemoryCommand): void {
    const answer = performMemory(this.parts, command);
    if (answer !== undefined) this.#input(answer);
  }

  /** After every event: pass on what the network stacks have to say, and wake up when they need it. */
  #settle(): void {
    const { kernel, channel, heartbeats, initiator } = this.parts;
    if (this.#state.isStopped) return;
    for (const event of channel.takeEvents(kernel.now)) {
      if (event.kind === "message") {
        this.#hear(this.#config.role === "backup" ? "log" : "ack");
        this.#input({ kind: "message", channel: "log", bytes: event.bytes });
      } else this.#input({ kind: "channel", state: event.kind });
    }
    for (const frame of channel.takeFrames())
      this.#sender.frame(WIRE_LOG, this.#config.peer, frame);
    for (const frame of heartbeats.takeFrames())
      this.#sender.frame(WIRE_HEARTBEAT, this.#config.peer, frame);
    this.#timers.wakeUpAt(
      earliest(
        initiator.nextDeadline(),
        earliest(channel.nextDeadline(), heartbeats.nextDeadline()),
      ),
    );
  }

  // ---- faults

  /** These say whether they changed anything. */
  crash(): boolean {
    const { host, facts } = this.parts;
    if (host.status === "crashed") return false;
    facts.hostChanged("crash", "power loss");
    this.#stop("its host crashed");
    this.#state.paused = [];
    this.#restarted = undefined;
    host.crash();
    return true;
  }

  /** The power is back; everything volatile is forgotten. */
  restart(): boolean {
    const { host, facts } = this.parts;
    if (host.status !== "crashed") return false;
    host.restart();
    facts.hostChanged("restart", `its ${ordinal(host.incarnation)} life, with nothing in memory`);
    this.#restarted = new RestartedHost(this.name, host.incarnation);
    this.#askForRecord(this.#restarted);
    return true;
  }

  pause(): boolean {
    const { host, runner, facts } = this.parts;
    if (host.status !== "up" || this.#state.isStopped) return false;
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
    const waiting = this.#state.paused;
    this.#state.paused = [];
    for (const event of waiting) if (!this.#state.isStopped) this.#handleNow(event);
    this.#settle();
    return true;
  }

  stall(): boolean {
    if (this.#state.isStopped) return false;
    this.parts.facts.hostChanged("stall", "the VM executes nothing, its hypervisor goes on");
    this.parts.runner.stall();
    return true;
  }

  unstall(): boolean {
    if (this.#state.isStopped) return false;
    this.parts.facts.hostChanged("unstall", "");
    this.parts.runner.unstall();
    return true;
  }

  setSpeed(percent: number): boolean {
    if (this.#state.isStopped) return false;
    this.parts.facts.hostChanged("speed", `${percent} %`);
    this.parts.runner.setSpeed(percent);
    return true;
  }

  /**
   * The clock shows another time from now on. Timers that are set keep the time that they have left,
   * as timers of an operating system do: only readings jump.
   */
  stepClock(ns: number): boolean {
    const { host, facts } = this.parts;
    if (host.status === "crashed") return false;
    facts.hostChanged("clock", `set by ${formatDuration(ns)}`);
    host.stepClock(ns);
    return true;
  }

  setDrift(ppm: number): boolean {
    const { host, facts, kernel } = this.parts;
    if (host.status === "crashed" || host.drift === ppm) return false;
    facts.hostChanged("clock", `drifts by ${ppm} ppm`);
    host.setDrift(ppm, kernel.now);
    return true;
  }

  #stop(why: string): void {
    if (this.#state.isStopped) return;
    const { runner, facts, initiator } = this.parts;
    const { count } = runner;
    runner.halt();
    facts.machineStopped(count, why);
    initiator.abandon();
    this.#timers.cancelAll();
    this.#state.isStopped = true;
  }

  // ---- snapshots

  snapshot(): FtHostSnapshot {
    const { parts } = this;
    return {
      timers: this.#timers.snapshot(),
      signs: this.#signs.snapshot(),
      paused: [...this.#state.paused],
      guestEnd: this.#state.guestEnd,
      isStopped: this.#state.isStopped,
      restarted: this.#restarted && {
        session: this.#restarted.session,
        state: this.#restarted.snapshot(),
      },
      host: parts.host.snapshot(),
      runner: parts.runner.snapshot(),
      traffic: parts.facts.traffic.snapshot(),
      replica: this.#replica.snapshot(),
      channel: parts.channel.snapshot(),
      heartbeats: parts.heartbeats.snapshot(),
      initiator: parts.initiator.snapshot(),
      entropy: parts.entropy.snapshot(),
    };
  }

  restore(snapshot: FtHostSnapshot): void {
    const { parts } = this;
    this.#state = {
      paused: [...snapshot.paused],
      guestEnd: snapshot.guestEnd,
      isStopped: snapshot.isStopped,
    };
    this.#timers.restore(snapshot.timers);
    this.#signs.restore(snapshot.signs);
    this.#restarted = restoreRestarted(this.name, snapshot.restarted);
    parts.host.restore(snapshot.host);
    parts.runner.restore(snapshot.runner);
    parts.facts.traffic.restore(snapshot.traffic);
    this.#replica.restore(snapshot.replica);
    parts.channel.restore(snapshot.channel);
    parts.heartbeats.restore(snapshot.heartbeats);
    parts.initiator.restore(snapshot.initiator);
    parts.entropy.restore(snapshot.entropy);
  }
}

function restoreRestarted(
  name: string,
  kept: FtHostSnapshot["restarted"],
): RestartedHost | undefined {
  if (kept === undefined) return undefined;
  const restarted = new RestartedHost(name, kept.session);
  restarted.restore(kept.state);
  return restarted;
}

function isGoingLive(claim: Claim): boolean {
  return claim.kind === "role" && claim.role === "GOING_LIVE";
}

function ordinal(number: number): string {
  return number === 2 ? "second" : `${number}th`;
}
