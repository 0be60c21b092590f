// A whole other protocol in sixty lines, behind the interface of src/ft/protocol.ts: the primary
// stops at every output, ships the pages it dirtied, and lets the output go when the backup has them.

import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import type {
  Effect,
  Input,
  NumberedOutput,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmExit,
} from "../../src/ft/protocol.ts";
import type { Entry } from "../../src/vm/exit.ts";

const COST = { kind: "none", bytes: 0 } as const;
const MS = 1_000_000;

interface State {
  isLive: boolean;
  isPaused: boolean;
  heardAt: number;
  held: NumberedOutput[];
  deferred: Input[];
  shipped?: Uint8Array;
}

class StopAndCheckpoint implements Replica {
  readonly #config: ReplicaConfig;
  #s: State = { isLive: false, isPaused: false, heardAt: 0, held: [], deferred: [] };

  constructor(config: ReplicaConfig) {
    this.#config = config;
    this.#s.isLive = config.role === "primary";
    this.#s.heardAt = config.hostClock;
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    const s = this.#s;
    const beat: Effect = { kind: "set-timer", timer: "beat", at: context.now + 50 * MS };
    switch (input.kind) {
      case "start":
        return s.isLive
          ? [{ kind: "memory", command: { do: "track" } }, vm("run"), ...this.#arm(context), beat]
          : [beat];
      case "exit":
        return this.#exit(input.exit, context);
      case "state": // our own checkpoint: ship it
        s.shipped = encode(input);
        return [{ kind: "send", channel: "log", bytes: s.shipped }];
      case "message":
        return this.#message(input, context);
      case "timer":
        if (input.timer === "guest") return this.#deliver(input, { kind: "timer" });
        if (s.isLive)
          return [{ kind: "send", channel: "heartbeat", bytes: new Uint8Array(1) }, beat];
        if (context.now - s.heardAt < 500 * MS) return [beat];
        return [{ kind: "test-and-set", generation: this.#config.generation }, beat];
      case "test-and-set":
        return input.result === "won" && !s.isLive ? this.#goLive(context) : [];
      case "frame":
        return s.isPaused ? [] : this.#deliver(input, { kind: "net-rx", frames: [input.bytes] });
      case "disk-done":
        if (input.status === "fenced") return [vm("halt")];
        return this.#deliver(input, {
          kind: "disk-done",
          ioId: input.ioId,
          status: input.status,
          data: input.data,
        });
      case "opened":
      case "own-read":
      case "record":
      case "pages":
      case "command":
      case "alarm":
        return []; // of copies and operators it knows nothing
      case "channel": // a checkpoint that was sent while nobody was connected is sent again
        return s.isPaused && s.shipped ? [{ kind: "send", channel: "log", bytes: s.shipped }] : [];
    }
  }

  #exit(exit: VmExit, context: StepContext): readonly Effect[] {
    if (exit.kind === "deadline") return this.#arm(context);
    if (exit.kind === "request") {
      const ticks =
        this.#config.guestTicks + Math.floor((context.now - this.#config.hostClock) / 100);
      const answer =
        exit.what === "time"
          ? ({ what: "time", ticks } as const)
          : ({ what: "entropy", bytes: exit.sample } as const);
      return [{ kind: "vm", command: { do: "answer", answer, cost: COST } }];
    }
    if (exit.kind !== "output" || !this.#s.isLive) return [];
    if (this.#config.role === "backup") return exit.outputs.map(released); // alone after the takeover
    this.#s.held.push(...exit.outputs);
    this.#s.isPaused = true;
    return [vm("pause"), { kind: "memory", command: { do: "take" } }];
  }

  #message(input: Extract<Input, { kind: "message" }>, context: StepContext): readonly Effect[] {
    this.#s.heardAt = context.now;
    if (input.channel === "heartbeat" || (this.#config.role === "backup" && this.#s.isLive))
      return [];
    if (this.#config.role === "backup")
      return [
        { kind: "memory", command: { do: "put", ...decode(input.bytes) } },
        { kind: "send", channel: "log", bytes: new Uint8Array(1) },
      ];
    const { held, deferred } = this.#s;
    this.#s = { ...this.#s, held: [], deferred: [], isPaused: false };
    return [
      ...held.map(released),
      vm("resume"),
      ...deferred.flatMap((one) => this.step(one, context)),
    ];
  }

  #goLive(context: StepContext): readonly Effect[] {
    this.#s.isLive = true;
    const again = context.pendingDisk().map(
      (request): Effect => ({
        kind: "release",
        ordinal: -1,
        output: { class: "disk", request },
        isAgain: true,
      }),
    );
    return [vm("run"), { kind: "announce" }, ...again, ...this.#arm(context)];
  }

  #deliver(input: Input, entry: Entry): readonly Effect[] {
    if (!this.#s.isLive) return [];
    if (this.#s.isPaused) this.#s.deferred.push(input);
    return this.#s.isPaused ? [] : [{ kind: "vm", command: { do: "inject", entry, cost: COST } }];
  }

  #arm({ guestDeadline, now }: StepContext): readonly Effect[] {
    if (guestDeadline === undefined) return [];
    const at = this.#config.hostClock + (guestDeadline - this.#config.guestTicks) * 100;
    return [{ kind: "set-timer", timer: "guest", at: Math.max(now, at) }];
  }

  snapshot(): unknown {
    return structuredClone(this.#s);
  }
  restore(snapshot: unknown): void {
    this.#s = structuredClone(snapshot) as State;
  }
}

export const STOP_AND_CHECKPOINT: Protocol = {
  name: "stop-and-checkpoint",
  family: "other",
  create: (config) => new StopAndCheckpoint(config),
};

function vm(what: "run" | "pause" | "resume" | "halt"): Effect {
  return { kind: "vm", command: { do: what } };
}

function released(output: NumberedOutput): Effect {
  return { kind: "release", ...output, isAgain: false };
}

function encode(state: Extract<Input, { kind: "state" }>): Uint8Array {
  const out = new ByteWriter(8_192).sized(state.machine).u32(state.pages.length);
  for (const page of state.pages) out.u32(page.index).bytes(page.bytes);
  return out.finish();
}

function decode(bytes: Uint8Array) {
  const input = new ByteReader(bytes);
  const machine = input.sized();
  const pages = Array.from({ length: input.u32() }, () => ({
    index: input.u32(),
    bytes: input.bytes(4_096),
  }));
  return { machine, pages };
}
