// The replica of one host in its present life, and what it drives: inputs go in one at a time, and what
// the effects of a step ask for is done here, as packets, timers, commands to the machine, and facts.
// It decides nothing itself.

import { after, milliseconds } from "../base/time.ts";
import { plainLength } from "../ft/compression.ts";
import type {
  Effect,
  Input,
  MemoryCommand,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmCommand,
} from "../ft/protocol.ts";
import type { ArbiterStep } from "./host-arbiter.ts";
import { HostContext } from "./host-inputs.ts";
import { performMemory } from "./host-memory.ts";
import type { HostParts } from "./host-parts.ts";
import type { HostSender } from "./host-sender.ts";
import type { HostTimers } from "./host-timers.ts";
import { performVmCommand } from "./vm-commands.ts";

/** What is left of a replica that halted is cleared away: the host is free for another. */
export const EVENT_VACATE = "vacate";
const VACATE_AFTER = milliseconds(100);

/** Of the host's present life; its owner is the host. */
export interface LifeState {
  /** What ended the guest, as its machine said. */
  guestEnd: string | undefined;
  isStopped: boolean;
  /** A machine has begun here: a spare host has none. */
  hasMachine: boolean;
  /** In which the node acts: on the fences of its disk commands. */
  generation: number;
}

interface ReplicaDriverOptions {
  readonly parts: HostParts;
  readonly protocol: Protocol;
  readonly config: ReplicaConfig;
  readonly life: LifeState;
  readonly sender: HostSender;
  readonly timers: HostTimers;
}

export class ReplicaDriver {
  readonly #parts: HostParts;
  readonly #protocol: Protocol;
  readonly #life: LifeState;
  readonly #sender: HostSender;
  readonly #timers: HostTimers;
  readonly #inbox: Input[];
  readonly #context: StepContext;
  #config: ReplicaConfig;
  #replica: Replica;
  #isStepping: boolean;

  constructor({ parts, protocol, config, life, sender, timers }: ReplicaDriverOptions) {
    this.#parts = parts;
    this.#protocol = protocol;
    this.#life = life;
    this.#sender = sender;
    this.#timers = timers;
    this.#inbox = [];
    this.#context = new HostContext(parts);
    this.#config = config;
    this.#replica = protocol.create(config);
    this.#isStepping = false;
  }

  /** What the replica of today began with. */
  get config(): ReplicaConfig {
    return this.#config;
  }

  get replica(): Replica {
    return this.#replica;
  }

  /** Another life: nothing of the former replica is known to the new one. */
  begin(config: ReplicaConfig): void {
    this.#config = config;
    this.#replica = this.#protocol.create(config);
  }

  /** One input at a time: what the effects of a step cause is handled after that step. */
  input(input: Input): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      if (this.#life.isStopped) continue;
      for (const effect of this.#replica.step(next, this.#context)) this.#perform(effect);
    }
    this.#isStepping = false;
  }

  /** What the arbiter of the scenario has to say, or to ask. */
  arbitrate(steps: readonly ArbiterStep[]): void {
    for (const step of steps)
      if (step.kind === "input") this.input(step.input);
      else this.#sender.ask(step.body, this.#life.generation);
  }

  /** The machine stops for good, and with it all that waited for something. */
  stop(why: string): void {
    if (this.#life.isStopped) return;
    const { runner, facts, initiator } = this.#parts;
    const { count } = runner;
    runner.halt();
    facts.machineStopped(count, why);
    initiator.abandon();
    this.#timers.cancelAll();
    this.#life.isStopped = true;
  }

  #perform(effect: Effect): void {
    const { facts } = this.#parts;
    switch (effect.kind) {
      case "send":
        this.#send(effect);
        break;
      case "read-channel":
        this.#setReading(effect.from ?? this.#config.peer, effect.isOpen);
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
        this.#sender.release(effect, this.#life.generation);
        break;
      case "pack":
      case "unpack":
        this.#parts.runner.chargePacking(effect.kind, effect.bytes);
        break;
      case "own-read":
        this.#sender.ownRead(effect.request, this.#life.generation);
        break;
      case "drop":
        break;
      case "announce":
        this.#sender.announce();
        break;
      case "test-and-set":
      case "open":
      case "inquire":
        this.arbitrate(this.#parts.arbiter.ask(effect));
        break;
      case "enter-generation":
        this.#life.generation = effect.generation;
        break;
      case "confirm":
        facts.operatorTold(effect.command, effect.result);
        break;
      case "claim":
        facts.claim(effect.claim);
        // The entries of one step are one message: where it is torn, so is their group.
        if ("role" in effect.claim && effect.claim.role === "GOING_LIVE")
          if (this.#parts.peers.hasPartOfMessage) this.#parts.mark("group-torn");
        break;
      case "mark":
        this.#parts.mark(effect.name);
        break;
    }
  }

  #send({ channel, bytes, to = this.#config.peer }: Extract<Effect, { kind: "send" }>): void {
    const { peers, kernel, facts } = this.#parts;
    if (channel === "cluster") this.#sender.toCluster(bytes);
    else if (channel === "heartbeat") peers.to(to).heartbeat(bytes, kernel.now);
    else {
      facts.sentToLog(bytes.length, plainLength(bytes));
      peers.to(to).channel.send(bytes, kernel.now);
    }
  }

  #setReading(from: string, isOpen: boolean): void {
    const { facts, peers } = this.#parts;
    const { channel } = peers.to(from);
    if (channel.isReading !== isOpen) facts.windowChanged(isOpen);
    channel.setReading(isOpen);
  }

  #command(command: VmCommand): void {
    if (command.do !== "halt") {
      performVmCommand(this.#parts, command);
      return;
    }
    this.stop(command.why ?? this.#life.guestEnd ?? "its replica halted");
    this.#scheduleVacating();
  }

  #memory(command: MemoryCommand): void {
    const isEmpty = !this.#life.hasMachine;
    const answer = performMemory(this.#parts, command, isEmpty);
    if (command.do === "put" && command.machine !== undefined) this.#life.hasMachine = true;
    if (answer !== undefined) this.input(answer);
  }

  #scheduleVacating(): void {
    const { kernel } = this.#parts;
    if (this.#config.params.reprotects)
      kernel.schedule(after(kernel.now, VACATE_AFTER), this.#parts.host.name, EVENT_VACATE, null);
  }
}
