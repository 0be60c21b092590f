// What the hosts of the `checkpoints` protocol say to each other. A checkpoint travels in parts, so
// that a large one does not look like silence, and is one only when its end is here. Little-endian.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Page } from "../ft/protocol.ts";
import { readPages, writePages } from "./shared/page-codec.ts";

export type CheckpointMessage =
  | { readonly kind: "pages"; readonly number: number; readonly pages: readonly Page[] }
  /** The rest of a checkpoint: all state but RAM, and the guest's clock at that moment. */
  | {
      readonly kind: "end";
      readonly number: number;
      readonly count: number;
      readonly isWaiting: boolean;
      readonly ticks: number;
      readonly machine: Uint8Array;
    }
  /** The backup has applied all checkpoints up to this one. */
  | { readonly kind: "ack"; readonly through: number }
  /** The backup after a (re)connect: the checkpoint that it needs next. */
  | { readonly kind: "hello"; readonly next: number }
  /** The primary has nothing to send yet and lives. */
  | { readonly kind: "alive"; readonly count: number; readonly isWaiting: boolean };

const KINDS = ["pages", "end", "ack", "hello", "alive"] as const;

export function encodeCheckpoint(message: CheckpointMessage): Uint8Array {
  const out = new ByteWriter(message.kind === "pages" ? 16 + message.pages.length * 4_100 : 64);
  out.u8(KINDS.indexOf(message.kind));
  switch (message.kind) {
    case "pages":
      writePages(out.u64(message.number), message.pages);
      break;
    case "end":
      out
        .u64(message.number)
        .u64(message.count)
        .u8(message.isWaiting ? 1 : 0);
      out.u64(message.ticks).sized(message.machine);
      break;
    case "ack":
      out.u64(message.through);
      break;
    case "hello":
      out.u64(message.next);
      break;
    case "alive":
      out.u64(message.count).u8(message.isWaiting ? 1 : 0);
      break;
  }
  return out.finish();
}

/** Undefined when the bytes are damaged or make no sense. */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointMessage | undefined {
  try {
    const input = new ByteReader(bytes);
    const kind = KINDS[input.u8()];
    switch (kind) {
      case "pages":
        return { kind, number: input.u64(), pages: readPages(input) };
      case "end":
        return {
          kind,
          number: input.u64(),
          count: input.u64(),
          isWaiting: input.u8() === 1,
          ticks: input.u64(),
          machine: input.sized(),
        };
      case "ack":
        return { kind, through: input.u64() };
      case "hello":
        return { kind, next: input.u64() };
      case "alive":
        return { kind, count: input.u64(), isWaiting: input.u8() === 1 };
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
