// The key-value workload: reads, writes, counters and lease locks against a Redis-like service.
// Open loop: operations become due at jittered intervals, whatever the service does.

import { assert, assertNever } from "../base/assert.ts";
import { utf8Decode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot, Ratio } from "../base/prng.ts";
import { after, type Duration, duration, seconds, type VirtualTime } from "../base/time.ts";
import type { Op, OpKind } from "../history/op.ts";
import { encodeCommand, type RespValue } from "./resp.ts";
import type { NextOp, Outcome, Workload } from "./workload.ts";

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
}

/** Everything but what a scenario is about. */
export const KEY_VALUE_DEFAULTS: KeyValueOptions = Object.freeze({
  clients: 4,
  rate: 200,
  duration: seconds(10),
  keys: 16,
  locks: 2,
  leaseMilliseconds: 2000,
  weights: Object.freeze({ get: 40, set: 30, incr: 20, del: 4, lock: 3, unlock: 3 }),
  largeValues: Object.freeze({ numerator: 1, denominator: 10 }),
  largeLeast: 200,
  largeMost: 1500,
});

interface KeyValueState {
  /** When the next operation becomes due; undefined before the first call. */
  dueAt: VirtualTime | undefined;
  endAt: VirtualTime;
  sets: number;
  /** The lock asked for last, which an unlock then gives back. */
  lastLock: string | undefined;
}

interface KeyValueSnapshot {
  readonly state: KeyValueState;
  readonly prng: PrngSnapshot;
}

const NS_PER_SECOND = 1_000_000_000;

export class KeyValueWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: KeyValueOptions;
  #state: KeyValueState;

  constructor(prng: Prng, options: KeyValueOptions) {
    assert(
      options.rate > 0 && options.clients > 0,
      "a key-value workload needs a rate and clients",
    );
    assert(options.keys > 0 && options.locks > 0, "a key-value workload needs keys and locks");
    this.#prng = prng;
    this.#options = options;
    this.#state = {
      dueAt: undefined,
      endAt: 0 as VirtualTime,
      sets: 0,
      lastLock: undefined,
    };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const state = this.#state;
    const mean = Math.floor((this.#options.clients * NS_PER_SECOND) / this.#options.rate);
    if (state.dueAt === undefined) {
      state.endAt = after(now, this.#options.duration);
      // Clients start out of step with each other.
      state.dueAt = after(now, duration(this.#prng.between(0, mean)));
    } else {
      const interval = this.#prng.between(Math.floor(mean / 2), mean + Math.floor(mean / 2));
      state.dueAt = after(state.dueAt, duration(Math.max(1, interval)));
    }
    if (state.dueAt >= state.endAt) return { kind: "done" };
    return { kind: "op", op: this.#draw(clientIndex), at: state.dueAt };
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
      return assertNever(op, "operation");
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
      return assertNever(op, "operation");
  }
  return { kind: "info", error: `a ${reply.kind} reply to ${op.kind}` };
}

function isOk(reply: RespValue): boolean {
  return reply.kind === "simple" && reply.text === "OK";
}

function drawKind(prng: Prng, weights: OpWeights): Exclude<OpKind, "ping"> {
  const table = [
    ["get", weights.get],
    ["set", weights.set],
    ["incr", weights.incr],
    ["del", weights.del],
    ["lock", weights.lock],
    ["unlock", weights.unlock],
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
