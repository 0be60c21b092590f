// The protocol's parameters with the defaults of the specification's section 18. Times in ns of the
// host's clock.

import type { Compression } from "./compression.ts";

export interface FtParams {
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
  /** Silence of log entries (at the backup) or acks (at the primary) that means failure. */
  readonly logTimeout: number;
  /** How often a hypervisor sends PROGRESS, or repeats its ack, when it has nothing to say. */
  readonly progressInterval: number;
  /** How long a suspicion may still be taken back before the arbiter is asked. */
  readonly suspectGrace: number;
  readonly testAndSetRetry: number;
  /** Delays of the announcements after going live. */
  readonly announceAt: readonly number[];
  /** Bytes: unacknowledged entries at the primary, unreplayed ones at the backup. */
  readonly primaryBufferBytes: number;
  readonly backupBufferBytes: number;
  /** Entries that may lie unread in the backup's socket before its window closes. */
  readonly backupSocketEntries: number;
  /** Smoothed execution lag, ns, above which the primary's CPU is trimmed, and below which it gets it back. */
  readonly lagHigh: number;
  readonly lagLow: number;
  /** How often the lag is looked at, ns. */
  readonly lagPeriod: number;
  /** Per cent of the CPU: by how much the limit moves at a time, and the least that it becomes. */
  readonly cpuStep: number;
  readonly cpuFloor: number;
  /** ns for which arriving frames are collected for one interrupt; 0: each has its own. */
  readonly receiveBatch: number;
  /** ns for which entries that are no outputs may wait for company; 0: all leave at once. */
  readonly logBatch: number;
  /** whether messages of log entries are packed where that makes them shorter. */
  readonly compression: Compression;
  /** `epochs`: steps of the machine between two deliveries of events. */
  readonly epochSteps: number;
  /** `checkpoints`: from the beginning of one checkpoint to that of the next. */
  readonly checkpointInterval: number;
  /** `colo`: how long an output waits for the other machine's before the two are made equal. */
  readonly compareTimeout: number;
  /** What happens to outputs at the takeover boundary. */
  readonly boundaryPolicy: "drop" | "resend";
  /** One disk that both hosts share, or one of its own for each, as a part of the VM. */
  readonly disks: "shared" | "separate";
  /** Where a backup has the data of disk reads from: the log, or its own disk. */
  readonly diskReads: "logged" | "backup";
  /** What two disk commands may not share while both are under way. */
  readonly diskRaces: "blocks" | "blocks-and-pages";
  /** A node that is alone asks for a new backup. */
  readonly reprotects: boolean;
  /** From being alone to asking for a new backup. */
  readonly protectionDelay: number;
  /** How often the cluster service is asked while no copy is under way. */
  readonly protectionRetry: number;
  /** Bytes of a copy that may be on their way. */
  readonly copyWindow: number;
  /** The guest stands still for the last round when it should take no longer than this. */
  readonly copyPause: number;
  /** After so many rounds the guest stands still however much is left. */
  readonly copyRounds: number;
  /** Silence of the other end after which a copy is given up. */
  readonly copyTimeout: number;
  /** What a host needs to save and restore the devices of a guest that stands still. */
  readonly switchTime: number;
}

const MS = 1_000_000;
const MIB = 1_048_576;

export const DEFAULT_PARAMS: FtParams = {
  heartbeatInterval: 100 * MS,
  heartbeatTimeout: 2_000 * MS,
  logTimeout: 2_000 * MS,
  progressInterval: 100 * MS,
  suspectGrace: 1 * MS,
  testAndSetRetry: 100 * MS,
  announceAt: [0, 50 * MS, 150 * MS, 350 * MS],
  primaryBufferBytes: 32 * MIB,
  backupBufferBytes: 32 * MIB,
  backupSocketEntries: 4_096,
  lagHigh: 1_000 * MS,
  lagLow: 200 * MS,
  lagPeriod: 500 * MS,
  cpuStep: 3,
  cpuFloor: 20,
  receiveBatch: 0,
  logBatch: 0,
  compression: "none",
  epochSteps: 100_000,
  checkpointInterval: 25 * MS,
  compareTimeout: 10 * MS,
  boundaryPolicy: "drop",
  disks: "shared",
  diskReads: "logged",
  diskRaces: "blocks",
  reprotects: false,
  protectionDelay: 5_000 * MS,
  protectionRetry: 1_000 * MS,
  copyWindow: MIB,
  copyPause: 200 * MS,
  copyRounds: 12,
  copyTimeout: 2_000 * MS,
  switchTime: 50 * MS,
};
