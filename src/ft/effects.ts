// Collects the effects of one step, in order.

import { assert } from "../base/assert.ts";
import type { Claim, ClaimBody } from "./claim.ts";
import type { Effect, VmCommand } from "./protocol.ts";
import { encodeMessage, type Message } from "./message.ts";

/** More effects in one step than any correct step has: a runaway loop is a bug of ours. */
const EFFECTS_MAX = 100_000;

type MessageBody = Message extends infer M
  ? M extends Message
    ? Omit<M, "generation">
    : never
  : never;

export class Effects {
  readonly #generation: number;
  readonly #effects: Effect[];

  constructor(generation: number) {
    this.#generation = generation;
    this.#effects = [];
  }

  push(effect: Effect): void {
    assert(this.#effects.length < EFFECTS_MAX, "a step with too many effects");
    this.#effects.push(effect);
  }

  vm(command: VmCommand): void {
    this.push({ kind: "vm", command });
  }

  claim(body: ClaimBody): void {
    this.push({ kind: "claim", claim: { ...body, generation: this.#generation } as Claim });
  }

  mark(name: string): void {
    this.push({ kind: "mark", name });
  }

  timer(timer: string, at: number): void {
    this.push({ kind: "set-timer", timer, at });
  }

  send(body: MessageBody): void {
    const message = { ...body, generation: this.#generation } as Message;
    const channel = message.kind === "heartbeat" ? "heartbeat" : "log";
    this.push({ kind: "send", channel, bytes: encodeMessage(message) });
  }

  list(): readonly Effect[] {
    return this.#effects;
  }
}
