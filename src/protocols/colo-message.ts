// What the two hosts of `colo` say to each other, as bytes on an ordered channel. Little-endian.

import { ByteReader, ByteWriter, utf8Encode } from "../base/bytes.ts";
import type { NumberedOutput, Page } from "../ft/protocol.ts";
import { hashOutput } from "../vm/output-hash.ts";
import { readPages, writePages } from "./shared/page-codec.ts";

/** An output as it is compared: all bytes of a frame or of console text, a disk command by its hash. */
export interface Twin {
  readonly ordinal: number;
  readonly outputClass: NumberedOutput["output"]["class"];
  readonly bytes: Uint8Array;
}

export type ColoMessage =
  // From the primary: what its machine took from outside ...
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  | { readonly kind: "entropy"; readonly bytes: Uint8Array }
  | {
      readonly kind: "disk-done";
      readonly ioId: number;
      readonly isOk: boolean;
      readonly data: Uint8Array;
    }
  // ... and how the two are made equal again: stop, pages, the end of a state.
  | { readonly kind: "stop" }
  | { readonly kind: "pages"; readonly pages: readonly Page[] }
  | { readonly kind: "end"; readonly ticks: number; readonly machine: Uint8Array }
  // From the secondary.
  | { readonly kind: "hello" }
  | { readonly kind: "performed"; readonly twins: readonly Twin[] }
  | { readonly kind: "dirtied"; readonly pages: readonly number[] }
  | { readonly kind: "equal" }
  // Both ways.
  | { readonly kind: "alive"; readonly count: number; readonly isWaiting: boolean };

const KINDS = [
  "frame",
  "entropy",
  "disk-done",
  "stop",
  "pages",
  "end",
  "hello",
  "performed",
  "dirtied",
  "equal",
  "alive",
] as const;
const CLASSES = ["network", "console", "disk"] as const;

export function twinOf({ ordinal, output }: NumberedOutput): Twin {
  const bytes = output.class === "disk" ? utf8Encode(hashOutput(output)) : output.bytes;
  return { ordinal, outputClass: output.class, bytes };
}

export function encodeColo(message: ColoMessage): Uint8Array {
  const out = new ByteWriter();
  out.u8(KINDS.indexOf(message.kind));
  switch (message.kind) {
    case "frame":
    case "entropy":
      out.sized(message.bytes);
      break;
    case "disk-done":
      out.u64(message.ioId).u8(message.isOk ? 1 : 0);
      out.sized(message.data);
      break;
    case "pages":
      writePages(out, message.pages);
      break;
    case "end":
      out.u64(message.ticks).sized(message.machine);
      break;
    case "performed":
      out.u32(message.twins.length);
      for (const { ordinal, outputClass, bytes } of message.twins)
        out.u64(ordinal).u8(CLASSES.indexOf(outputClass)).sized(bytes);
      break;
    case "dirtied":
      out.u32(message.pages.length);
      for (const index of message.pages) out.u32(index);
      break;
    case "alive":
      out.u64(message.count).u8(message.isWaiting ? 1 : 0);
      break;
    case "stop":
    case "hello":
    case "equal":
      break;
  }
  return out.finish();
}

/** Undefined when the bytes are damaged or make no sense. */
export function decodeColo(bytes: Uint8Array): ColoMessage | undefined {
  try {
    return decode(new ByteReader(bytes));
  } catch {
    return undefined;
  }
}

function decode(input: ByteReader): ColoMessage | undefined {
  const kind = KINDS[input.u8()];
  switch (kind) {
    case "frame":
    case "entropy":
      return { kind, bytes: input.sized() };
    case "disk-done":
      return { kind, ioId: input.u64(), isOk: input.u8() === 1, data: input.sized() };
    case "pages":
      return { kind, pages: readPages(input) };
    case "end":
      return { kind, ticks: input.u64(), machine: input.sized() };
    case "performed":
      return decodeTwins(input);
    case "dirtied":
      return { kind, pages: Array.from({ length: input.u32() }, () => input.u32()) };
    case "alive":
      return { kind, count: input.u64(), isWaiting: input.u8() === 1 };
    case "stop":
    case "hello":
    case "equal":
      return { kind };
    default:
      return undefined;
  }
}

function decodeTwins(input: ByteReader): ColoMessage | undefined {
  const twins: Twin[] = [];
  for (let left = input.u32(); left > 0; left--) {
    const ordinal = input.u64();
    const outputClass = CLASSES[input.u8()];
    if (outputClass === undefined) return undefined;
    twins.push({ ordinal, outputClass, bytes: input.sized() });
  }
  return { kind: "performed", twins };
}
