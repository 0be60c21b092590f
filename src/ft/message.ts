// What the two hypervisors say to each other, as bytes. Entries and acks travel on the log channel
// (an ordered byte stream, TCP); heartbeats are datagrams. Every message carries its
// generation: a participant of a later one ignores it (INV-43).

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { PACKED, unpackedBody } from "./compression.ts";
import { decodeEntry, entryBytes, type LogEntry, writeEntry } from "./log-entry.ts";
import type { Page } from "./protocol.ts";

export type Message = { readonly generation: number } & (
  | {
      readonly kind: "entries";
      readonly entries: readonly LogEntry[];
      /** Highest lsn whose output has left: what RESEND need not send again. */
      readonly releasedThrough: number;
    }
  /** `through`: stored without a gap. `executed`: replayed. */
  | { readonly kind: "ack"; readonly through: number; readonly executed: number }
  /** The backup after a (re)connect: the next entry that it needs. */
  | { readonly kind: "hello"; readonly next: number }
  /** A backup that executes disk reads has done all up to this one. */
  | { readonly kind: "read-through"; readonly ioId: number }
  | { readonly kind: "heartbeat"; readonly sequence: number }
  /** PROGRESS of a primary whose full buffer has stopped its machine. */
  | { readonly kind: "stopped"; readonly count: number }
  /** A backup that moves asks its primary for a moment without disk I/O. */
  | { readonly kind: "quiesce" }
  /** A backup's copy is whole at this host, and holds the log through there: its primary may admit it. */
  | { readonly kind: "moved"; readonly to: string; readonly through: number }
  | CopyMessage
);

/**
 * A running VM is copied to another host: offer, accept, pages and blocks in rounds with a
 * credit for each message, the state of all that is not RAM, done. Their generation is the one that will begin.
 */
export type CopyMessage =
  | { readonly kind: "copy-offer" }
  | { readonly kind: "copy-accept" }
  | { readonly kind: "copy-pages"; readonly pages: readonly Page[] }
  /** Of the disk, where each host has its own. */
  | { readonly kind: "copy-blocks"; readonly pages: readonly Page[] }
  | { readonly kind: "copy-credit"; readonly bytes: number }
  | ({ readonly kind: "copy-state"; readonly machine: Uint8Array } & ClonePoint)
  | { readonly kind: "copy-done" }
  | { readonly kind: "copy-abort"; readonly reason: string }
  /** The storage has admitted this pair: the generation has begun. */
  | { readonly kind: "begin"; readonly primary: string; readonly backup: string };

/** Where a copy begins to live: the log goes on behind it, without a gap. */
export interface ClonePoint {
  readonly primary: string;
  readonly backup: string;
  /** The last entry and group before it. */
  readonly lsn: number;
  readonly group: number;
  /** What the guest's clock shows. */
  readonly ticks: number;
  /** Highest lsn whose output has left. */
  readonly releasedThrough: number;
  /** Per cent of a CPU that the VM may use. */
  readonly share: number;
}

const KINDS = [
  "entries",
  "ack",
  "hello",
  "heartbeat",
  "stopped",
  "quiesce",
  "moved",
  "copy-offer",
  "copy-accept",
  "copy-pages",
  "copy-credit",
  "copy-state",
  "copy-done",
  "copy-abort",
  "begin",
  "read-through",
  "copy-blocks",
] as const;

export function encodeMessage(message: Message): Uint8Array {
  const out = new ByteWriter(bytesOf(message));
  out.u8(KINDS.indexOf(message.kind)).u32(message.generation);
  switch (message.kind) {
    case "entries":
      out.u64(message.releasedThrough).u32(message.entries.length);
      for (const entry of message.entries) writeEntry(out, entry);
      break;
    case "ack":
      out.u64(message.through).u64(message.executed);
      break;
    case "hello":
      out.u64(message.next);
      break;
    case "heartbeat":
      out.u64(message.sequence);
      break;
    case "stopped":
      out.u64(message.count);
      break;
    case "moved":
      out.text(message.to).u64(message.through);
      break;
    case "read-through":
      out.u32(message.ioId);
      break;
    case "quiesce":
    case "copy-offer":
    case "copy-accept":
    case "copy-done":
      break;
    case "copy-pages":
    case "copy-blocks":
      out.u32(message.pages.length);
      for (const { index, bytes } of message.pages) out.u32(index).bytes(bytes);
      break;
    case "copy-credit":
      out.u64(message.bytes);
      break;
    case "copy-state":
      out.text(message.primary).text(message.backup).u64(message.lsn).u64(message.group);
      out.u64(message.ticks).u64(message.releasedThrough).u8(message.share).sized(message.machine);
      break;
    case "copy-abort":
      out.text(message.reason);
      break;
    case "begin":
      out.text(message.primary).text(message.backup);
      break;
  }
  return out.finish();
}

