// What the probe guest left on its disk: the sectors of its `overlap` and `spin` commands say which
// operation wrote them (guests/probe/disk.c), so each must be what the last answered operation on its
// slot said, or the work of one that may have come after it.

import { ByteReader, ByteWriter, equalBytes } from "../base/bytes.ts";
import type { OpEvent } from "../history/op.ts";
import type { DiskAudit, ReadSectors } from "./disk-audit.ts";
import { patternNext, patternStart } from "./probe-bytes.ts";

const MAGIC = 0x45424f52;
const SECTOR = 512;
const HEAD_WORDS = 4;
const AREAS = {
  overlap: { first: 64, sectors: 4 },
  spin: { first: 1_024, sectors: 8 },
} as const;
type Area = keyof typeof AREAS;

interface Writing {
  readonly opId: string;
  readonly area: Area;
  readonly slot: number;
  readonly salt: number;
  readonly invokedAt: number;
  /** undefined: without an answer, so that nobody knows how much of it was done. */
  readonly answeredAt: number | undefined;
  /** overlap: which write the sector that both touch ended as; 0 when nobody knows. */
  readonly middle: number;
}

/** Who wrote a sector; all zero: nobody. */
interface Mark {
  readonly slot: number;
  readonly salt: number;
  readonly write: number;
}

const BLANK: Mark = Object.freeze({ slot: 0, salt: 0, write: 0 });

export function auditProbeDisk(read: ReadSectors, events: readonly OpEvent[]): DiskAudit {
  let records = 0;
  let acknowledged = 0;
  let found = 0;
  let missing = "";
  for (const writings of bySlot(events).values()) {
    const last = lastAnswered(writings);
    if (last === undefined) continue;
    const { first, sectors } = AREAS[last.area];
    records += sectors;
    acknowledged += 1;
    const problem = problemOf(
      read(first + last.slot * sectors, sectors),
      writings.filter((writing) => mayBeLast(writing, writings)),
    );
    if (problem === "") found += 1;
    else if (missing === "")
      missing = `${last.area} ${last.slot} ${last.salt} of operation ${last.opId}: ${problem}`;
  }
  return { records, acknowledged, found, missing };
}

function bySlot(events: readonly OpEvent[]): ReadonlyMap<string, readonly Writing[]> {
  const invoked = new Map<string, number>();
  const writings = new Map<string, Writing>();
  for (const event of events) {
    if (event.op.kind !== "probe") continue;
    const [name = "", slot, salt] = event.op.command.split(" ");
    if (name !== "overlap" && name !== "spin") continue;
    if (event.kind === "invoke") invoked.set(event.opId, event.at);
    const isAnswered = event.kind === "ok" && event.result.kind === "text";
    if (event.kind === "fail") {
      writings.delete(event.opId);
      continue;
    }
    const words = isAnswered && event.result.kind === "text" ? event.result.text.split(" ") : [];
    writings.set(event.opId, {
      opId: event.opId,
      area: name,
      slot: Number(slot),
      salt: Number(salt),
      invokedAt: invoked.get(event.opId) ?? 0,
      answeredAt: isAnswered ? event.at : undefined,
      middle: name === "overlap" && isAnswered ? Number(words[1]) : 0,
    });
  }
  const slots = new Map<string, Writing[]>();
  for (const writing of writings.values()) {
    const key = `${writing.area} ${writing.slot}`;
    const known = slots.get(key);
    if (known === undefined) slots.set(key, [writing]);
    else known.push(writing);
  }
  return slots;
}

function lastAnswered(writings: readonly Writing[]): Writing | undefined {
  let last: Writing | undefined;
  for (const writing of writings)
    if (writing.answeredAt !== undefined && writing.answeredAt >= (last?.answeredAt ?? 0))
      last = writing;
  return last;
}

/** No other operation on this slot began after this one was answered, and was answered itself. */
function mayBeLast(writing: Writing, all: readonly Writing[]): boolean {
  const { answeredAt } = writing;
  if (answeredAt === undefined) return true;
  return !all.some((other) => other.answeredAt !== undefined && other.invokedAt > answeredAt);
}

/** In words; "" when every sector is the work of one that may have come last. */
function problemOf(bytes: Uint8Array, candidates: readonly Writing[]): string {
  for (let sector = 0; sector * SECTOR < bytes.length; sector++) {
    const mark = readMark(bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR));
    if (mark === undefined) return `sector ${sector} is torn`;
    if (!candidates.some((writing) => couldLeave(writing, sector, mark)))
      return `sector ${sector} is of write ${mark.write} of salt ${mark.salt}`;
  }
  return "";
}

function couldLeave(writing: Writing, sector: number, mark: Mark): boolean {
  // Nobody writes an overlap slot's last sector.
  if (writing.area === "overlap" && sector === 3) return mark.salt === 0 && mark.write === 0;
  if (mark.slot !== writing.slot || mark.salt !== writing.salt) return false;
  if (writing.area === "spin") return mark.write === 3;
  if (sector !== 1) return mark.write === (sector === 0 ? 1 : 2);
  return writing.middle === 0
    ? mark.write === 1 || mark.write === 2
    : mark.write === writing.middle;
}

/** Undefined when the sector is neither blank nor, to the last byte, what its head says. */
function readMark(sector: Uint8Array): Mark | undefined {
  const head = new ByteReader(sector);
  if (head.u32() !== MAGIC) return sector.every((byte) => byte === 0) ? BLANK : undefined;
  const mark = { slot: head.u32(), salt: head.u32(), write: head.u32() };
  return equalBytes(sector, fillSector(mark)) ? mark : undefined;
}

export function fillSector({ slot, salt, write }: Mark): Uint8Array {
  const out = new ByteWriter(SECTOR).u32(MAGIC).u32(slot).u32(salt).u32(write);
  let state = patternStart(((slot << 24) ^ (salt << 4) ^ write) >>> 0);
  for (let word = HEAD_WORDS; word < SECTOR / 4; word++) {
    state = patternNext(state);
    out.u32(state);
  }
  return out.finish();
}
