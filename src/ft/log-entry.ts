// Log entries: the non-determinism of one execution, each with the exact position at which it
// belongs. A position is (count, before | during): asynchronous entries are applied
// before step `count`, synchronous ones happen in it. All entries of one step form a group whose
// last one is marked; a group is replayed whole or not at all.
//
// On the wire (little-endian): u32 length, u32 crc of what follows, u64 lsn, u64 count, u8 phase,
// u64 group, u8 group end, u64 primary's clock (offset), u8 kind, body.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import { Digest, hashBytes } from "../base/digest.ts";
import type { Output } from "../vm/exit.ts";

export type EntryBody =
  | { readonly kind: "timer" }
  | { readonly kind: "net-rx"; readonly frames: readonly Uint8Array[] }
  | {
      readonly kind: "disk-done";
      readonly ioId: number;
      readonly status: "ok" | "error";
      readonly data: Uint8Array;
    }
  | { readonly kind: "uart-rx"; readonly byte: number }
  | { readonly kind: "time"; readonly ticks: number }
  | { readonly kind: "entropy"; readonly bytes: Uint8Array }
  | {
      readonly kind: "output";
      readonly outputClass: Output["class"];
      readonly ordinal: number;
      readonly ioId: number;
      readonly hash: string;
    }
  /** What concerns both sides (R-8.1; `value`: the share, per cent), and the moment without disk I/O that a move asks for. */
  | { readonly kind: "control"; readonly op: (typeof CONTROLS)[number]; readonly value: number }
  /** Keep-alive: how far the primary is, and whether it runs (D12). */
  | { readonly kind: "progress"; readonly state: "running" | "waiting" };

export interface LogEntry {
  readonly lsn: number;
  readonly count: number;
  readonly phase: "before" | "during";
  readonly group: number;
  readonly isGroupEnd: boolean;
  /** The primary's clock when it was appended, ns: for the lag. */
  readonly clock: number;
  readonly body: EntryBody;
}

const CONTROLS = ["power-off", "quiesced", "cpu-share"] as const;
const KINDS = [
  "timer",
  "net-rx",
  "disk-done",
  "uart-rx",
  "time",
  "entropy",
  "output",
  "progress",
  "control",
] as const;
const CLASSES = ["network", "console", "disk"] as const;
const STATES = ["running", "waiting"] as const;

export function encodeEntry(entry: LogEntry): Uint8Array {
  const out = new ByteWriter(entryBytes(entry));
  writeEntry(out, entry);
  return out.finish();
}

export function writeEntry(out: ByteWriter, entry: LogEntry): void {
  const start = out.length;
  out.u32(0).u32(0);
  out
    .u64(entry.lsn)
    .u64(entry.count)
    .u8(entry.phase === "before" ? 0 : 1);
  out
    .u64(entry.group)
    .u8(entry.isGroupEnd ? 1 : 0)
    .u64(entry.clock + CLOCK_OFFSET);
  out.u8(KINDS.indexOf(entry.body.kind));
  encodeBody(out, entry.body);
  const content = out.written(start + 8);
  out.patchU32(start, content.length).patchU32(start + 4, crc32(content));
}

/** Bytes that an entry takes on the wire and, by our reckoning, in a log buffer. */
export function entryBytes(entry: LogEntry): number {
  return ENTRY_HEADER_BYTES + bodyBytes(entry.body);
}

/** A clock that was set back may show less than zero: readings are written as if this much later. */
const CLOCK_OFFSET = 4_000_000_000_000_000;

/** Length, crc, lsn, count, phase, group, group end, clock, kind. */
const ENTRY_HEADER_BYTES = 4 + 4 + 8 + 8 + 1 + 8 + 1 + 8 + 1;

function bodyBytes(body: EntryBody): number {
  switch (body.kind) {
    case "timer":
      return 0;
    case "net-rx":
      return body.frames.reduce((sum, frame) => sum + 4 + frame.length, 4);
    case "disk-done":
      return 9 + body.data.length;
    case "uart-rx":
    case "progress":
      return 1;
    case "control":
      return 2;
    case "time":
      return 8;
    case "entropy":
      return 4 + body.bytes.length;
    case "output":
      return 17 + body.hash.length;
  }
}

