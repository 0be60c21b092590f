// What hosts and the cluster service say to each other, as bytes: single datagrams, each of which may
// be lost and is then said again.

import { ByteReader, ByteWriter } from "../base/bytes.ts";

export type ClusterMessage =
  | { readonly kind: "report"; readonly host: string; readonly isFree: boolean }
  /** The VM runs alone on `host` since this generation. */
  | { readonly kind: "need-backup"; readonly host: string; readonly generation: number }
  | { readonly kind: "place"; readonly host: string; readonly generation: number };

const KINDS = ["report", "need-backup", "place"] as const;

export function encodeClusterMessage(message: ClusterMessage): Uint8Array {
  const out = new ByteWriter(64);
  out.u8(KINDS.indexOf(message.kind)).text(message.host);
  if (message.kind === "report") out.u8(message.isFree ? 1 : 0);
  else out.u32(message.generation);
  return out.finish();
}

/** Undefined when the bytes are damaged or make no sense. */
export function decodeClusterMessage(bytes: Uint8Array): ClusterMessage | undefined {
  try {
    const input = new ByteReader(bytes);
    const kind = KINDS[input.u8()];
    if (kind === undefined) return undefined;
    const host = input.text();
    return kind === "report"
      ? { kind, host, isFree: input.u8() === 1 }
      : { kind, host, generation: input.u32() };
  } catch {
    return undefined;
  }
}
