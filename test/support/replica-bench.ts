// One replica of the protocol on a bench: inputs by hand, effects to look at. For unit tests only.

import type { Claim, Role } from "../../src/ft/claim.ts";
import type { LogEntry } from "../../src/ft/log-entry.ts";
import { decodeMessage, encodeMessage, type Message } from "../../src/ft/message.ts";
import { DEFAULT_PARAMS, type FtParams } from "../../src/ft/params.ts";
import type {
  Effect,
  Input,
  NumberedOutput,
  Replica,
  ReplicaConfig,
  VmCommand,
  VmExit,
} from "../../src/ft/protocol.ts";
import { FT_RULES, type FtRules } from "../../src/ft/rules.ts";
import { VM_FT } from "../../src/ft/vm-ft.ts";
import type { DiskRequest } from "../../src/vm/exit.ts";

export const MS = 1_000_000;

export interface BenchOptions {
  readonly role: ReplicaConfig["role"];
  readonly rules?: Partial<FtRules>;
  readonly params?: Partial<FtParams>;
}

type ClaimOf<K extends Claim["kind"]> = Extract<Claim, { kind: K }>;
type SentBody<M> = M extends unknown ? Omit<M, "generation"> : never;

/** The effects of one step, by what one wants to know of them. */
export class Outcome {
  readonly effects: readonly Effect[];

  constructor(effects: readonly Effect[]) {
    this.effects = effects;
  }

  /** Ordinals released, "again" after those that are. */
  get released(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "release" ? [`${effect.ordinal}${effect.isAgain ? " again" : ""}`] : [],
    );
  }

  /** ioIds of disk commands released. */
  get issued(): readonly number[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "release" && effect.output.class === "disk"
        ? [effect.output.request.ioId]
        : [],
    );
  }

  get commands(): readonly VmCommand[] {
    return this.effects.flatMap((effect) => (effect.kind === "vm" ? [effect.command] : []));
  }

  get does(): readonly string[] {
    return this.commands.map((command) => command.do);
  }

  get sent(): readonly Message[] {
    return this.effects.flatMap((effect) => {
      const message = effect.kind === "send" ? decodeMessage(effect.bytes) : undefined;
      return message === undefined ? [] : [message];
    });
  }

  get entries(): readonly LogEntry[] {
    return this.sent.flatMap((message) => (message.kind === "entries" ? message.entries : []));
  }

  get acks(): readonly number[] {
    return this.sent.flatMap((message) => (message.kind === "ack" ? [message.through] : []));
  }

  get roles(): readonly Role[] {
    return this.claims("role").map(({ role }) => role);
  }

  get marks(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.kind === "mark" ? [effect.name] : []));
  }

  claims<K extends Claim["kind"]>(kind: K): readonly ClaimOf<K>[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "claim" && effect.claim.kind === kind ? [effect.claim as ClaimOf<K>] : [],
    );
  }

  has(kind: Effect["kind"]): boolean {
    return this.effects.some((effect) => effect.kind === kind);
  }

  timer(name: string): number | undefined {
    const set = this.effects.filter((e) => e.kind === "set-timer" && e.timer === name).at(-1);
    return set?.kind === "set-timer" ? set.at : undefined;
  }
}

const SELVES = { primary: "h1", alone: "h1", backup: "h2", spare: "h3" } as const;

export class Bench {
  readonly replica: Replica;
  readonly params: FtParams;
  readonly peer: string;
  now = 0;
  count = 1_000;
  isWaiting = false;
  guestDeadline: number | undefined = undefined;
  pending: DiskRequest[] = [];

  constructor({ role, rules, params }: BenchOptions) {
    this.params = { ...DEFAULT_PARAMS, ...params };
    this.peer = role === "primary" ? "h2" : role === "backup" ? "h1" : "";
    this.replica = VM_FT.create({
      self: SELVES[role],
      peer: this.peer,
      generation: 1,
      role,
      params: this.params,
      rules: { ...FT_RULES, ...rules },
      hostClock: 0,
      hostUptime: 0,
      guestTicks: 500,
    });
  }

  step(input: Input): Outcome {
    return new Outcome(
      this.replica.step(input, {
        now: this.now,
        uptime: this.now,
        count: this.count,
        isWaiting: this.isWaiting,
        guestDeadline: this.guestDeadline,
        pendingDisk: () => this.pending,
      }),
    );
  }

  start(): Outcome {
    return this.step({ kind: "start" });
  }

  hear(message: SentBody<Message>, generation: number = 1): Outcome {
    const bytes = encodeMessage({ ...message, generation } as Message);
    const channel = message.kind === "heartbeat" ? "heartbeat" : "log";
    return this.step({ kind: "message", channel, from: this.peer, bytes });
  }

  hearFrom(from: string, message: SentBody<Message>, generation: number): Outcome {
    const bytes = encodeMessage({ ...message, generation } as Message);
    return this.step({ kind: "message", channel: "log", from, bytes });
  }

  /** The log channel to the peer. */
  channel(state: "up" | "down"): Outcome {
    return this.step({ kind: "channel", with: this.peer, state });
  }

  ack(through: number): Outcome {
    return this.hear({ kind: "ack", through, executed: 0 });
  }

  feed(entries: readonly LogEntry[], releasedThrough: number = 0): Outcome {
    return this.hear({ kind: "entries", entries, releasedThrough });
  }

  timer(timer: string): Outcome {
    return this.step({ kind: "timer", timer });
  }

  exit(exit: VmExit): Outcome {
    return this.step({ kind: "exit", exit });
  }

  /** The machine executed a step that performed these outputs. */
  perform(...outputs: readonly NumberedOutput[]): Outcome {
    this.count += 1;
    return this.exit({ kind: "output", outputs });
  }

  /** The machine arrived where it was told to replay to. */
  reach(count: number, ...outputs: readonly NumberedOutput[]): Outcome {
    this.count = count;
    return this.exit({ kind: "reached", outputs });
  }

  /** Lets the peer be silent until the detector suspects it. */
  suspect(): Outcome {
    this.now += this.params.heartbeatTimeout;
    return this.timer("detector");
  }

  /** Suspects, and asks the arbiter after the grace. */
  askArbiter(): Outcome {
    this.suspect();
    this.now += this.params.suspectGrace;
    return this.timer("grace");
  }

  answer(result: "won" | "lost", generation: number = 1): Outcome {
    return this.step({ kind: "test-and-set", generation, result });
  }
}

/** A primary whose channel is up: every entry is sent in the step that appends it. */
export function startedPrimary(options: Omit<BenchOptions, "role"> = {}): Bench {
  const bench = new Bench({ role: "primary", ...options });
  bench.start();
  bench.hear({ kind: "hello", next: 1 });
  return bench;
}

export function startedBackup(options: Omit<BenchOptions, "role"> = {}): Bench {
  const bench = new Bench({ role: "backup", ...options });
  bench.start();
  return bench;
}

export function frame(ordinal: number, mark: number = ordinal): NumberedOutput {
  return { ordinal, output: { class: "network", bytes: Uint8Array.from([mark]) } };
}

export function disk(ordinal: number, request: Partial<DiskRequest>): NumberedOutput {
  return { ordinal, output: { class: "disk", request: diskRequest(ordinal, request) } };
}

export function diskRequest(ioId: number, changes: Partial<DiskRequest> = {}): DiskRequest {
  const op = changes.op ?? "write";
  const data = new Uint8Array(op === "write" ? 512 : 0).fill(ioId);
  return { ioId, op, sector: 0, sectorCount: 1, data, pages: [], ...changes };
}
