// The storage server's messages, as bytes (little-endian). A command carries a fence token
// (generation, owner); the server answers with the tag that the initiator gave. Every message ends
// in a CRC, as on a real fabric: a corrupted one is as good as lost.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";

export interface FenceToken {
  readonly generation: number;
  readonly owner: string;
}

export type StorageBody =
  | {
      readonly kind: "read";
      readonly ioId: number;
      readonly sector: number;
      readonly sectorCount: number;
    }
  | {
      readonly kind: "write";
      readonly ioId: number;
      readonly sector: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: "flush"; readonly ioId: number }
  /** A read of a member that follows the VM and does not have it. */
  | {
      readonly kind: "member-read";
      readonly ioId: number;
      readonly sector: number;
      readonly sectorCount: number;
    }
  | { readonly kind: "test-and-set"; readonly generation: number; readonly owner: string }
  | {
      readonly kind: "open";
      readonly generation: number;
      readonly primary: string;
      readonly backup: string;
    }
  /** Reads the record of the VM: who may ask is anybody. */
  | { readonly kind: "inquire" };

/** The durable record of a VM, as an inquiry is answered; `winner` is "" while the flag is free. */
export interface StorageRecord {
  readonly generation: number;
  readonly primary: string;
  readonly backup: string;
  readonly winner: string;
}

export interface StorageCommand {
  readonly vm: string;
  readonly initiator: string;
  /** Start number of the initiator: tags of an earlier life are not confused with today's. */
  readonly session: number;
  /** Unique in the session. A retry carries the same tag, and is applied once. */
  readonly tag: number;
  readonly fence: FenceToken;
  readonly body: StorageBody;
}

export type StorageStatus = "ok" | "fenced" | "error" | "won" | "lost";

export interface StorageReply {
  readonly session: number;
  readonly tag: number;
  readonly status: StorageStatus;
  readonly data: Uint8Array;
}

const KINDS = ["read", "write", "flush", "test-and-set", "open", "inquire", "member-read"] as const;
const STATUSES = ["ok", "fenced", "error", "won", "lost"] as const;

export function encodeCommand(command: StorageCommand): Uint8Array {
  const data = command.body.kind === "write" ? command.body.data.length : 0;
  const out = new ByteWriter(80 + data);
  out.text(command.vm).text(command.initiator).u32(command.session).u32(command.tag);
  out.u32(command.fence.generation).text(command.fence.owner);
  encodeBody(out, command.body);
  return sealed(out);
}

function encodeBody(out: ByteWriter, body: StorageBody): void {
  out.u8(KINDS.indexOf(body.kind));
  switch (body.kind) {
    case "read":
    case "member-read":
      out.u32(body.ioId).u64(body.sector).u32(body.sectorCount);
      break;
    case "write":
      out.u32(body.ioId).u64(body.sector).sized(body.data);
      break;
    case "flush":
      out.u32(body.ioId);
      break;
    case "test-and-set":
      out.u32(body.generation).text(body.owner);
      break;
    case "open":
      out.u32(body.generation).text(body.primary).text(body.backup);
      break;
    case "inquire":
      break;
  }
}

/** Undefined when the bytes are no command. */
export function decodeCommand(bytes: Uint8Array): StorageCommand | undefined {
  try {
    const input = unsealed(bytes);
    if (input === undefined) return undefined;
    const vm = input.text();
    const initiator = input.text();
    const session = input.u32();
    const tag = input.u32();
    const fence = { generation: input.u32(), owner: input.text() };
    const body = decodeBody(input);
    return body === undefined ? undefined : { vm, initiator, session, tag, fence, body };
  } catch {
    return undefined;
  }
}

function decodeBody(input: ByteReader): StorageBody | undefined {
  const kind = KINDS[input.u8()];
  switch (kind) {
    case "read":
    case "member-read":
      return { kind, ioId: input.u32(), sector: input.u64(), sectorCount: input.u32() };
    case "write":
      return { kind, ioId: input.u32(), sector: input.u64(), data: input.sized() };
    case "flush":
      return { kind, ioId: input.u32() };
    case "test-and-set":
      return { kind, generation: input.u32(), owner: input.text() };
    case "open":
      return { kind, generation: input.u32(), primary: input.text(), backup: input.text() };
    case "inquire":
      return { kind };
    default:
      return undefined;
  }
}

export function encodeReply(reply: StorageReply): Uint8Array {
  const out = new ByteWriter(17 + reply.data.length);
  out.u32(reply.session).u32(reply.tag).u8(STATUSES.indexOf(reply.status));
  return sealed(out.sized(reply.data));
}

export function decodeReply(bytes: Uint8Array): StorageReply | undefined {
  try {
    const input = unsealed(bytes);
    if (input === undefined) return undefined;
    const session = input.u32();
    const tag = input.u32();
    const status = STATUSES[input.u8()];
    return status === undefined ? undefined : { session, tag, status, data: input.sized() };
  } catch {
    return undefined;
  }
}

/** The data of the answer to an inquiry. */
export function encodeRecord(record: StorageRecord): Uint8Array {
  const out = new ByteWriter(32);
  return out
    .u32(record.generation)
    .text(record.primary)
    .text(record.backup)
    .text(record.winner)
    .finish();
}

export function decodeRecord(bytes: Uint8Array): StorageRecord | undefined {
  try {
    const input = new ByteReader(bytes);
    const [generation, primary] = [input.u32(), input.text()];
    return { generation, primary, backup: input.text(), winner: input.text() };
  } catch {
    return undefined;
  }
}

function sealed(out: ByteWriter): Uint8Array {
  return out.u32(crc32(out.written(0))).finish();
}

function unsealed(bytes: Uint8Array): ByteReader | undefined {
  if (bytes.length < 4) return undefined;
  const body = bytes.subarray(0, bytes.length - 4);
  const expected = new ByteReader(bytes.subarray(bytes.length - 4)).u32();
  return crc32(body) === expected ? new ByteReader(body) : undefined;
}
