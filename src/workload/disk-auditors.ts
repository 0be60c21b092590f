// Which guest's disk can be judged at the end of a run, and who does it. A guest that is not here
// keeps its disk to itself: then nothing is said about it.

import type { OpEvent } from "../history/op.ts";
import type { DiskAudit, ReadSectors } from "./disk-audit.ts";
import { auditKeyValueDisk } from "./kv-disk.ts";
import { auditProbeDisk } from "./probe-disk.ts";
import { auditRegisterLog } from "./register-log.ts";

type Auditor = (read: ReadSectors, events: readonly OpEvent[]) => DiskAudit;

const AUDITORS: ReadonlyMap<string, Auditor> = new Map([
  ["kv", auditKeyValueDisk],
  ["probe", auditProbeDisk],
  ["scripted", auditRegisterLog],
]);

/** Undefined for a guest whose disk nobody here can read. */
export function auditDisk(
  guest: string,
  read: ReadSectors,
  events: readonly OpEvent[],
): DiskAudit | undefined {
  return AUDITORS.get(guest)?.(read, events);
}
