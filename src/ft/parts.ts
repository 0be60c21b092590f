// What one VM-FT replica is made of, and the small record of control state that decides what it may
// do. Control state is plain, frozen data handled with immer: its patches feed the inspector. Bulk
// state (buffers, held outputs) is owned by the part that holds it.

import { produce } from "immer";
import { clonePlain } from "../base/clone.ts";
import type { Role } from "./claim.ts";
import type { BackupLog } from "./backup-log.ts";
import type { CopySource } from "./copy-source.ts";
import type { CopyTarget } from "./copy-target.ts";
import type { Detector } from "./detector.ts";
import type { Effects } from "./effects.ts";
import type { GuestClock } from "./guest-clock.ts";
import type { LagMeter } from "./lag-meter.ts";
import type { LogEntry } from "./log-entry.ts";
import type { DiskOrder } from "./disk-order.ts";
import type { OwnDone } from "./own-disk.ts";
import type { OwnReads } from "./own-reads.ts";
import type { OutputGate } from "./output-gate.ts";
import type { PrimaryLog } from "./primary-log.ts";
import type { Opening } from "./membership.ts";
import type { Input, NumberedOutput, ReplicaConfig, StepContext } from "./protocol.ts";
import type { ThrottleState } from "./throttle.ts";

/** Whether a node has the VM (it runs freely here), follows it, or has nothing of it. */
export type Side = "primary" | "backup" | "spare";

export interface Control {
  /** What it says of itself; a spare says nothing. */
  readonly role: Role | "SPARE";
  readonly side: Side;
  /** The other member of the generation; "" where there is none. */
  readonly peer: string;
  /** The newest generation that this node is a member of, as admitted by the storage. */
  readonly generation: number;
  /** Of the log that it writes or reads: one ahead while a new backup is not admitted yet. */
  readonly logGeneration: number;
  /** What the guest needs from outside is logged, and its outputs wait. */
  readonly isLogging: boolean;
  /** The storage has this node as a member of its generation, as far as it knows. */
  readonly isAdmitted: boolean;
  /** The guest stands still for the last round of a copy. */
  readonly isSwitching: boolean;
  readonly channelIsUp: boolean;
  /** Requests sent to the arbiter; a node that has asked is committed to the answer (H-3). */
  readonly attempts: number;
  readonly arbitration: "none" | "asked" | "won" | "lost";
  readonly isStalled: boolean;
  /** The log channel is not read for now. */
  readonly isWindowClosed: boolean;
  /** How often the VM's address was announced, or would have been. */
  readonly announcements: number;
  /** A frame has come for the VM since it was announced, or it never had to be. */
  readonly isFound: boolean;
  /** The entry whose ack an announcement waits for, and since when (uptime, ns). */
  readonly announcementAsked: { readonly lsn: number; readonly at: number } | undefined;
  readonly heartbeats: number;
  /** Host clock, ns: when entries that wait for company leave; undefined while none does. */
  readonly batchAt: number | undefined;
}

const FIRST_ROLES: Readonly<Record<ReplicaConfig["role"], Control["role"]>> = {
  primary: "PRIMARY",
  backup: "BACKUP",
  alone: "SOLO",
  spare: "SPARE",
};

export function initialControl({ role, peer, generation }: ReplicaConfig): Control {
  return {
    role: FIRST_ROLES[role],
    side: role === "alone" ? "primary" : role,
    peer,
    generation,
    logGeneration: generation,
    isLogging: role === "primary",
    isAdmitted: role !== "spare",
    isSwitching: false,
    channelIsUp: false,
    attempts: 0,
    arbitration: "none",
    isStalled: false,
    isWindowClosed: false,
    announcements: 0,
    isFound: true,
    announcementAsked: undefined,
    heartbeats: 0,
    batchAt: undefined,
  };
}

/** Where the replayer is. */
export interface ReplayState {
  /** The group that the machine is running towards, empty when it stands. */
  target: readonly LogEntry[];
  hasDiverged: boolean;
  /** A timer woke the guest, and it has not read the clock since. */
  isWoken: boolean;
  /** Outputs replayed beyond the primary's releasedThrough: what RESEND would send. */
  unreleased: { readonly lsn: number; readonly output: NumberedOutput }[];
  /** What the primary said that it has released. */
  releasedThrough: number;
  /** The last disk writes replayed, for the planted bug that re-issues completed ones. */
  recentWrites: NumberedOutput[];
}

export function emptyReplay(): ReplayState {
  return {
    target: [],
    hasDiverged: false,
    isWoken: false,
    unreleased: [],
    releasedThrough: 0,
    recentWrites: [],
  };
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
  /** Of a backup that executes disk reads. */
  ownReads: OwnReads;
  /** Of a backup with a disk of its own. */
  ownDone: OwnDone;
  /** Device events that wait while the machine is stopped, by a full buffer or a copy's last round. */
  deferred: Input[];
  /** Frames that wait for company, to be one entry and one interrupt. */
  arriving: Uint8Array[];
  /** Asked of the storage and not answered: until then this node may neither go alone nor go on. */
  opening: Opening | undefined;
  /** Per cent of a CPU that an operator gave the VM. */
  share: number;
  /** What was asked of this primary and is not done yet. */
  operation: "none" | "quiesce" | "power-off";
  /** A copy of this machine that is on its way to another host. */
  copySource: CopySource | undefined;
  /** A copy of another host's machine that is coming here. */
  copyTarget: CopyTarget | undefined;
}

/** What of the parts has no snapshot of its own. */
export type PlainParts = Pick<
  Parts,
  | "replay"
  | "disk"
  | "ownReads"
  | "ownDone"
  | "deferred"
  | "arriving"
  | "throttle"
  | "share"
  | "opening"
  | "operation"
  | "copySource"
  | "copyTarget"
>;

export function plainParts(parts: Parts): PlainParts {
  const { replay, disk, ownReads, ownDone, deferred, arriving, throttle, share } = parts;
  const { opening, operation, copySource, copyTarget } = parts;
  return clonePlain({
    replay,
    disk,
    ownReads,
    ownDone,
    deferred,
    arriving,
    throttle,
    share,
    opening,
    operation,
    copySource,
    copyTarget,
  });
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

/** True on the side that records: a primary until it is alone, and from the moment of a copy on. */
export function isLogging(parts: Parts): boolean {
  return parts.control.isLogging;
}

/** True when the guest runs freely here. */
export function isRunningLive(parts: Parts): boolean {
  return parts.control.side === "primary";
}

/** The machine stands still whatever happens: nothing can be delivered to it. */
export function isStandingStill(parts: Parts): boolean {
  return parts.control.isStalled || parts.control.isSwitching;
}
