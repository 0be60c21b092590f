// No protection at all: the same guest on the first host, alone, as if FT had never been invented.
// Nothing is recorded, nothing is held, nobody takes over. It is what "FT / non-FT" of the paper's
// tables divides by, and it must never cost more than the machine itself.

import { clonePlain } from "../base/clone.ts";
import type { Entry } from "../vm/exit.ts";
import { GuestClock, type GuestClockSnapshot } from "./guest-clock.ts";
import type {
  Effect,
  Input,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmExit,
} from "./protocol.ts";

const NO_COST = { kind: "none", bytes: 0 } as const;

export const UNPROTECTED: Protocol = {
  name: "none",
  family: "other",
  ownDisks: true,
  create: (config) => new Unprotected(config),
};

interface UnprotectedSnapshot {
  readonly hasStopped: boolean;
  readonly clock: GuestClockSnapshot;
}

class Unprotected implements Replica {
  readonly #hasMachine: boolean;
  readonly #clock: GuestClock;
  #hasStopped: boolean;

  constructor(config: ReplicaConfig) {
    this.#hasMachine = config.role === "primary";
    this.#clock = new GuestClock(config.guestTicks, config.hostClock);
    this.#hasStopped = false;
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (!this.#hasMachine || this.#hasStopped) return [];
    this.#clock.look(context.now);
    switch (input.kind) {
      case "start":
        return [{ kind: "vm", command: { do: "run" } }, ...this.#armTimer(context)];
      case "exit":
        return this.#handleExit(input.exit, context);
      case "frame":
        return [inject({ kind: "net-rx", frames: [input.bytes] })];
      case "disk-done":
        return this.#finishDisk(input, context);
      case "timer":
        return this.#tick(context);
      default:
        // Of peers, arbiters and copies it knows nothing.
        return [];
    }
  }

  snapshot(): UnprotectedSnapshot {
    return clonePlain({ hasStopped: this.#hasStopped, clock: this.#clock.snapshot() });
  }

  restore(snapshot: unknown): void {
    const state = snapshot as UnprotectedSnapshot;
    this.#hasStopped = state.hasStopped;
    this.#clock.restore(state.clock);
  }

  #handleExit(exit: VmExit, context: StepContext): readonly Effect[] {
    switch (exit.kind) {
      case "request": {
        const answer =
          exit.what === "time"
            ? ({ what: "time", ticks: this.#clock.read(context.now) } as const)
            : ({ what: "entropy", bytes: exit.sample } as const);
        return [{ kind: "vm", command: { do: "answer", answer, cost: NO_COST } }];
      }
      case "output":
        return exit.outputs.map(({ ordinal, output }) => ({
          kind: "release",
          ordinal,
          output,
          isAgain: false,
        }));
      case "deadline":
        return this.#armTimer(context);
      case "halt":
        this.#hasStopped = true;
        return [
          { kind: "cancel-timer", timer: "guest" },
          { kind: "vm", command: { do: "halt" } },
        ];
      case "reached":
      case "diverged":
        return [];
    }
  }

  #finishDisk(
    { ioId, status, data }: Extract<Input, { kind: "disk-done" }>,
    context: StepContext,
  ): readonly Effect[] {
    const isPending = context.pendingDisk().some((request) => request.ioId === ioId);
    if (!isPending || status === "fenced") return [];
    return [inject({ kind: "disk-done", ioId, status, data })];
  }

  /** The guest may have moved its deadline since the host timer was set. */
  #tick(context: StepContext): readonly Effect[] {
    const { guestDeadline, now } = context;
    if (guestDeadline === undefined) return [];
    if (this.#clock.hostClockAt(guestDeadline) > now) return this.#armTimer(context);
    return [inject({ kind: "timer" })];
  }

  #armTimer({ guestDeadline, now }: StepContext): readonly Effect[] {
    if (guestDeadline === undefined) return [{ kind: "cancel-timer", timer: "guest" }];
    const at = Math.max(now, this.#clock.hostClockAt(guestDeadline));
    return [{ kind: "set-timer", timer: "guest", at }];
  }
}

function inject(entry: Entry): Effect {
  return { kind: "vm", command: { do: "inject", entry, cost: NO_COST } };
}
