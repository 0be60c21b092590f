// The probe workload: commands for guests/probe, drawn by weight, with arguments that differ from
// one to the next. Each entry of the table below is one command of that guest; a new command is one
// line here.

import { assert } from "../base/assert.ts";
import { utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { COUNT } from "./counter.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import { decodeCount, decodeError } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import type { NextOp, Outcome, Workload } from "./workload.ts";

/** The arguments of a command; `salt` is unique in the run, `slots` is how many disk slots are used. */
type Arguments = (prng: Prng, salt: number, slots: number) => readonly number[];

const COMMANDS: readonly (readonly [string, Arguments])[] = [
  ["inc", () => []],
  ["clock", (prng) => [prng.between(1, 40)]],
  ["entropy", (prng) => [prng.between(1, 24)]],
  ["wfi", (prng) => [prng.between(1, 8), prng.below(400)]],
  ["lrsc", (prng) => [prng.between(10, 60), prng.between(10, 60)]],
  ["misaligned", (_prng, salt) => [salt]],
  ["selfmod", (prng, salt) => [prng.between(10, 200), salt]],
  ["overlap", (prng, salt, slots) => [prng.below(slots), salt]],
  ["spin", (prng, salt, slots) => [prng.below(slots), salt]],
  ["rxpoll", (prng) => [prng.between(1_000, 50_000)]],
  ["console", (prng) => [prng.between(1, 200)]],
];

export const PROBE_COMMANDS: readonly string[] = COMMANDS.map(([name]) => name);

export interface ProbeOptions extends OpenLoopOptions {
  /** How often each command is drawn, relative to the others; one that is not named is not drawn. */
  readonly weights: readonly (readonly [string, number])[];
  /** Slots of the disk that are used, at most 64: with few of them commands meet. */
  readonly slots: number;
}

interface ProbeState {
  readonly schedule: OpenLoopState;
  commands: number;
}

export class ProbeWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: ProbeOptions;
  #state: ProbeState;

  constructor(prng: Prng, options: ProbeOptions) {
    assert(
      options.weights.some(([, weight]) => weight > 0),
      "a probe workload needs commands",
    );
    this.#prng = prng;
    this.#options = options;
    this.#state = { schedule: startOpenLoop(), commands: 0 };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const at = nextDue(this.#state.schedule, this.#prng, this.#options, now);
    return at === undefined ? { kind: "done" } : { kind: "op", op: this.#draw(clientIndex), at };
  }

  encode(op: Op): Uint8Array {
    return utf8Encode(op.kind === "probe" ? `${op.command}\r\n` : "inc\r\n");
  }

  decode(op: Op, reply: RespValue): Outcome {
    if (op.kind !== "probe") return decodeCount(reply);
    if (reply.kind === "error") return decodeError(reply);
    if (reply.kind === "simple") return { kind: "ok", result: { kind: "text", text: reply.text } };
    return { kind: "info", error: `a ${reply.kind} reply to ${op.command}` };
  }

  snapshot(): { readonly state: ProbeState; readonly prng: PrngSnapshot } {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ReturnType<ProbeWorkload["snapshot"]>;
    this.#state = clonePlain(own.state);
    this.#prng.restore(own.prng);
  }

  #draw(client: number): Op {
    const command = this.#drawCommand();
    if (command === "inc") return COUNT;
    this.#state.commands += 1;
    const salt = this.#state.commands * this.#options.clients + client;
    const draw = COMMANDS.find(([name]) => name === command)?.[1] as Arguments;
    const numbers = draw(this.#prng, salt, this.#options.slots);
    return { kind: "probe", command: [command, ...numbers].join(" ") };
  }

  #drawCommand(): string {
    const { weights } = this.#options;
    let total = 0;
    for (const [, weight] of weights) total += weight;
    let drawn = this.#prng.below(total);
    for (const [command, weight] of weights) {
      if (drawn < weight) return command;
      drawn -= weight;
    }
    return "inc";
  }
}
