// Epochs (Bressoud and Schneider 1995): the machine runs in stretches of N steps, and what comes from
// outside is delivered only between two of them, after the backup has acknowledged all of the stretch.
// A guest that waits makes no steps, so its epoch ends where it waits.
//
// Around a replica of VM-FT: frames, completions and timers are kept from it until the boundary, and
// `run` becomes "run until". Logging, acks, outputs and the takeover are VM-FT's own. A machine that
// runs alone has nobody to keep in step and takes its events at once.

import { clonePlain } from "../base/clone.ts";
import type { Claim } from "../ft/claim.ts";
import type {
  Effect,
  Input,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
} from "../ft/protocol.ts";
import { VM_FT } from "../ft/vm-ft.ts";

interface EpochState {
  /** The side that logs: only there are events kept for a boundary. */
  isLogging: boolean;
  /** The machine stands between two epochs and waits for the backup. */
  isAtBoundary: boolean;
  /** What came during the epoch, in order. */
  events: Input[];
  appended: number;
  acknowledged: number;
}

class EpochReplica implements Replica {
  readonly #config: ReplicaConfig;
  readonly #inner: Replica;
  #state: EpochState;

  constructor(config: ReplicaConfig) {
    this.#config = config;
    this.#inner = VM_FT.create(config);
    this.#state = {
      isLogging: config.role === "primary",
      isAtBoundary: false,
      events: [],
      appended: 0,
      acknowledged: 0,
    };
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (!this.#state.isLogging) return this.#inner.step(input, context);
    if (isEvent(input) && (this.#state.isAtBoundary || !context.isWaiting)) {
      this.#state.events.push(input);
      return [{ kind: "mark", name: "event-waits-for-the-epochs-end" }];
    }
    const isBoundary = input.kind === "exit" && input.exit.kind === "reached";
    if (isBoundary) this.#state.isAtBoundary = true;
    // The boundary is an entry of its own: the backup may go on to it, and acknowledges it.
    const given: Input = isBoundary ? { kind: "timer", timer: "progress" } : input;
    const effects = this.#noted(this.#inner.step(given, context), context);
    return this.#mayGoOn() ? [...effects, ...this.#beginEpoch(context)] : effects;
  }

  snapshot(): unknown {
    return { inner: this.#inner.snapshot(), state: clonePlain(this.#state) };
  }

  restore(snapshot: unknown): void {
    const { inner, state } = snapshot as { readonly inner: unknown; readonly state: EpochState };
    this.#inner.restore(inner);
    this.#state = clonePlain(state);
  }

  #mayGoOn(): boolean {
    const { isLogging, isAtBoundary, appended, acknowledged } = this.#state;
    return isAtBoundary && (!isLogging || acknowledged >= appended);
  }

  /** What came during the last epoch is delivered before the first step of the next. */
  #beginEpoch(context: StepContext): readonly Effect[] {
    const { events } = this.#state;
    this.#state.isAtBoundary = false;
    this.#state.events = [];
    const run: Effect = { kind: "vm", command: this.#runFrom(context.count) };
    // The command comes first: a buffer that one of the events fills stops the machine again.
    const delivered = events.flatMap((event) => this.#inner.step(event, context));
    return [run, ...this.#noted(delivered, context)];
  }

  /** Notes what the replica did, and makes its commands end at the boundary. */
  #noted(effects: readonly Effect[], context: StepContext): readonly Effect[] {
    const kept: Effect[] = [];
    for (const effect of effects) {
      if (effect.kind === "claim") this.#note(effect.claim);
      if (effect.kind !== "vm") kept.push(effect);
      else if (effect.command.do === "run")
        kept.push({ kind: "vm", command: this.#runFrom(context.count) });
      // Room in the buffer is no reason to pass a boundary.
      else if (effect.command.do !== "resume" || !this.#state.isAtBoundary) kept.push(effect);
    }
    return kept;
  }

  #note(claim: Claim): void {
    if (claim.kind === "log-append") this.#state.appended = claim.lsn;
    else if (claim.kind === "log-ack-receive")
      this.#state.acknowledged = Math.max(this.#state.acknowledged, claim.through);
    else if (claim.kind === "role" && (claim.role === "SOLO" || claim.role === "HALTED"))
      this.#state.isLogging = false;
  }

  #runFrom(count: number): { readonly do: "run"; readonly until?: number } {
    if (!this.#state.isLogging) return { do: "run" };
    return { do: "run", until: count + this.#config.params.epochSteps };
  }
}

/** What comes to the guest from outside, and may wait. */
function isEvent(input: Input): boolean {
  return (
    input.kind === "frame" ||
    (input.kind === "disk-done" && input.status !== "fenced") ||
    (input.kind === "timer" && input.timer === "guest")
  );
}

export const EPOCHS: Protocol = {
  name: "epochs",
  family: "replay",
  // Events carry the step of their boundary, so that the backup takes a hang for older than it is.
  waives: ["detection", "log-rate"],
  create: (config) => new EpochReplica(config),
};
