// A machine in a file, for `ftsim vm`: a booted guest that may have gone on for a while, with the name
// of the guest that it is. Compressed; what is not such a file is one line.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { BootedGuest, BootOptions, GuestImage } from "../testbed/boot.ts";
import { decodeBoot, encodeBoot } from "../testbed/boot-image.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import { UsageError } from "./usage-error.ts";

/** "FTVM", and the version of what follows. */
const MAGIC = 0x4d565446;
const VERSION = 1;
const FASTEST = 1;

export function writeMachineFile(file: string, machine: BootedGuest, diskSectors: number): number {
  const writer = new ByteWriter(64);
  writer.u32(MAGIC).u16(VERSION).text(machine.guest.name).u64(diskSectors);
  const image = deflateSync(encodeBoot(machine), { level: FASTEST });
  const bytes = Buffer.concat([writer.finish(), image]);
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new UsageError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return bytes.length;
}

export interface MachineFile {
  readonly machine: BootedGuest;
  readonly options: BootOptions;
}

export function readMachineFile(
  file: string,
  runtime: VmRuntime,
  guests: ReadonlyMap<string, GuestImage>,
): MachineFile {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file`);
  const bytes = readFileSync(file);
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) throw new UsageError(`${file}: not a machine of ftsim's`);
    const version = reader.u16();
    if (version !== VERSION)
      throw new UsageError(`${file}: version ${version}, expected ${VERSION}`);
    const name = reader.text();
    const guest = guests.get(name);
    if (guest === undefined) throw new UsageError(`${file}: of guest ${name}, which is not here`);
    const options = { diskSectors: reader.u64(), rules: { bounceBuffers: true } };
    const image = inflateSync(reader.bytes(reader.left));
    const machine = decodeBoot(runtime, guest, options, image);
    if (!machine.ok) throw new UsageError(`${file}: ${machine.error}`);
    return { machine: machine.value, options };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file}: damaged (${(error as Error).message})`);
  }
}