/** What the encoding takes, exactly where it is much or often. */
function bytesOf(message: Message): number {
  switch (message.kind) {
    case "entries":
      return message.entries.reduce((sum, entry) => sum + entryBytes(entry), HEADER_BYTES + 12);
    case "ack":
      return HEADER_BYTES + 16;
    case "hello":
    case "heartbeat":
    case "stopped":
    case "read-through":
      return HEADER_BYTES + 8;
    case "copy-pages":
    case "copy-blocks":
      return HEADER_BYTES + 4 + message.pages.length * (4 + PAGE_BYTES);
    case "copy-state":
      return HEADER_BYTES + message.machine.length + 128;
    case "quiesce":
    case "moved":
    case "copy-offer":
    case "copy-accept":
    case "copy-done":
    case "copy-credit":
    case "copy-abort":
    case "begin":
      return HEADER_BYTES + 64;
  }
}

/** Kind and generation. */
const HEADER_BYTES = 5;
const PAGE_BYTES = 4_096;

/** Undefined when the bytes are damaged or make no sense. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  try {
    const input = new ByteReader(bytes);
    const code = input.u8();
    const kind = KINDS[code];
    const generation = input.u32();
    if (code === PACKED) return decodePacked(input, generation);
    switch (kind) {
      case "entries":
        return decodeEntries(input, generation);
      case "ack":
        return { kind, generation, through: input.u64(), executed: input.u64() };
      case "hello":
        return { kind, generation, next: input.u64() };
      case "heartbeat":
        return { kind, generation, sequence: input.u64() };
      case "stopped":
        return { kind, generation, count: input.u64() };
      case "quiesce":
        return { kind, generation };
      case "read-through":
        return { kind, generation, ioId: input.u32() };
      case "moved":
        return { kind, generation, to: input.text(), through: input.u64() };
      default:
        return kind === undefined ? undefined : { ...decodeCopy(kind, input), generation };
    }
  } catch {
    return undefined;
  }
}

function decodeCopy(kind: CopyMessage["kind"], input: ByteReader): CopyMessage {
  switch (kind) {
    case "copy-offer":
    case "copy-accept":
    case "copy-done":
      return { kind };
    case "copy-pages":
    case "copy-blocks": {
      const pages: Page[] = [];
      for (let left = input.u32(); left > 0; left--)
        pages.push({ index: input.u32(), bytes: input.bytes(PAGE_BYTES) });
      return { kind, pages };
    }
    case "copy-credit":
      return { kind, bytes: input.u64() };
    case "copy-state":
      return {
        kind,
        primary: input.text(),
        backup: input.text(),
        lsn: input.u64(),
        group: input.u64(),
        ticks: input.u64(),
        releasedThrough: input.u64(),
        share: input.u8(),
        machine: input.sized(),
      };
    case "copy-abort":
      return { kind, reason: input.text() };
    case "begin":
      return { kind, primary: input.text(), backup: input.text() };
  }
}

/** */
function decodePacked(input: ByteReader, generation: number): Message | undefined {
  const body = unpackedBody(input);
  return body && decodeEntries(new ByteReader(body), generation);
}

function decodeEntries(input: ByteReader, generation: number): Message | undefined {
  const releasedThrough = input.u64();
  const entries: LogEntry[] = [];
  for (let left = input.u32(); left > 0; left--) {
    const entry = decodeEntry(input);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return { kind: "entries", generation, entries, releasedThrough };
}
