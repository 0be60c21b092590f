// netperf: bytes as fast as they go, in one direction, in pieces so that progress can be seen. The
// next piece is asked for before the last has ended, so that the wire is never idle for want of one.

import { concatBytes, utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import { after, type Duration, duration, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { decodeError } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import { foreignOp, type NextOp, type Outcome, type Workload } from "./workload.ts";

export interface BulkOptions {
  /** As the guest sees it. */
  readonly direction: "receive" | "transmit";
  readonly pieceBytes: number;
  readonly duration: Duration;
}

interface BulkState {
  endAt: VirtualTime | undefined;
}

export class BulkWorkload implements Workload {
  readonly #options: BulkOptions;
  readonly #payload: Uint8Array;
  #state: BulkState;

  constructor(options: BulkOptions) {
    this.#options = options;
    this.#payload = new Uint8Array(options.pieceBytes);
    this.#state = { endAt: undefined };
  }

  next(_clientIndex: number, now: VirtualTime): NextOp {
    const { direction, pieceBytes } = this.#options;
    this.#state.endAt ??= after(now, this.#options.duration);
    if (now >= this.#state.endAt) return { kind: "done" };
    const kind = direction === "receive" ? "up" : "down";
    return { kind: "next-op", op: { kind, bytes: pieceBytes, salt: 0 }, pause: duration(0) };
  }

  encode(op: Op): Uint8Array {
    if (op.kind === "down") return utf8Encode(`down ${op.bytes}\r\n`);
    if (op.kind !== "up") throw foreignOp(op);
    return concatBytes([utf8Encode(`up ${op.bytes}\r\n`), this.#payload]);
  }

  decode(op: Op, reply: RespValue): Outcome {
    if (op.kind !== "down" && op.kind !== "up") throw foreignOp(op);
    if (reply.kind === "error") return decodeError(reply);
    const bytes = movedBytes(reply);
    if (bytes === undefined) return { kind: "info", error: `a ${reply.kind} reply to ${op.kind}` };
    if (bytes === op.bytes) return { kind: "ok", result: { kind: "bytes", bytes } };
    return {
      kind: "ok",
      result: { kind: "wrong", detail: `${bytes} bytes instead of ${op.bytes}` },
    };
  }

  snapshot(): BulkState {
    return clonePlain(this.#state);
  }

  restore(snapshot: unknown): void {
    this.#state = clonePlain(snapshot as BulkState);
  }
}

function movedBytes(reply: RespValue): number | undefined {
  if (reply.kind === "integer") return reply.value;
  return reply.kind === "bulk" ? reply.bytes?.length : undefined;
}
