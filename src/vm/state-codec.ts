// The bytes of everything but RAM: for a protocol that ships state (Machine.exportState), and for the
// part of the state hash that is not in the core's memory. Equal states give equal bytes.

import { ByteReader, ByteWriter, equalBytes } from "../base/bytes.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { MachineConfig } from "./config.ts";
import { DEVICE_WORDS, CPU_BYTES } from "./layout.ts";
import { type IoState, pagesOf, type PendingDisk, type Segment } from "./devices/io-state.ts";

/** "FTVM", and the version of what follows. */
const MAGIC = 0x4d565446;
const VERSION = 1;
const CPU_WORDS = CPU_BYTES >> 2;
const OPERATIONS = ["read", "write", "flush"] as const;

export interface ExportedState {
  /** The CPU block and the device block, as words. */
  readonly words: Uint32Array;
  readonly io: IoState;
}

export function encodeState(config: MachineConfig, state: ExportedState): Uint8Array {
  const writer = new ByteWriter(8192);
  writer.u32(MAGIC).u16(VERSION);
  encodeConfig(writer, config);
  for (let i = 0; i < CPU_WORDS + DEVICE_WORDS; i++) writer.u32(state.words[i]);
  encodeIo(writer, state.io);
  return writer.finish();
}

/** What makes two machines different before they run. */
export function encodeConfig(writer: ByteWriter, config: MachineConfig): void {
  writer.u64(config.ramBytes).u64(config.diskSectors).bytes(config.mac);
  const { accessedDirty, firmware, rules, tohost } = config;
  const isFault = accessedDirty === "fault" ? 2 : 0;
  const hasTohost = tohost === undefined ? 0 : 4;
  const hasFirmware = firmware === "sbi" ? 8 : 0;
  writer.u8((rules.bounceBuffers ? 1 : 0) | isFault | hasTohost | hasFirmware);
  if (tohost !== undefined) writer.u64(tohost);
}

export function sameConfig(a: MachineConfig, b: MachineConfig): boolean {
  if (a === b) return true;
  const writers = [new ByteWriter(64), new ByteWriter(64)] as const;
  encodeConfig(writers[0], a);
  encodeConfig(writers[1], b);
  return equalBytes(writers[0].finish(), writers[1].finish());
}

export function encodeIo(writer: ByteWriter, io: IoState): void {
  writer.u64(io.nextIoId).u32(io.pending.length);
  for (const item of io.pending) encodePending(writer, item);
  writer.u32(io.received.length);
  for (const frame of io.received) writer.sized(frame);
  writer.u8(io.entropy ? 1 : 0).sized(io.entropy ?? new Uint8Array(0));
}

function encodePending(writer: ByteWriter, item: PendingDisk): void {
  const { ioId, op, sector, sectorCount, data } = item.request;
  writer.u64(ioId).u8(OPERATIONS.indexOf(op)).u64(sector).u32(sectorCount).sized(data);
  writer
    .u32(item.head)
    .u64(item.statusAddress)
    .u8(item.isOrphan ? 1 : 0);
  writer.u32(item.segments.length);
  for (const { address, length } of item.segments) writer.u64(address).u32(length);
}

export function decodeState(config: MachineConfig, bytes: Uint8Array): Result<ExportedState> {
  const expected = new ByteWriter(64);
  encodeConfig(expected, config);
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) return err("machine state: wrong magic at byte 0");
    const version = reader.u16();
    if (version !== VERSION) return err(`machine state: version ${version}, expected ${VERSION}`);
    const found = reader.bytes(expected.length);
    if (!equalBytes(expected.finish(), found))
      return err("machine state: made by a machine with another configuration");
    const words = new Uint32Array(CPU_WORDS + DEVICE_WORDS);
    for (let i = 0; i < words.length; i++) words[i] = reader.u32();
    const io = decodeIo(reader);
    if (reader.left > 0) return err(`machine state: ${reader.left} bytes too many`);
    return ok({ words, io });
  } catch (error) {
    if (error instanceof RangeError) return err(`machine state: cut short (${error.message})`);
    throw error;
  }
}

function decodeIo(reader: ByteReader): IoState {
  const nextIoId = reader.u64();
  const pending: PendingDisk[] = [];
  for (let left = reader.u32(); left > 0; left--) pending.push(decodePending(reader));
  const received: Uint8Array[] = [];
  for (let left = reader.u32(); left > 0; left--) received.push(reader.sized().slice());
  const hasEntropy = reader.u8() === 1;
  const entropy = reader.sized().slice();
  return { nextIoId, pending, received, entropy: hasEntropy ? entropy : undefined };
}

function decodePending(reader: ByteReader): PendingDisk {
  const ioId = reader.u64();
  const op = OPERATIONS[reader.u8()];
  if (op === undefined) throw new RangeError(`unknown operation at ${reader.offset}`);
  const sector = reader.u64();
  const sectorCount = reader.u32();
  const data = reader.sized().slice();
  const head = reader.u32();
  const statusAddress = reader.u64();
  const isOrphan = reader.u8() === 1;
  const segments: Segment[] = [];
  for (let left = reader.u32(); left > 0; left--)
    segments.push({ address: reader.u64(), length: reader.u32() });
  const pages = pagesOf(segments);
  const request = { ioId, op, sector, sectorCount, data, pages };
  return { request, head, statusAddress, segments, isOrphan };
}
