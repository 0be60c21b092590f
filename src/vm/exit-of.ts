// What the core's stop code and the board say together, as an Exit.

import { assert } from "../base/assert.ts";
import type { Board } from "./devices/board.ts";
import type { Exit } from "./exit.ts";
import { STOP_DEVICE, STOP_LIMIT, STOP_REQUEST, STOP_TIME, STOP_WAIT } from "./layout.ts";

/** Of a machine that has not halted and a pool that is not exhausted. */
export function exitOf(stop: number, board: Board): Exit {
  if (stop === STOP_LIMIT) return { kind: "limit" };
  if (stop === STOP_WAIT) return { kind: "wait" };
  if (stop === STOP_TIME || stop === STOP_REQUEST) return requestExit(board);
  assert(stop === STOP_DEVICE, () => `unknown stop ${stop}`);
  if (board.outputs.length > 0) return { kind: "output", outputs: board.outputs };
  assert(board.isDeadline, "a device ended the run without a reason");
  return { kind: "deadline" };
}

function requestExit({ want }: Board): Exit {
  assert(want !== undefined, "a request without a question");
  return want.kind === "time"
    ? { kind: "request", what: "time" }
    : { kind: "request", what: "entropy", length: want.length };
}

interface HaltState {
  readonly isPowerOff: boolean;
  readonly pc: bigint;
  readonly cause: bigint;
  readonly epc: bigint;
}

/** Of a halted machine: all of it is in the registers, which no longer change. */
export function haltExit({ isPowerOff, pc, cause, epc }: HaltState): Exit {
  if (isPowerOff) return { kind: "halt", reason: { kind: "power-off" } };
  const at = `cause ${cause} at pc 0x${epc.toString(16)}`;
  const detail = `no trap handler at 0x${pc.toString(16)}: ${at} has nowhere to go`;
  return { kind: "halt", reason: { kind: "fault", detail } };
}
