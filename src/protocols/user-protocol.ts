// A user's protocol behind the testbed's interface: two pure functions, init(config) -> state and
// step(state, input) -> { state, effects }. State is plain data and frozen before each step; chance is
// an input (`input.random`, a whole number below 2^32 out of the run's seed); messages are plain data
// and travel as bytes. What its author did wrong is a UserProtocolError and never a failed assertion.

import { Prng, type PrngSnapshot } from "../base/prng.ts";
import { Effects } from "../ft/effects.ts";
import type {
  Effect,
  Input,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
} from "../ft/protocol.ts";
import { decodePlain, freezePlain } from "./plain-data.ts";
import { checkEffect, type MachineView } from "./user-effects.ts";

export interface UserModule {
  readonly init: (config: unknown) => unknown;
  readonly step: (state: unknown, input: unknown) => unknown;
}

/** The protocol's author has to look at this. `cause` is what their own code threw, if it did. */
export class UserProtocolError extends Error {
  override readonly name: string = "UserProtocolError";
  readonly protocol: string;

  constructor(protocol: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.protocol = protocol;
  }
}

export function userProtocol(name: string, module: UserModule): Protocol {
  return { name, family: "other", create: (config) => new UserReplica(name, config, module) };
}

interface UserSnapshot {
  readonly state: unknown;
  readonly prng: PrngSnapshot;
  readonly asking: MachineView["asking"];
  readonly isTracking: boolean;
  readonly isHalted: boolean;
}

class UserReplica implements Replica {
  readonly #name: string;
  readonly #config: ReplicaConfig;
  readonly #module: UserModule;
  readonly #prng: Prng;
  #state: unknown;
  #asking: MachineView["asking"];
  #isTracking: boolean;
  #isHalted: boolean;

  constructor(name: string, config: ReplicaConfig, module: UserModule) {
    this.#name = name;
    this.#config = config;
    this.#module = module;
    this.#prng = new Prng(`${config.seed ?? ""} ${config.self}`);
    const { self, peer, role, generation, params, hostClock, guestTicks } = config;
    const given = { self, peer, role, generation, params: { ...params }, hostClock, guestTicks };
    freezePlain(given, "config");
    this.#state = this.#kept(
      this.#call("init", () => module.init(given)),
      "init",
    );
    this.#asking = undefined;
    this.#isTracking = false;
    this.#isHalted = false;
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#isHalted) return [];
    const given = this.#givenOf(input, context);
    if (given === undefined) {
      const out = new Effects(() => ({ generation: 0, logGeneration: 0, peer: "" }));
      out.refuse();
      return out.list();
    }
    if (input.kind === "exit" && input.exit.kind === "request") this.#asking = input.exit.what;
    const where = `step(${describeInput(input)})`;
    const result = this.#call(where, () => this.#module.step(this.#state, given));
    const { state, effects } = (result ?? {}) as { state?: unknown; effects?: unknown };
    if (typeof result !== "object" || state === undefined || !Array.isArray(effects))
      throw this.#fault(`${where} did not return { state, effects: [...] }`);
    this.#state = this.#kept(state, where);
    return this.#checked(effects, where, context.count);
  }

  snapshot(): UserSnapshot {
    return {
      state: this.#state,
      prng: this.#prng.snapshot(),
      asking: this.#asking,
      isTracking: this.#isTracking,
      isHalted: this.#isHalted,
    };
  }

  restore(snapshot: unknown): void {
    const { state, prng, asking, isTracking, isHalted } = snapshot as UserSnapshot;
    this.#state = state;
    this.#prng.restore(prng);
    this.#asking = asking;
    this.#isTracking = isTracking;
    this.#isHalted = isHalted;
  }

  /** Frozen: nobody changes it after this step, not even its author. */
  #kept(state: unknown, where: string): unknown {
    const problem = freezePlain(state, "state");
    if (problem === undefined) return state;
    throw this.#fault(
      `${where}: ${problem}; state is plain data: numbers, texts, lists, records, bytes`,
    );
  }

  /** Undefined: a message that was damaged on its way. */
  #givenOf(input: Input, context: StepContext): unknown {
    const { now, count, isWaiting, guestDeadline } = context;
    const pendingDisk = context.pendingDisk().map((request) => ({ ...request }));
    const random = this.#prng.uint32();
    const common = { now, count, isWaiting, guestDeadline, pendingDisk, random };
    let own: object = input;
    if (input.kind === "message") {
      const decoded = decodePlain(input.bytes);
      if (decoded === undefined) return undefined;
      own = { kind: input.kind, channel: input.channel, message: decoded.value };
    }
    const given = { ...own, ...common };
    freezePlain(given, "input");
    return given;
  }

  #checked(effects: readonly unknown[], where: string, count: number): readonly Effect[] {
    const view: MachineView = {
      generation: this.#config.generation,
      count,
      asking: this.#asking,
      isTracking: this.#isTracking,
    };
    const done = effects.map((effect, index) => {
      const checked = checkEffect(effect, view);
      if ("effect" in checked) return checked.effect;
      throw this.#fault(`${where}: effects[${index}] ${checked.problem}`);
    });
    this.#asking = view.asking;
    this.#isTracking = view.isTracking;
    this.#isHalted = done.some((effect) => effect.kind === "vm" && effect.command.do === "halt");
    return done;
  }

  #call(where: string, run: () => unknown): unknown {
    try {
      return run();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw this.#fault(`${where}: ${message}`, cause);
    }
  }

  #fault(message: string, cause?: unknown): UserProtocolError {
    return new UserProtocolError(this.#name, message, cause);
  }
}

function describeInput(input: Input): string {
  if (input.kind === "exit") return `exit ${input.exit.kind}`;
  return input.kind === "timer" ? `timer ${input.timer}` : input.kind;
}