/** Undefined when the entry is damaged: that is a failure of the channel, never replayed. */
export function decodeEntry(input: ByteReader): LogEntry | undefined {
  const length = input.u32();
  const crc = input.u32();
  const content = input.bytes(length);
  if (crc32(content) !== crc) return undefined;
  const reader = new ByteReader(content);
  const lsn = reader.u64();
  const count = reader.u64();
  const phase = reader.u8() === 0 ? "before" : "during";
  const group = reader.u64();
  const isGroupEnd = reader.u8() === 1;
  const clock = reader.u64() - CLOCK_OFFSET;
  const body = decodeBody(reader);
  return body === undefined ? undefined : { lsn, count, phase, group, isGroupEnd, clock, body };
}

/** Identifies what an entry says, whatever its lsn. */
export function hashEntry(entry: LogEntry): string {
  const digest = new Digest();
  digest.integer(entry.count);
  digest.word(entry.phase === "before" ? 0 : 1);
  digest.word(KINDS.indexOf(entry.body.kind));
  mixBody(digest, entry.body);
  return digest.toString();
}

function mixBody(digest: Digest, body: EntryBody): void {
  switch (body.kind) {
    case "timer":
      break;
    case "net-rx":
      for (const frame of body.frames) digest.text(hashBytes(frame));
      break;
    case "disk-done":
      digest.word(body.ioId);
      digest.text(body.status);
      digest.text(hashBytes(body.data));
      break;
    case "uart-rx":
      digest.word(body.byte);
      break;
    case "time":
      digest.integer(body.ticks);
      break;
    case "entropy":
      digest.bytes(body.bytes);
      break;
    case "output":
      digest.text(body.outputClass);
      digest.integer(body.ordinal);
      digest.word(body.ioId);
      digest.text(body.hash);
      break;
    case "progress":
      digest.text(body.state);
      break;
    case "control":
      digest.text(body.op);
      digest.word(body.value);
      break;
  }
}

function encodeBody(out: ByteWriter, body: EntryBody): void {
  switch (body.kind) {
    case "timer":
      break;
    case "net-rx":
      out.u32(body.frames.length);
      for (const frame of body.frames) out.sized(frame);
      break;
    case "disk-done":
      out
        .u32(body.ioId)
        .u8(body.status === "ok" ? 0 : 1)
        .sized(body.data);
      break;
    case "uart-rx":
      out.u8(body.byte);
      break;
    case "time":
      out.u64(body.ticks);
      break;
    case "entropy":
      out.sized(body.bytes);
      break;
    case "output":
      out.u8(CLASSES.indexOf(body.outputClass)).u64(body.ordinal).u32(body.ioId).text(body.hash);
      break;
    case "progress":
      out.u8(STATES.indexOf(body.state));
      break;
    case "control":
      out.u8(CONTROLS.indexOf(body.op)).u8(body.value);
      break;
  }
}

function decodeBody(input: ByteReader): EntryBody | undefined {
  const kind = KINDS[input.u8()];
  switch (kind) {
    case "timer":
      return { kind };
    case "net-rx": {
      const frames: Uint8Array[] = [];
      for (let left = input.u32(); left > 0; left--) frames.push(input.sized());
      return { kind, frames };
    }
    case "disk-done":
      return {
        kind,
        ioId: input.u32(),
        status: input.u8() === 0 ? "ok" : "error",
        data: input.sized(),
      };
    case "uart-rx":
      return { kind, byte: input.u8() };
    case "time":
      return { kind, ticks: input.u64() };
    case "entropy":
      return { kind, bytes: input.sized() };
    case "output": {
      const outputClass = CLASSES[input.u8()] ?? "network";
      return { kind, outputClass, ordinal: input.u64(), ioId: input.u32(), hash: input.text() };
    }
    case "progress":
      return { kind, state: STATES[input.u8()] ?? "running" };
    case "control":
      return { kind, op: CONTROLS[input.u8()] ?? "quiesced", value: input.u8() };
    default:
      return undefined;
  }
}
