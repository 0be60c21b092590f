// A loader for statically linked RISC-V programs: ELF64, little-endian (System V ABI, chapter 4). A
// file is a host's input and may be cut or damaged: every answer is a Result, nothing throws.

import { utf8Decode } from "../base/bytes.ts";
import { err, ok, type Result } from "../base/result.ts";

export interface ElfSymbol {
  readonly address: number;
  readonly size: number;
}

export interface LoadedElf {
  readonly entry: bigint;
  /** By name; of several symbols with one name the first. */
  readonly symbols: ReadonlyMap<string, ElfSymbol>;
}

interface ElfSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface ParsedElf extends LoadedElf {
  readonly segments: readonly ElfSegment[];
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const RISCV = 243;
const LOADABLE = 1;
const SYMBOL_TABLE = 2;
const MOST_HEADERS = 4096;
const MOST_SYMBOLS = 1_000_000;
const MOST_NAME = 4096;
const TWO_POW_32 = 4294967296;

/** Checks a program against RAM at [ramBase, ramBase + ramBytes) and cuts it into segments. */
export function parseElf(elf: Uint8Array, ramBase: number, ramBytes: number): Result<ParsedElf> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const problem = checkHeader(elf, view);
  if (problem !== undefined) return err(`ELF: ${problem}`);
  const entry = view.getBigUint64(24, true);
  if (entry < BigInt(ramBase) || entry >= BigInt(ramBase + ramBytes))
    return err(`ELF: entry 0x${entry.toString(16)} lies outside RAM`);
  const segments = readSegments(elf, view, { base: ramBase, bytes: ramBytes });
  if (!segments.ok) return segments;
  const symbols = readSymbols(elf, view);
  return symbols.ok ? ok({ entry, symbols: symbols.value, segments: segments.value }) : symbols;
}

function checkHeader(elf: Uint8Array, view: DataView): string | undefined {
  if (elf.length < HEADER_BYTES) return `${elf.length} bytes, shorter than the header`;
  if (view.getUint32(0, false) !== 0x7f454c46) return "wrong magic at byte 0";
  if (elf[4] !== 2 || elf[5] !== 1) return "not 64-bit little-endian (bytes 4 and 5)";
  if (view.getUint16(16, true) !== 2) return "not an executable (type at byte 16)";
  const machine = view.getUint16(18, true);
  if (machine !== RISCV) return `machine ${machine} at byte 18, expected ${RISCV} (RISC-V)`;
  if (view.getUint16(54, true) !== PROGRAM_HEADER_BYTES)
    return "bad program header size at byte 54";
  return undefined;
}

/** A table of `count` records of `size` bytes that must lie in the file. */
function checkTable(elf: Uint8Array, what: string, at: number, bytes: number): string | undefined {
  if (Number.isSafeInteger(at) && at + bytes <= elf.length) return undefined;
  return `ELF: ${what} at byte ${at} (${bytes} bytes) reaches past the end of the file`;
}

/** An unsigned 64-bit field; beyond 2^53 it is inexact, and fails every bound that follows. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_POW_32;
}

interface Ram {
  readonly base: number;
  readonly bytes: number;
}

function readSegments(elf: Uint8Array, view: DataView, ram: Ram): Result<readonly ElfSegment[]> {
  const table = u64(view, 32);
  const count = view.getUint16(56, true);
  if (count > MOST_HEADERS) return err(`ELF: ${count} program headers`);
  const problem = checkTable(elf, "program header table", table, count * PROGRAM_HEADER_BYTES);
  if (problem !== undefined) return err(problem);
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * PROGRAM_HEADER_BYTES;
    if (view.getUint32(at, true) !== LOADABLE) continue;
    const offset = u64(view, at + 8);
    const address = u64(view, at + 24);
    const fileBytes = u64(view, at + 32);
    const memoryBytes = u64(view, at + 40);
    const outside = checkTable(elf, `segment ${i}`, offset, fileBytes);
    if (outside !== undefined) return err(outside);
    if (memoryBytes < fileBytes)
      return err(`ELF: segment ${i} is smaller in memory than in the file`);
    if (memoryBytes === 0) continue;
    if (address < ram.base || address + memoryBytes > ram.base + ram.bytes)
      return err(
        `ELF: segment ${i} (0x${address.toString(16)}, ${memoryBytes} bytes) lies outside RAM`,
      );
    // RAM starts as zeros, so what is not in the file need not be written.
    segments.push({ address, bytes: elf.subarray(offset, offset + fileBytes) });
  }
  return segments.length > 0 ? ok(segments) : err("ELF: nothing to load");
}

function readSymbols(elf: Uint8Array, view: DataView): Result<ReadonlyMap<string, ElfSymbol>> {
  const symbols = new Map<string, ElfSymbol>();
  const table = u64(view, 40);
  const count = view.getUint16(60, true);
  if (table === 0 || count === 0) return ok(symbols);
  if (view.getUint16(58, true) !== SECTION_HEADER_BYTES)
    return err("ELF: bad section header size at byte 58");
  const problem = checkTable(elf, "section header table", table, count * SECTION_HEADER_BYTES);
  if (problem !== undefined) return err(problem);
  for (let i = 0; i < count; i++) {
    const at = table + i * SECTION_HEADER_BYTES;
    if (view.getUint32(at + 4, true) !== SYMBOL_TABLE) continue;
    const names = view.getUint32(at + 40, true);
    if (names >= count) return err(`ELF: symbol table ${i} names its strings by section ${names}`);
    const failed = readTable(
      elf,
      view,
      { at, names: table + names * SECTION_HEADER_BYTES },
      symbols,
    );
    if (failed !== undefined) return err(failed);
  }
  return ok(symbols);
}

/** Reads one symbol table into `symbols`; says what is wrong with it. */
function readTable(
  elf: Uint8Array,
  view: DataView,
  header: { readonly at: number; readonly names: number },
  symbols: Map<string, ElfSymbol>,
): string | undefined {
  const offset = u64(view, header.at + 24);
  const bytes = u64(view, header.at + 32);
  const stringsAt = u64(view, header.names + 24);
  const stringBytes = u64(view, header.names + 32);
  const problem =
    checkTable(elf, "symbol table", offset, bytes) ??
    checkTable(elf, "string table", stringsAt, stringBytes);
  if (problem !== undefined) return problem;
  const count = Math.floor(bytes / SYMBOL_BYTES);
  if (count > MOST_SYMBOLS) return `ELF: ${count} symbols`;
  const strings = elf.subarray(stringsAt, stringsAt + stringBytes);
  for (let i = 0; i < count; i++) {
    const at = offset + i * SYMBOL_BYTES;
    const nameAt = view.getUint32(at, true);
    if (nameAt === 0 || view.getUint16(at + 6, true) === 0) continue;
    const end = strings.subarray(0, nameAt + MOST_NAME).indexOf(0, nameAt);
    if (end < 0) return `ELF: the name of symbol ${i} does not end`;
    const name = utf8Decode(strings.subarray(nameAt, end));
    if (name !== "" && !symbols.has(name))
      symbols.set(name, { address: u64(view, at + 8), size: u64(view, at + 16) });
  }
  return undefined;
}
