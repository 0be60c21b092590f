// One physical host of the pair: a replica of the protocol, the machine it drives, and the links
// they use. Events of the kernel become inputs of the protocol, its effects become packets, timers
// and commands to the machine. It decides nothing itself.

import { InvariantViolation } from "../base/assert.ts";
import type { PrngSnapshot } from "../base/prng.ts";
import {
  earliest,
  formatDuration,
  latest,
  microseconds,
  TIME_NEVER,
  type VirtualTime,
  after,
} from "../base/time.ts";
import type {
  Effect,
  Input,
  MemoryCommand,
  Page,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmCommand,
  VmExit,
} from "../ft/protocol.ts";
import { HEARD_EVERY, type PeerSignal } from "../history/fact.ts";
import type { IpHost } from "../net/ip-host.ts";
import type { Host } from "../sim/host.ts";
import type { EventHandle, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload } from "../sim/network.ts";
import { decodeReply, type StorageReply } from "../sim/storage-wire.ts";
import type { HostParts } from "./host-parts.ts";
import { HEARTBEAT_PORT, HostSender } from "./host-sender.ts";
import type { LogChannelSnapshot } from "./log-channel.ts";
import { RestartedHost, type RestartedSnapshot } from "./restarted-host.ts";
import type { InitiatorSnapshot } from "./storage-initiator.ts";
import { EVENT_ARRIVAL, EVENT_EXIT, EVENT_SLICE, type RunnerSnapshot } from "./vm-runner.ts";
import { WIRE_HEARTBEAT, WIRE_LOG, WIRE_STORAGE } from "./wires.ts";

interface FtHostState {
  timers: Map<string, EventHandle>;
  wakeUp: EventHandle | undefined;
  /** Events that wait while the host is paused. */
  paused: SimEvent[];
  /** By signal: from when on the next sign of life becomes a fact. */
  nextHeard: Map<PeerSignal, number>;
  /** What ended the guest, as its machine said. */
  guestEnd: string | undefined;
  isStopped: boolean;
}

export interface FtHostSnapshot {
  readonly timers: readonly (readonly [string, EventHandle])[];
  readonly wakeUp: EventHandle | undefined;
  readonly paused: readonly SimEvent[];
  readonly nextHeard: readonly (readonly [PeerSignal, number])[];
  readonly guestEnd: string | undefined;
  readonly isStopped: boolean;
  readonly restarted: { readonly session: number; readonly state: RestartedSnapshot } | undefined;
  readonly host: ReturnType<Host["snapshot"]>;
  readonly runner: RunnerSnapshot;
  readonly replica: unknown;
  readonly channel: LogChannelSnapshot;
  readonly heartbeats: ReturnType<IpHost["snapshot"]>;
  readonly initiator: InitiatorSnapshot;
  readonly entropy: PrngSnapshot;
}

/** A restarted host asks the storage for the record. */
const EVENT_ASK = "ask";

/** From the data of a disk read being here to its completion being raised. */
const DISK_COMPLETION_DELAY = microseconds(20);

