// Collects the effects of one step, in order.

import { assert } from "../base/assert.ts";
import type { Claim, ClaimBody } from "./claim.ts";
import { type Compression, packed, plainLength } from "./compression.ts";
import type { Effect, VmCommand } from "./protocol.ts";
import { encodeMessage, type Message } from "./message.ts";

/** More effects in one step than any correct step has: a runaway loop is a bug of ours. */
const EFFECTS_MAX = 100_000;

export type MessageBody = Message extends infer M
  ? M extends Message
    ? Omit<M, "generation">
    : never
  : never;

/** In which generation the node acts, and with whom. */
export interface Standing {
  readonly generation: number;
  readonly logGeneration: number;
  readonly peer: string;
}

/** What a node says of itself; all else that it claims is about a log. */
const ABOUT_ITSELF: ReadonlySet<Claim["kind"]> = new Set([
  "role",
  "suspect",
  "test-and-set-request",
  "test-and-set-result",
  "copy",
]);

export class Effects {
  readonly #standing: () => Standing;
  readonly #effects: Effect[];

  constructor(standing: () => Standing) {
    this.#standing = standing;
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
    const { generation, logGeneration } = this.#standing();
    const of = ABOUT_ITSELF.has(body.kind) ? generation : logGeneration;
    this.push({ kind: "claim", claim: inGeneration(body, of) as Claim });
  }

  mark(name: string): void {
    this.push({ kind: "mark", name });
  }

  /** What did not decode changes nothing; the channel brings the next one. */
  refuse(): void {
    this.mark("damaged-message-refused");
  }

  timer(timer: string, at: number): void {
    this.push({ kind: "set-timer", timer, at });
  }

  /** To the peer, in the generation of the log. */
  send(body: MessageBody): void {
    const { logGeneration, peer } = this.#standing();
    this.sendTo(peer, logGeneration, body);
  }

  /** Entries of the log; packing them is work of the host, whatever comes of it. */
  sendEntries(body: Extract<MessageBody, { kind: "entries" }>, compression: Compression): void {
    const { logGeneration: generation, peer: to } = this.#standing();
    const plain = encodeMessage(inGeneration(body, generation));
    if (compression === "deflate") this.push({ kind: "pack", bytes: plain.length });
    const bytes = compression === "deflate" ? packed(plain) : plain;
    if (compression === "deflate" && bytes === plain) this.mark("message-does-not-shrink");
    this.push({ kind: "send", channel: "log", to, bytes });
  }

  /** A message that was read: one that was packed has cost its host the work of unpacking it. */
  received(bytes: Uint8Array): void {
    const plain = plainLength(bytes);
    if (plain !== bytes.length) this.push({ kind: "unpack", bytes: plain });
  }

  sendTo(to: string, generation: number, body: MessageBody): void {
    const message = inGeneration(body, generation) as Message;
    const channel = message.kind === "heartbeat" ? "heartbeat" : "log";
    this.push({ kind: "send", channel, to, bytes: encodeMessage(message) });
  }

  list(): readonly Effect[] {
    return this.#effects;
  }
}

/**
 * Completes a body, which its caller has made for this and gives away. Bodies have dozens of shapes:
 * there a spread costs V8 ten times as much as an assignment.
 */
function inGeneration<B extends object>(body: B, generation: number): B & { generation: number } {
  return Object.assign(body, { generation });
}
