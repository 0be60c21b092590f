// What one VM-FT replica is made of, and the small record of control state that decides what it may
// do. Control state is plain, frozen data handled with immer: its patches feed the inspector. Bulk
// state (buffers, held outputs) is owned by the part that holds it.

import { produce } from "immer";
import type { Role } from "./claim.ts";
import type { BackupLog } from "./backup-log.ts";
import type { Detector } from "./detector.ts";
import type { Effects } from "./effects.ts";
import type { GuestClock } from "./guest-clock.ts";
import type { LagMeter } from "./lag-meter.ts";
import type { LogEntry } from "./log-entry.ts";
import type { DiskOrder } from "./disk-order.ts";
import type { OutputGate } from "./output-gate.ts";
import type { PrimaryLog } from "./primary-log.ts";
import type { Input, NumberedOutput, ReplicaConfig, StepContext } from "./protocol.ts";
import type { ThrottleState } from "./throttle.ts";

export interface Control {
  readonly role: Role;
  readonly channelIsUp: boolean;
  /** Requests sent to the arbiter; a node that has asked is committed to the answer (H-3). */
  readonly attempts: number;
  readonly arbitration: "none" | "asked" | "won" | "lost";
  readonly isStalled: boolean;
  readonly announcements: number;
  readonly heartbeats: number;
  /** Host clock, ns: when entries that wait for company leave; undefined while none does. */
  readonly batchAt: number | undefined;
}

export const INITIAL_CONTROL: Control = {
  role: "BACKUP",
  channelIsUp: false,
  attempts: 0,
  arbitration: "none",
  isStalled: false,
  announcements: 0,
  heartbeats: 0,
  batchAt: undefined,
};

/** Where the replayer is. */
export interface ReplayState {
  /** The group that the machine is running towards, empty when it stands. */
  target: readonly LogEntry[];
  hasDiverged: boolean;
  /** Outputs replayed beyond the primary's releasedThrough: what RESEND would send. */
  unreleased: { readonly lsn: number; readonly output: NumberedOutput }[];
  /** What the primary said that it has released. */
  releasedThrough: number;
  /** The last disk writes replayed, for the planted bug that re-issues completed ones. */
  recentWrites: NumberedOutput[];
}

export interface Parts {
  readonly config: ReplicaConfig;
  control: Control;
  readonly clock: GuestClock;
  readonly primaryLog: PrimaryLog;
  readonly lagMeter: LagMeter;
  throttle: ThrottleState;
  readonly backupLog: BackupLog;
  readonly gate: OutputGate;
  readonly detector: Detector;
  replay: ReplayState;
  disk: DiskOrder;
  /** Device events that wait while the machine is stopped by a full buffer. */
  deferred: Input[];
  /** Frames that wait for company, to be one entry and one interrupt. */
  arriving: Uint8Array[];
}

/** One step's working set: the parts, what may be looked at, and where effects go. */
export interface Step {
  readonly parts: Parts;
  readonly context: StepContext;
  readonly out: Effects;
}

export function updateControl(
  parts: Parts,
  change: (draft: { -readonly [K in keyof Control]: Control[K] }) => void,
): void {
  parts.control = produce(parts.control, change);
}

/** Changes the role and says why. */
export function enterRole(step: Step, role: Role, reason: string): void {
  updateControl(step.parts, (control) => {
    control.role = role;
  });
  step.out.claim({ kind: "role", role, reason });
}

/** True on the side that records: the first primary until it is alone. */
export function isLogging(parts: Parts): boolean {
  const { role } = parts.control;
  return parts.config.role === "primary" && role !== "SOLO" && role !== "HALTED";
}

/** True when the guest runs freely here. */
export function isRunningLive(parts: Parts): boolean {
  return isLogging(parts) || parts.control.role === "SOLO";
}