export class FtHost {
  readonly name: string;
  readonly parts: HostParts;
  readonly #replica: Replica;
  readonly #config: ReplicaConfig;
  readonly #sender: HostSender;
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
    this.#inbox = [];
    this.#context = stepContext(parts);
    this.#isStepping = false;
    this.#state = {
      timers: new Map(),
      wakeUp: undefined,
      paused: [],
      nextHeard: new Map(),
      guestEnd: undefined,
      isStopped: false,
    };
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
      case "timer":
        this.#handleTimer(event);
        break;
      case "wake-up":
        this.#state.wakeUp = undefined;
        this.#handleDeadlines();
        break;
      case "disk-completion":
        this.#input(event.payload as Input);
        break;
      default:
        throw new RangeError(`unknown event ${event.kind}`);
    }
  }

  #handleTimer(event: SimEvent): void {
    const timer = event.payload as string;
    // It may have waited for a paused host and been replaced or cancelled meanwhile.
    if (this.#state.timers.get(timer) !== event) return;
    this.#state.timers.delete(timer);
    this.#input({ kind: "timer", timer });
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
    if (command === undefined) return;
    const { body } = command;
    const { status } = reply;
    switch (body.kind) {
      case "test-and-set":
        if (status === "won" || status === "lost")
          this.#input({ kind: "test-and-set", generation: body.generation, result: status });
        break;
      case "read":
      case "write":
      case "flush":
        if (status === "ok" || status === "error" || status === "fenced")
          this.#completeDisk({ kind: "disk-done", ioId: body.ioId, status, data: reply.data });
        break;
      case "open":
      case "inquire":
        break;
    }
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
    kernel.schedule(due, this.name, "disk-completion", input);
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
    const { kernel, channel, facts } = this.parts;
    switch (effect.kind) {
      case "send":
        if (effect.channel === "log") channel.send(effect.bytes, kernel.now);
        else this.#sender.heartbeat(effect.bytes);
        break;
      case "read-channel":
        this.#setReading(effect.isOpen);
        break;
      case "set-timer":
        this.#setTimer(effect.timer, effect.at);
        break;
      case "cancel-timer":
        this.#cancelTimer(effect.timer);
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
        break;
      case "mark":
        this.parts.mark(effect.name);
        break;
    }
  }

  #setReading(isOpen: boolean): void {
    const { channel, facts } = this.parts;
    if (channel.isReading !== isOpen) facts.windowChanged(isOpen);
    channel.setReading(isOpen);
  }

  /** A sign of life of the peer; not every one becomes a fact. */
  #hear(signal: PeerSignal): void {
    const { now } = this.parts.kernel;
    const { nextHeard } = this.#state;
    if (now < (nextHeard.get(signal) ?? 0)) return;
    nextHeard.set(signal, now + HEARD_EVERY);
    this.parts.facts.heard(signal);
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
      case "halt":
        this.#stop(this.#state.guestEnd ?? "its replica halted");
        break;
    }
  }

  #memory(command: MemoryCommand): void {
    const { machine } = this.parts.runner;
    switch (command.do) {
      case "track":
        machine.trackDirty(true);
        break;
      case "take": {
        const pages: Page[] = machine
          .takeDirtyPages()
          .map((index) => ({ index, bytes: machine.readPage(index) }));
        const state = machine.exportState();
        const crossings = this.parts.runner.record.length;
        this.parts.lineages.note(state, { node: this.name, crossings });
        this.#input({ kind: "state", pages, machine: state });
        break;
      }
      case "put":
        for (const page of command.pages) machine.writePage(page.index, page.bytes);
        this.#putState(command.machine);
        break;
    }
  }

  #putState(bytes: Uint8Array): void {
    const { runner, lineages, peerRecord } = this.parts;
    const imported = runner.machine.importState(bytes);
    if (!imported.ok) throw new InvariantViolation(`memory put: ${imported.error}`);
    const lineage = lineages.find(bytes);
    if (lineage !== undefined) runner.adopt(peerRecord(lineage.node).slice(0, lineage.crossings));
  }

  // ---- timers

  #setTimer(timer: string, at: number): void {
    const { kernel, host } = this.parts;
    this.#cancelTimer(timer);
    const time = host.whenClockShows(at, kernel.now);
    this.#state.timers.set(timer, kernel.schedule(time, this.name, "timer", timer));
  }

  #cancelTimer(timer: string): void {
    const handle = this.#state.timers.get(timer);
    if (handle === undefined) return;
    this.parts.kernel.cancel(handle);
    this.#state.timers.delete(timer);
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
    this.#wakeUpAt(
      earliest(
        initiator.nextDeadline(),
        earliest(channel.nextDeadline(), heartbeats.nextDeadline()),
      ),
    );
  }

  /** Deadlines mostly move later; a wake-up that turns out to be early looks again. */
  #wakeUpAt(time: VirtualTime): void {
    const { kernel } = this.parts;
    const { wakeUp } = this.#state;
    if (time === TIME_NEVER || (wakeUp !== undefined && wakeUp.time <= time)) return;
    if (wakeUp !== undefined) kernel.cancel(wakeUp);
    this.#state.wakeUp = kernel.schedule(latest(time, kernel.now), this.name, "wake-up", null);
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
    const { runner, facts, initiator, kernel } = this.parts;
    const { count } = runner;
    runner.halt();
    facts.machineStopped(count, why);
    initiator.abandon();
    for (const handle of this.#state.timers.values()) kernel.cancel(handle);
    this.#state.timers = new Map();
    if (this.#state.wakeUp !== undefined) kernel.cancel(this.#state.wakeUp);
    this.#state.wakeUp = undefined;
    this.#state.isStopped = true;
  }

  // ---- snapshots

  snapshot(): FtHostSnapshot {
    const { parts } = this;
    return {
      timers: [...this.#state.timers],
      wakeUp: this.#state.wakeUp,
      paused: [...this.#state.paused],
      nextHeard: [...this.#state.nextHeard],
      guestEnd: this.#state.guestEnd,
      isStopped: this.#state.isStopped,
      restarted: this.#restarted && {
        session: this.#restarted.session,
        state: this.#restarted.snapshot(),
      },
      host: parts.host.snapshot(),
      runner: parts.runner.snapshot(),
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
      timers: new Map(snapshot.timers),
      wakeUp: snapshot.wakeUp,
      paused: [...snapshot.paused],
      nextHeard: new Map(snapshot.nextHeard),
      guestEnd: snapshot.guestEnd,
      isStopped: snapshot.isStopped,
    };
    this.#restarted = restoreRestarted(this.name, snapshot.restarted);
    parts.host.restore(snapshot.host);
    parts.runner.restore(snapshot.runner);
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

function ordinal(number: number): string {
  return number === 2 ? "second" : `${number}th`;
}

/** Asked for when it is looked at: most steps look at little of it. */
function stepContext({ kernel, host, runner }: HostParts): StepContext {
  const { machine } = runner;
  return {
    get now() {
      return host.clock(kernel.now);
    },
    get count() {
      return runner.count;
    },
    get isWaiting() {
      return machine.isWaiting;
    },
    get guestDeadline() {
      return machine.timerDeadline();
    },
    pendingDisk: () => machine.pendingDisk(),
  };
}
