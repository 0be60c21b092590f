// Where a Linux kernel, its initial file system and its device tree go in RAM. The kernel is the flat
// `Image` of Documentation/arch/riscv/boot-image-header.rst; a compressed one is not unpacked. Files
// are a host's input and may be cut or absurd: every answer is a Result, nothing throws.

import { utf8Encode } from "../base/bytes.ts";
import { err, ok, type Result } from "../base/result.ts";
import { deviceTree } from "./device-tree.ts";
import { PAGE_BYTES, RAM_BASE } from "./layout.ts";

export interface LinuxProgram {
  readonly kernel: Uint8Array;
  /** An archive that the kernel unpacks as its first file system; empty: none. */
  readonly initramfs: Uint8Array;
  readonly commandLine: string;
}

export interface LinuxLayout {
  readonly entry: number;
  readonly deviceTree: number;
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
}

const HEADER_BYTES = 64;
/** "RSC" and 5. */
const MAGIC = 0x05435352;
const BIG_ENDIAN = 1;
/** COMMAND_LINE_SIZE of the kernel, with its final zero byte. */
const MOST_COMMAND_LINE = 1024;
const KERNEL_ALIGNMENT = 0x200000;
const TWO_POW_32 = 4294967296;

interface ImageHeader {
  readonly textOffset: number;
  /** With what is not in the file: zeros behind it. */
  readonly memoryBytes: number;
}

/** The kernel where its header says; the initial file system and the device tree at RAM's end. */
export function layOutLinux(program: LinuxProgram, ramBytes: number): Result<LinuxLayout> {
  const { kernel, initramfs, commandLine } = program;
  const header = readHeader(kernel);
  if (!header.ok) return header;
  if (utf8Encode(commandLine).length >= MOST_COMMAND_LINE)
    return err(`command line: ${commandLine.length} bytes, at most ${MOST_COMMAND_LINE - 1}`);
  const { textOffset, memoryBytes } = header.value;
  const hasInitramfs = initramfs.length > 0;
  const describe = (start: number, end: number): Uint8Array =>
    deviceTree({ ramBytes, commandLine, initrd: hasInitramfs ? { start, end } : undefined });
  // Its length does not depend on where things are.
  const treeAt = pageBelow(RAM_BASE + ramBytes - describe(0, 0).length);
  const initramfsAt = pageBelow(treeAt - initramfs.length);
  const tree = describe(initramfsAt, initramfsAt + initramfs.length);
  const entry = RAM_BASE + textOffset;
  const rest = initramfsAt - (entry + memoryBytes);
  if (rest < 0)
    return err(
      `kernel (${memoryBytes} bytes), initramfs (${initramfs.length}) and RAM's first ${textOffset} bytes: ${-rest} too many for ${ramBytes} bytes of RAM`,
    );
  return ok({
    entry,
    deviceTree: treeAt,
    segments: [
      { address: entry, bytes: kernel },
      { address: initramfsAt, bytes: initramfs },
      { address: treeAt, bytes: tree },
    ],
  });
}

function pageBelow(address: number): number {
  return Math.floor(address / PAGE_BYTES) * PAGE_BYTES;
}

function readHeader(kernel: Uint8Array): Result<ImageHeader> {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (kernel.length < HEADER_BYTES)
    return err(`kernel: ${kernel.length} bytes, shorter than its header`);
  if (view.getUint16(0, false) === 0x1f8b)
    return err("kernel: compressed by gzip; expected the flat Image");
  if (view.getUint32(56, true) !== MAGIC)
    return err("kernel: no RISC-V Image (wrong magic at byte 56)");
  if ((view.getUint32(24, true) & BIG_ENDIAN) !== 0)
    return err("kernel: big-endian (flags at byte 24)");
  const textOffset = u64(view, 8);
  const memoryBytes = u64(view, 16);
  if (textOffset % KERNEL_ALIGNMENT !== 0)
    return err(`kernel: text offset ${textOffset} at byte 8 is no multiple of 2 MiB`);
  if (memoryBytes < kernel.length)
    return err(`kernel: ${kernel.length} bytes in the file, ${memoryBytes} in memory (byte 16)`);
  return ok({ textOffset, memoryBytes });
}

/** Beyond 2^53 it is inexact, and fails every bound that follows. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_POW_32;
}
