// What the two hypervisors say to each other, as bytes. Entries and acks travel on the log channel
// (an ordered byte stream, TCP); heartbeats are datagrams. Every message carries its
// generation: a participant of a later one ignores it (INV-43).

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { decodeEntry, entryBytes, type LogEntry, writeEntry } from "./log-entry.ts";

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
  | { readonly kind: "heartbeat"; readonly sequence: number }
  /** PROGRESS of a primary whose full buffer has stopped its machine. */
  | { readonly kind: "stopped"; readonly count: number }
);

const KINDS = ["entries", "ack", "hello", "heartbeat", "stopped"] as const;

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
  }
  return out.finish();
}

/** Exactly what the encoding takes. */
function bytesOf(message: Message): number {
  switch (message.kind) {
    case "entries":
      return message.entries.reduce((sum, entry) => sum + entryBytes(entry), HEADER_BYTES + 12);
    case "ack":
      return HEADER_BYTES + 16;
    case "hello":
    case "heartbeat":
    case "stopped":
      return HEADER_BYTES + 8;
  }
}

/** Kind and generation. */
const HEADER_BYTES = 5;

/** Undefined when the bytes are damaged or make no sense. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  try {
    const input = new ByteReader(bytes);
    const kind = KINDS[input.u8()];
    const generation = input.u32();
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
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
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
