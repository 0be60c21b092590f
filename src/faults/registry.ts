// All kinds of faults, by the name that scenarios use.

import type { FaultKind } from "./fault.ts";
import { CORRUPT } from "./kinds/corrupt.ts";
import { CRASH } from "./kinds/crash.ts";
import { CUT } from "./kinds/cut.ts";
import { DELAY } from "./kinds/delay.ts";
import { DUPLICATE } from "./kinds/duplicate.ts";
import { HOLD } from "./kinds/hold.ts";
import { LOSS } from "./kinds/loss.ts";
import { PAUSE } from "./kinds/pause.ts";
import { REORDER } from "./kinds/reorder.ts";
import { SLOW } from "./kinds/slow.ts";
import { STALL } from "./kinds/stall.ts";
import { STORAGE_OUTAGE } from "./kinds/storage-outage.ts";

export const FAULT_KINDS: readonly FaultKind[] = [
  CRASH,
  PAUSE,
  STALL,
  SLOW,
  CUT,
  HOLD,
  LOSS,
  DUPLICATE,
  REORDER,
  CORRUPT,
  DELAY,
  STORAGE_OUTAGE,
];

export function findFaultKind(name: string): FaultKind | undefined {
  return FAULT_KINDS.find((kind) => kind.name === name);
}
