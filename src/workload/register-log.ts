// The log that the register service keeps on its disk, a sector for each write, and what an audit finds
// in it at the end of a run: every write that a client was told about.

import { Digest } from "../base/digest.ts";
import type { OpEvent } from "../history/op.ts";
import type { DiskAudit, ReadSectors } from "./disk-audit.ts";

/** The sector of the first record. */
export const LOG_FIRST_SECTOR = 8;
export const RECORD_WORDS = 8;

const MAGIC = 0x4c475246;

export interface LogRecord {
  /** From 0. */
  readonly index: number;
  readonly client: number;
  readonly number: number;
  readonly op: number;
  readonly register: number;
  readonly value: number;
}

export function recordWords(record: LogRecord): readonly number[] {
  const { index, client, number, op, register, value } = record;
  const words = [MAGIC, index, client, number, op, register, value];
  return [...words, checksum(words)];
}

/** Undefined for what is no record. */
export function recordOf(words: readonly number[]): LogRecord | undefined {
  const [magic, index = 0, client = 0, number = 0, op = 0, register = 0, value = 0] = words;
  if (magic !== MAGIC || words[RECORD_WORDS - 1] !== checksum(words.slice(0, RECORD_WORDS - 1)))
    return undefined;
  return { index, client, number, op, register, value };
}

function checksum(words: readonly number[]): number {
  const digest = new Digest();
  for (const word of words) digest.word(word);
  return digest.snapshot().a;
}

/** An operation is the record with its client and number: "c3-17" is number 18 of client 2. */
export function auditRegisterLog(read: ReadSectors, events: readonly OpEvent[]): DiskAudit {
  const recorded = new Set<string>();
  let records = 0;
  for (let index = 0; ; index++) {
    const record = recordOf(wordsOf(read(LOG_FIRST_SECTOR + index, 1)));
    // A record that was begun and not finished leaves a gap; nobody was told about it.
    if (record === undefined && index >= records + GAP_MOST) break;
    if (record?.index !== index) continue;
    records = index + 1;
    recorded.add(`c${record.client + 1}-${record.number - 1}`);
  }
  const written = events.filter(
    ({ kind, op }) => kind === "ok" && (op.kind === "set" || op.kind === "incr"),
  );
  const missing = written.filter(({ opId }) => !recorded.has(opId));
  return {
    records: recorded.size,
    acknowledged: written.length,
    found: written.length - missing.length,
    missing: missing.length === 0 ? "" : `operation ${missing[0]?.opId ?? ""}`,
  };
}

/** As many writes as there are clients can be under way at once. */
const GAP_MOST = 16;

function wordsOf(sector: Uint8Array): readonly number[] {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  return Array.from({ length: RECORD_WORDS }, (_, at) => view.getInt32(4 * at, true));
}
