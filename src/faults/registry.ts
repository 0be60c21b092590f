// All kinds of faults, by the name that scenarios use.

import type { FaultKind } from "./fault.ts";
import { BANDWIDTH } from "./kinds/bandwidth.ts";
import { CLOCK_DRIFT } from "./kinds/clock-drift.ts";
import { CLOCK_SKEW } from "./kinds/clock-skew.ts";
import { CLOCK_STEP } from "./kinds/clock-step.ts";
import { CORRUPT } from "./kinds/corrupt.ts";
import { CPU_SHARE } from "./kinds/cpu-share.ts";
import { CRASH } from "./kinds/crash.ts";
import { CUT } from "./kinds/cut.ts";
import { DELAY } from "./kinds/delay.ts";
import { DELAYED_COMMAND } from "./kinds/delayed-command.ts";
import { DUPLICATE } from "./kinds/duplicate.ts";
import { FALSE_ALARM } from "./kinds/false-alarm.ts";
import { HOLD } from "./kinds/hold.ts";
import { LOSS } from "./kinds/loss.ts";
import { LOST_CACHE } from "./kinds/lost-cache.ts";
import { LOST_REPLY } from "./kinds/lost-reply.ts";
import { MOVE } from "./kinds/move.ts";
import { PAUSE } from "./kinds/pause.ts";
import { POWER_OFF } from "./kinds/power-off.ts";
import { REORDER } from "./kinds/reorder.ts";
import { RESTART } from "./kinds/restart.ts";
import { SLOW } from "./kinds/slow.ts";
import { STALL } from "./kinds/stall.ts";
import { STORAGE_ERROR } from "./kinds/storage-error.ts";
import { STORAGE_OUTAGE } from "./kinds/storage-outage.ts";
import { STORAGE_SLOW } from "./kinds/storage-slow.ts";
import { STORAGE_STALL } from "./kinds/storage-stall.ts";
import { TORN_WRITE } from "./kinds/torn-write.ts";

export const FAULT_KINDS: readonly FaultKind[] = [
  CRASH,
  RESTART,
  PAUSE,
  STALL,
  SLOW,
  FALSE_ALARM,
  CLOCK_STEP,
  CLOCK_SKEW,
  CLOCK_DRIFT,
  CUT,
  HOLD,
  LOSS,
  DUPLICATE,
  REORDER,
  CORRUPT,
  DELAY,
  BANDWIDTH,
  STORAGE_OUTAGE,
  STORAGE_STALL,
  STORAGE_SLOW,
  STORAGE_ERROR,
  TORN_WRITE,
  LOST_CACHE,
  DELAYED_COMMAND,
  LOST_REPLY,
  MOVE,
  POWER_OFF,
  CPU_SHARE,
];

export function findFaultKind(name: string): FaultKind | undefined {
  return FAULT_KINDS.find((kind) => kind.name === name);
}
