// What a dynamically linked program needs before it can run: its interpreter and its libraries
// (System V ABI, chapter 5). Only files out of signed packages are read here.

import { UsageError } from "../usage-error.ts";

export interface ElfNeeds {
  /** Absolute; undefined for a library. */
  readonly interpreter: string | undefined;
  /** Names of shared objects, as the program asks for them. */
  readonly libraries: readonly string[];
}

const PROGRAM_HEADER_BYTES = 56;
const LOAD = 1;
const DYNAMIC = 2;
const INTERPRETER = 3;
const NEEDED = 1;
const STRING_TABLE = 5;
const DYNAMIC_ENTRY_BYTES = 16;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

export function elfNeeds(elf: Buffer, name: string): ElfNeeds {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46)
    throw new UsageError(`${name}: not an ELF file`);
  const segments = readSegments(elf);
  const interpreter = segments.find(({ type }) => type === INTERPRETER);
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  return {
    interpreter: interpreter && textAt(elf, interpreter.offset),
    libraries: dynamic === undefined ? [] : readNeeded(elf, segments, dynamic),
  };
}

function readSegments(elf: Buffer): readonly Segment[] {
  const table = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const at = table + index * PROGRAM_HEADER_BYTES;
    return {
      type: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
      bytes: Number(elf.readBigUInt64LE(at + 32)),
    };
  });
}

function readNeeded(
  elf: Buffer,
  segments: readonly Segment[],
  { offset, bytes }: Segment,
): readonly string[] {
  const entries = Array.from({ length: bytes / DYNAMIC_ENTRY_BYTES }, (_, index) => {
    const at = offset + index * DYNAMIC_ENTRY_BYTES;
    return {
      tag: Number(elf.readBigInt64LE(at)),
      value: Number(elf.readBigUInt64LE(at + 8)),
    };
  });
  const strings = entries.find(({ tag }) => tag === STRING_TABLE);
  if (strings === undefined) return [];
  const base = fileOffset(segments, strings.value);
  return entries.filter(({ tag }) => tag === NEEDED).map(({ value }) => textAt(elf, base + value));
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const holder = segments.find(
    (segment) =>
      segment.type === LOAD &&
      address >= segment.address &&
      address < segment.address + segment.bytes,
  );
  return holder === undefined ? 0 : address - holder.address + holder.offset;
}

function textAt(elf: Buffer, at: number): string {
  return elf.toString("utf8", at, elf.indexOf(0, at));
}
