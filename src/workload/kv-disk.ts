// What the key-value guest left on its disk, read as its own recovery would read it, and judged
// against the writes that clients saw acknowledged. The format is guests/README.md's.

import { ByteReader, utf8Decode } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import type { Op, OpEvent, OpResult } from "../history/op.ts";
import type { DiskAudit, ReadSectors } from "./disk-audit.ts";

export interface DiskRecord {
  readonly sequence: number;
  readonly op: "set" | "del" | "lock" | "unlock";
  readonly key: string;
  readonly value: string;
}

export interface RecoveredLog {
  readonly firstSequence: number;
  readonly records: readonly DiskRecord[];
}

const SECTOR = 512;
const SUPERBLOCK_MAGIC = 0x4253564b;
const RECORD_MAGIC = 0x4c41574b;
const HEADER = 40;
const KEY_MAX = 64;
const VALUE_MAX = 4_096;
const OPS = ["", "set", "del", "lock", "unlock"] as const;

/** The active half's records, up to the first that is not sound; undefined without a superblock. */
export function recoverLog(read: ReadSectors): RecoveredLog | undefined {
  const block = new ByteReader(read(0, 1));
  if (block.u32() !== SUPERBLOCK_MAGIC) return undefined;
  block.bytes(8); // crc and version
  const half = block.u32();
  const firstSequence = block.u64();
  const logStart = block.u64();
  const halfSectors = block.u64();
  block.u32(); // lives so far
  const life = block.u32() & 0xff;
  const start = logStart + half * halfSectors;
  const records = scan(read, start, start + halfSectors, { sequence: firstSequence, life });
  return { firstSequence, records };
}

/** Every acknowledged write must be in the log, or have been overwritten by another write. */
export function auditKeyValueDisk(read: ReadSectors, events: readonly OpEvent[]): DiskAudit {
  const log = recoverLog(read);
  const writes = acknowledgedWrites(events);
  if (log === undefined)
    return { records: 0, acknowledged: writes.length, found: 0, missing: "no superblock" };
  const present = new Set(log.records.map(({ op, key, value }) => `${op} ${key} ${value}`));
  const isCompacted = log.firstSequence > 1;
  const changes = changesByKey(events);
  let found = 0;
  let missing = "";
  for (const write of writes) {
    const isThere =
      present.has(write.record) || (isCompacted && isSuperseded(write, changes, present));
    if (isThere) found += 1;
    else if (missing === "") missing = `${write.record} of operation ${write.opId}`;
  }
  return { records: log.records.length, acknowledged: writes.length, found, missing };
}

interface AcknowledgedWrite {
  readonly opId: string;
  readonly op: Op;
  readonly invokedAt: number;
  /** "set k1 c2-7": what its record says. */
  readonly record: string;
}

function acknowledgedWrites(events: readonly OpEvent[]): readonly AcknowledgedWrite[] {
  const invokedAt = new Map<string, number>();
  const writes: AcknowledgedWrite[] = [];
  for (const event of events) {
    if (event.kind === "invoke") invokedAt.set(event.opId, event.at);
    if (event.kind !== "ok") continue;
    const record = recordOf(event.op, event.result);
    if (record === undefined) continue;
    const { opId, op } = event;
    writes.push({ opId, op, invokedAt: invokedAt.get(opId) ?? 0, record });
  }
  return writes;
}

function recordOf(op: Op, result: OpResult): string | undefined {
  switch (op.kind) {
    case "set":
      return `set ${op.key} ${op.value}`;
    case "incr":
      return result.kind === "number" ? `set ${op.key} ${result.value}` : undefined;
    case "del":
      return result.kind === "number" && result.value === 1 ? `del ${op.key} ` : undefined;
    case "lock":
      return result.kind === "acquired" ? `lock ${op.key} ${op.owner}` : undefined;
    case "unlock":
      return result.kind === "number" && result.value === 1 ? `unlock ${op.key} ` : undefined;
    default:
      return undefined;
  }
}

/**
 * After a compaction only the live state is in the log. A write may be gone when another write of
 * the same key did not surely come before it; locks may have ended by their lease.
 */
function isSuperseded(
  write: AcknowledgedWrite,
  changes: ReadonlyMap<string, readonly OpEvent[]>,
  present: ReadonlySet<string>,
): boolean {
  const { op } = write;
  if (op.kind !== "set" && op.kind !== "incr") return true;
  // The newest changes are the likeliest to be on the disk: look at them first.
  const others = changes.get(op.key) ?? [];
  for (let index = others.length - 1; index >= 0; index--) {
    const event = others[index] as OpEvent;
    if (event.at < write.invokedAt) return false;
    if (event.opId !== write.opId && mayRemain(event, present)) return true;
  }
  return false;
}

/** Whether the disk can be in the state that this change left: it is there, or nobody knows. */
function mayRemain(event: OpEvent, present: ReadonlySet<string>): boolean {
  const { op } = event;
  if (op.kind === "set") return present.has(`set ${op.key} ${op.value}`);
  if (op.kind !== "incr" || event.kind !== "ok") return true;
  return present.has(recordOf(op, event.result) ?? "");
}

function changesByKey(events: readonly OpEvent[]): ReadonlyMap<string, readonly OpEvent[]> {
  const changes = new Map<string, OpEvent[]>();
  for (const event of events) {
    const { op } = event;
    if (op.kind !== "set" && op.kind !== "incr" && op.kind !== "del") continue;
    const known = changes.get(op.key);
    if (known === undefined) changes.set(op.key, [event]);
    else known.push(event);
  }
  return changes;
}

function scan(
  read: ReadSectors,
  start: number,
  end: number,
  from: { readonly sequence: number; readonly life: number },
): readonly DiskRecord[] {
  const records: DiskRecord[] = [];
  let { sequence, life } = from;
  let sector = start;
  while (sector < end) {
    const header = new ByteReader(read(sector, 1));
    const isRecord = header.u32() === RECORD_MAGIC;
    const crc = header.u32();
    if (!isRecord || header.u64() !== sequence) break;
    header.bytes(8); // guest time
    const op = OPS[header.u8()];
    const recordLife = header.u8();
    const keyLength = header.u16();
    const valueLength = header.u32();
    const isOlder = ((recordLife - life) & 0xff) >= 0x80;
    if (op === undefined || op === "" || isOlder) break;
    if (keyLength > KEY_MAX || valueLength > VALUE_MAX) break;
    const length = HEADER + keyLength + valueLength;
    const sectors = Math.ceil(length / SECTOR);
    const bytes = read(sector, sectors);
    if (crc32(bytes.subarray(8, length)) !== crc) break;
    const key = utf8Decode(bytes.subarray(HEADER, HEADER + keyLength));
    const value = utf8Decode(bytes.subarray(HEADER + keyLength, length));
    records.push({ sequence, op, key, value });
    sequence += 1;
    life = recordLife;
    sector += sectors;
  }
  return records;
}
