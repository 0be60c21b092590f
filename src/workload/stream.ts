// Bulk bytes with the probe guest: down (the guest sends a pattern) and up (the client sends one and
// is told its checksum). The client compares end to end, byte by byte.

import { concatBytes, utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot, Ratio } from "../base/prng.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import { patternBytes, sumBytes } from "./probe-bytes.ts";
import { decodeError } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import { foreignOp, type NextOp, type Outcome, type Workload } from "./workload.ts";

export interface StreamOptions extends OpenLoopOptions {
  /** A transfer has between `least` and `most` bytes. */
  readonly least: number;
  readonly most: number;
  /** How many of the transfers go up. */
  readonly uploads: Ratio;
}

interface StreamState {
  readonly schedule: OpenLoopState;
  transfers: number;
}

export class StreamWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: StreamOptions;
  #state: StreamState;

  constructor(prng: Prng, options: StreamOptions) {
    this.#prng = prng;
    this.#options = options;
    this.#state = { schedule: startOpenLoop(), transfers: 0 };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const at = nextDue(this.#state.schedule, this.#prng, this.#options, now);
    if (at === undefined) return { kind: "done" };
    this.#state.transfers += 1;
    const { clients, least, most, uploads } = this.#options;
    const salt = this.#state.transfers * clients + clientIndex;
    const bytes = this.#prng.between(least, most);
    const kind = this.#prng.chance(uploads) ? "up" : "down";
    return { kind: "op", op: { kind, bytes, salt }, at };
  }

  encode(op: Op): Uint8Array {
    if (op.kind === "down") return utf8Encode(`down ${op.bytes} ${op.salt}\r\n`);
    if (op.kind !== "up") throw foreignOp(op);
    return concatBytes([utf8Encode(`up ${op.bytes}\r\n`), patternBytes(op.salt, op.bytes)]);
  }

  decode(op: Op, reply: RespValue): Outcome {
    if (op.kind !== "down" && op.kind !== "up") throw foreignOp(op);
    if (reply.kind === "error") return decodeError(reply);
    const expected = patternBytes(op.salt, op.bytes);
    if (op.kind === "up" && reply.kind === "integer")
      return judge(op.bytes, sumProblem(expected, reply.value));
    if (op.kind === "down" && reply.kind === "bulk" && reply.bytes !== null)
      return judge(op.bytes, firstDifference(expected, reply.bytes));
    return { kind: "info", error: `a ${reply.kind} reply to ${op.kind}` };
  }

  snapshot(): { readonly state: StreamState; readonly prng: PrngSnapshot } {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ReturnType<StreamWorkload["snapshot"]>;
    this.#state = clonePlain(own.state);
    this.#prng.restore(own.prng);
  }
}

function judge(bytes: number, problem: string): Outcome {
  if (problem === "") return { kind: "ok", result: { kind: "bytes", bytes } };
  return { kind: "ok", result: { kind: "wrong", detail: problem } };
}

function sumProblem(sent: Uint8Array, sum: number): string {
  const expected = sumBytes(sent);
  return sum === expected ? "" : `checksum ${sum} of ${sent.length} bytes, expected ${expected}`;
}

function firstDifference(expected: Uint8Array, got: Uint8Array): string {
  if (got.length !== expected.length) return `${got.length} bytes instead of ${expected.length}`;
  const at = expected.findIndex((byte, index) => byte !== got[index]);
  return at < 0 ? "" : `byte ${at} of ${got.length} is ${got[at]}, expected ${expected[at]}`;
}
