// What clients and the register service say to each other: one datagram each way. A request has a
// number of its client's own, so that it may be sent again and counts once.

import { ByteReader, ByteWriter } from "../base/bytes.ts";

export type RegisterOp = "get" | "set" | "incr";

export interface RegisterRequest {
  readonly client: number;
  /** Ascending with each operation of this client, from 1. */
  readonly number: number;
  readonly op: RegisterOp;
  readonly register: number;
  /** What is set; else 0. */
  readonly value: number;
}

export interface RegisterReply {
  readonly client: number;
  readonly number: number;
  /** `nothing`: nobody has ever written there. */
  readonly kind: "nothing" | "value" | "done";
  readonly value: number;
  /** The service's trace: what it was given so far, and when. */
  readonly trace: number;
}

/** Registers that are set and read; those from here on are counted up. */
export const COUNTERS_FROM = 32;
export const REGISTERS = 64;
export const REGISTER_CLIENTS = 16;

const REQUEST = 0x46545251;
const REPLY = 0x46545250;
const OPS = ["get", "set", "incr"] as const;
const KINDS = ["nothing", "value", "done"] as const;

export function encodeRequest(request: RegisterRequest): Uint8Array {
  const { client, number, op, register, value } = request;
  return new ByteWriter(20)
    .u32(REQUEST)
    .u16(client)
    .u8(OPS.indexOf(op))
    .u8(register)
    .u32(number)
    .u32(value)
    .finish();
}

/** Undefined for what is no request. */
export function decodeRequest(bytes: Uint8Array): RegisterRequest | undefined {
  if (bytes.length !== 16) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== REQUEST) return undefined;
  const client = reader.u16();
  const op = OPS[reader.u8()];
  const register = reader.u8();
  const number = reader.u32();
  const value = reader.u32();
  const isKnown = client < REGISTER_CLIENTS && register < REGISTERS && number > 0;
  return op === undefined || !isKnown ? undefined : { client, number, op, register, value };
}

export function encodeReply({ client, number, kind, value, trace }: RegisterReply): Uint8Array {
  return new ByteWriter(20)
    .u32(REPLY)
    .u16(client)
    .u16(KINDS.indexOf(kind))
    .u32(number)
    .u32(value)
    .u32(trace >>> 0)
    .finish();
}

export function decodeReply(bytes: Uint8Array): RegisterReply | undefined {
  if (bytes.length !== 20) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== REPLY) return undefined;
  const client = reader.u16();
  const kind = KINDS[reader.u16()];
  const [number, value, trace] = [reader.u32(), reader.u32(), reader.u32()];
  return kind === undefined ? undefined : { client, number, kind, value, trace };
}
