// A whole machine as bytes, for a file: made in one process, taken up in another. Everything that is
// in its state hash and nothing else, so equal machines make equal images; the hash goes along, and
// an image that does not give it back is refused. Not compressed: that is for whoever keeps the file.

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { err, ok, type Result } from "../base/result.ts";
import { PAGE_BYTES } from "./layout.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** "FTMI", and the version of what follows. */
const MAGIC = 0x494d5446;
const VERSION = 1;
const HEADER_BYTES = 4 + 2 + 4 + 16 + 4 + 4;

export function encodeMachine(machine: VirtualMachine): Uint8Array {
  const state = machine.exportState();
  const pages = machine.writtenPages();
  const size = HEADER_BYTES + state.length + pages.length * (4 + PAGE_BYTES);
  const writer = new ByteWriter(size);
  writer.u32(MAGIC).u16(VERSION).sized(state).text(machine.stateHash()).u32(pages.length);
  for (const page of pages) writer.u32(page).bytes(machine.readPage(page));
  return writer.finish();
}

/** Into a machine that has never run; released where the image is refused. */
export function decodeMachine(machine: VirtualMachine, bytes: Uint8Array): Result<VirtualMachine> {
  const problem = fill(machine, bytes);
  if (problem === undefined) return ok(machine);
  machine.release();
  return err(`machine image: ${problem}`);
}

/** What is wrong with the image, if anything. */
function fill(machine: VirtualMachine, bytes: Uint8Array): string | undefined {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) return "wrong magic at byte 0";
    const version = reader.u16();
    if (version !== VERSION) return `version ${version}, expected ${VERSION}`;
    const imported = machine.importState(reader.sized());
    if (!imported.ok) return imported.error;
    const hash = reader.text();
    const last = machine.config.ramBytes / PAGE_BYTES;
    let next = 0;
    for (let left = reader.u32(); left > 0; left--) {
      const page = reader.u32();
      if (page < next || page >= last) return `page ${page} at byte ${reader.offset - 4}`;
      machine.writePage(page, reader.bytes(PAGE_BYTES));
      next = page + 1;
    }
    if (reader.left > 0) return `${reader.left} bytes too many`;
    const found = machine.stateHash();
    return found === hash ? undefined : `damaged: state ${found}, expected ${hash}`;
  } catch (error) {
    if (error instanceof RangeError) return `cut short (${error.message})`;
    throw error;
  }
}
