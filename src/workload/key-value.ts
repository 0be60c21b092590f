// The key-value workload: reads, writes, counters and lease locks against a Redis-like service.
// Open loop: operations become due at jittered intervals, whatever the service does.

import { assert, assertNever } from "../base/assert.ts";
import { utf8Decode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot, Ratio } from "../base/prng.ts";
import { type Duration, seconds, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { nextDue, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import { encodeCommand, type RespValue } from "./resp.ts";
import { foreignOp, type NextOp, type Outcome, type Workload } from "./workload.ts";

export interface KeyValueOptions {
  readonly clients: number;
  /** Operations a second, all clients together. */
  readonly rate: number;
  /** Operations become due for so long after the first call. */
  readonly duration: Duration;
  /** Keys "k0", "k1"... for get, set and del; as many counters ("n0"...) as a quarter of them. */
  readonly keys: number;
  readonly locks: number;
  readonly leaseMilliseconds: number;
  /** How often each kind is drawn, relative to the others. */
  readonly weights: OpWeights;
  /** How many sets carry a value of `largeLeast` to `largeMost` bytes. */
  readonly largeValues: Ratio;
  readonly largeLeast: number;
  readonly largeMost: number;
}

interface OpWeights {
  readonly get: number;
  readonly set: number;
  readonly incr: number;
  readonly del: number;
  readonly lock: number;
  readonly unlock: number;
  readonly ping: number;
}

/** Everything but what a scenario is about. */
export const KEY_VALUE_DEFAULTS: KeyValueOptions = Object.freeze({
  clients: 4,
  rate: 200,
  duration: seconds(10),
  keys: 16,
  locks: 2,
  leaseMilliseconds: 2000,
  weights: Object.freeze({ get: 40, set: 30, incr: 20, del: 4, lock: 3, unlock: 3, ping: 0 }),
  largeValues: Object.freeze({ numerator: 1, denominator: 10 }),
  largeLeast: 200,
  largeMost: 1500,
});

interface KeyValueState {
  readonly schedule: OpenLoopState;
  sets: number;
  /** The lock asked for last, which an unlock then gives back. */
  lastLock: string | undefined;
}

interface KeyValueSnapshot {
  readonly state: KeyValueState;
  readonly prng: PrngSnapshot;
}

export class KeyValueWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: KeyValueOptions;
  #state: KeyValueState;

  constructor(prng: Prng, options: KeyValueOptions) {
    assert(options.keys > 0 && options.locks > 0, "a key-value workload needs keys and locks");
    this.#prng = prng;
    this.#options = options;
    this.#state = { schedule: startOpenLoop(), sets: 0, lastLock: undefined };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const at = nextDue(this.#state.schedule, this.#prng, this.#options, now);
    if (at === undefined) return { kind: "done" };
    return { kind: "op", op: this.#draw(clientIndex), at };
  }

  encode(op: Op): Uint8Array {
    return encodeOp(op);
  }

  decode(op: Op, reply: RespValue): Outcome {
    return decodeReply(op, reply);
  }

  snapshot(): KeyValueSnapshot {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as KeyValueSnapshot;
    this.#state = clonePlain(own.state);
    this.#prng.restore(own.prng);
  }

  #draw(client: number): Op {
    const prng = this.#prng;
    const { keys, locks, leaseMilliseconds } = this.#options;
    const kind = drawKind(prng, this.#options.weights);
    switch (kind) {
      case "get":
      case "del":
        return { kind, key: `k${prng.below(keys)}` };
      case "set":
        return { kind, key: `k${prng.below(keys)}`, value: this.#drawValue(client) };
      case "ping":
        return { kind };
      case "incr":
        return { kind, key: `n${prng.below(Math.max(1, keys >> 2))}` };
      case "lock": {
        const key = `lock${prng.below(locks)}`;
        this.#state.lastLock = key;
        return { kind, key, owner: `c${client + 1}`, leaseMilliseconds };
      }
      case "unlock": {
        const key = this.#state.lastLock ?? `lock${prng.below(locks)}`;
        return { kind, key, owner: `c${client + 1}` };
      }
      default:
        return assertNever(kind, "operation");
    }
  }

  /** Unique in the run, so that a read names the write that it saw. */
  #drawValue(client: number): string {
    const { largeValues, largeLeast, largeMost } = this.#options;
    const name = `c${client + 1}-${this.#state.sets}`;
    this.#state.sets += 1;
    if (!this.#prng.chance(largeValues)) return name;
    return `${name}:`.padEnd(
      this.#prng.between(largeLeast, largeMost),
      "abcdefghijklmnopqrstuvwxyz",
    );
  }
}

export function encodeOp(op: Op): Uint8Array {
  switch (op.kind) {
    case "ping":
      return encodeCommand(["PING"]);
    case "get":
      return encodeCommand(["GET", op.key]);
    case "set":
      return encodeCommand(["SET", op.key, op.value]);
    case "incr":
      return encodeCommand(["INCR", op.key]);
    case "del":
      return encodeCommand(["DEL", op.key]);
    case "lock":
      return encodeCommand(["LOCK", op.key, op.owner, `${op.leaseMilliseconds}`]);
    case "unlock":
      return encodeCommand(["UNLOCK", op.key, op.owner]);
    default:
      throw foreignOp(op);
  }
}

/** An error reply means that the command was refused: no effect. A reply of the wrong kind means
 * that client and service do not understand each other: no conclusion. */
export function decodeReply(op: Op, reply: RespValue): Outcome {
  if (reply.kind === "error") {
    if (op.kind === "lock" && reply.text.startsWith("HELD "))
      return { kind: "ok", result: { kind: "held", owner: reply.text.slice("HELD ".length) } };
    return { kind: "fail", error: reply.text };
  }
  switch (op.kind) {
    case "ping":
      if (reply.kind === "simple") return { kind: "ok", result: { kind: "done" } };
      break;
    case "set":
      if (isOk(reply)) return { kind: "ok", result: { kind: "done" } };
      break;
    case "lock":
      if (isOk(reply)) return { kind: "ok", result: { kind: "acquired" } };
      break;
    case "get":
      if (reply.kind === "bulk") {
        const value = reply.bytes === null ? null : utf8Decode(reply.bytes);
        return { kind: "ok", result: { kind: "value", value } };
      }
      break;
    case "incr":
    case "del":
    case "unlock":
      if (reply.kind === "integer")
        return { kind: "ok", result: { kind: "number", value: reply.value } };
      break;
    default:
      throw foreignOp(op);
  }
  return { kind: "info", error: `a ${reply.kind} reply to ${op.kind}` };
}

function isOk(reply: RespValue): boolean {
  return reply.kind === "simple" && reply.text === "OK";
}

function drawKind(prng: Prng, weights: OpWeights): keyof OpWeights {
  const table = [
    ["get", weights.get],
    ["set", weights.set],
    ["incr", weights.incr],
    ["del", weights.del],
    ["lock", weights.lock],
    ["unlock", weights.unlock],
    ["ping", weights.ping],
  ] as const;
  let total = 0;
  for (const [, weight] of table) total += weight;
  let drawn = prng.below(total);
  for (const [kind, weight] of table) {
    if (drawn < weight) return kind;
    drawn -= weight;
  }
  return "get";
}
