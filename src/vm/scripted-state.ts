// The state of a scripted machine beside its RAM, its bytes, and what it gives to the state hash.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type Digest, hashBytes } from "../base/digest.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { DiskRequest } from "./exit.ts";
import type { Arrival } from "./script.ts";

export interface ScriptedDisk {
  readonly request: DiskRequest;
  /** Where its 512 bytes of RAM begin. */
  readonly word: number;
}

export interface ScriptedState {
  count: number;
  /** Where the script goes on, after so many steps of work. */
  phase: number;
  work: number;
  isWaiting: boolean;
  /** Why it halted; "" while it runs. */
  halted: string;
  /** All that came in, each at its step. */
  traceA: number;
  traceB: number;
  /** The last answers. */
  ticks: number;
  entropy: Uint8Array;
  /** Whether the answer to the step at which it stands is there. */
  isAnswered: boolean;
  deadline: number | undefined;
  nextIoId: number;
  pending: readonly ScriptedDisk[];
  arrivals: readonly Arrival[];
}

/** "FTSM", and the version of what follows. */
const MAGIC = 0x4d535446;
const VERSION = 1;
const OPERATIONS = ["read", "write", "flush"] as const;
const ARRIVALS = ["timer", "frame", "byte", "disk-done"] as const;

export function mixScripted(digest: Digest, state: ScriptedState): void {
  digest.integer(state.count);
  digest.word(state.phase);
  digest.integer(state.work);
  digest.word((state.isWaiting ? 1 : 0) | (state.isAnswered ? 2 : 0));
  digest.text(state.halted);
  digest.word(state.traceA);
  digest.word(state.traceB);
  digest.integer(state.ticks);
  digest.text(hashBytes(state.entropy));
  digest.integer(state.deadline ?? -1);
  digest.integer(state.nextIoId);
  digest.word(state.pending.length);
  for (const { request, word } of state.pending) {
    digest.integer(request.ioId);
    digest.text(request.op);
    digest.integer(request.sector);
    digest.text(hashBytes(request.data));
    digest.word(word);
  }
  digest.word(state.arrivals.length);
  for (const arrival of state.arrivals) mixArrival(digest, arrival);
}

function mixArrival(digest: Digest, arrival: Arrival): void {
  digest.text(arrival.kind);
  if (arrival.kind === "frame") digest.text(hashBytes(arrival.bytes));
  if (arrival.kind === "byte") digest.word(arrival.byte);
  if (arrival.kind === "disk-done") digest.integer(arrival.isOk ? arrival.ioId : -arrival.ioId);
}

export function encodeScripted(script: string, state: ScriptedState): Uint8Array {
  const writer = new ByteWriter(512);
  writer.u32(MAGIC).u16(VERSION).text(script);
  writer.u64(state.count).u16(state.phase).u64(state.work);
  writer.u8((state.isWaiting ? 1 : 0) | (state.isAnswered ? 2 : 0)).text(state.halted);
  writer.u32(state.traceA >>> 0).u32(state.traceB >>> 0);
  writer.u64(state.ticks).sized(state.entropy);
  writer.u8(state.deadline === undefined ? 0 : 1).u64(state.deadline ?? 0);
  writer.u64(state.nextIoId).u32(state.pending.length);
  for (const { request, word } of state.pending) {
    const { ioId, op, sector, sectorCount, data, pages } = request;
    writer.u64(ioId).u8(OPERATIONS.indexOf(op)).u64(sector).u32(sectorCount).sized(data).u32(word);
    writer.u32(pages.length);
    for (const page of pages) writer.u32(page);
  }
  writer.u32(state.arrivals.length);
  for (const arrival of state.arrivals) encodeArrival(writer, arrival);
  return writer.finish();
}

function encodeArrival(writer: ByteWriter, arrival: Arrival): void {
  writer.u8(ARRIVALS.indexOf(arrival.kind));
  if (arrival.kind === "frame") writer.sized(arrival.bytes);
  if (arrival.kind === "byte") writer.u8(arrival.byte);
  if (arrival.kind === "disk-done") writer.u64(arrival.ioId).u8(arrival.isOk ? 1 : 0);
}

export function decodeScripted(script: string, bytes: Uint8Array): Result<ScriptedState> {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) return err("machine state: wrong magic at byte 0");
    const version = reader.u16();
    if (version !== VERSION) return err(`machine state: version ${version}, expected ${VERSION}`);
    const name = reader.text();
    if (name !== script) return err(`machine state: of the script ${name}, expected ${script}`);
    const state = decodeBody(reader);
    if (reader.left > 0) return err(`machine state: ${reader.left} bytes too many`);
    return ok(state);
  } catch (error) {
    if (error instanceof RangeError) return err(`machine state: cut short (${error.message})`);
    throw error;
  }
}

function decodeBody(reader: ByteReader): ScriptedState {
  const [count, phase, work, flags, halted] = [
    reader.u64(),
    reader.u16(),
    reader.u64(),
    reader.u8(),
    reader.text(),
  ];
  const [traceA, traceB] = [reader.u32() | 0, reader.u32() | 0];
  const [ticks, entropy] = [reader.u64(), reader.sized().slice()];
  const [hasDeadline, deadline] = [reader.u8() === 1, reader.u64()];
  const nextIoId = reader.u64();
  const pending: ScriptedDisk[] = [];
  for (let left = reader.u32(); left > 0; left--) pending.push(decodePending(reader));
  const arrivals: Arrival[] = [];
  for (let left = reader.u32(); left > 0; left--) arrivals.push(decodeArrival(reader));
  return {
    count,
    phase,
    work,
    isWaiting: (flags & 1) !== 0,
    halted,
    traceA,
    traceB,
    ticks,
    entropy,
    isAnswered: (flags & 2) !== 0,
    deadline: hasDeadline ? deadline : undefined,
    nextIoId,
    pending,
    arrivals,
  };
}

function decodePending(reader: ByteReader): ScriptedDisk {
  const ioId = reader.u64();
  const op = OPERATIONS[reader.u8()];
  if (op === undefined) throw new RangeError(`unknown operation at ${reader.offset}`);
  const [sector, sectorCount, data, word] = [
    reader.u64(),
    reader.u32(),
    reader.sized().slice(),
    reader.u32(),
  ];
  const pages: number[] = [];
  for (let left = reader.u32(); left > 0; left--) pages.push(reader.u32());
  return { request: { ioId, op, sector, sectorCount, data, pages }, word };
}

function decodeArrival(reader: ByteReader): Arrival {
  const kind = ARRIVALS[reader.u8()];
  switch (kind) {
    case "timer":
      return { kind };
    case "frame":
      return { kind, bytes: reader.sized().slice() };
    case "byte":
      return { kind, byte: reader.u8() };
    case "disk-done": {
      const ioId = reader.u64();
      return { kind, ioId, isOk: reader.u8() === 1 };
    }
    default:
      throw new RangeError(`unknown arrival at ${reader.offset}`);
  }
}
