// A booted guest as bytes, so that a boot of seconds is done once per machine and not once per run.
// The image holds the boot's end only; which guest and which machine it belongs to is in its key.

import { ByteReader, ByteWriter, utf8Encode } from "../base/bytes.ts";
import { err, ok, type Result } from "../base/result.ts";
import { decodeMachine, encodeMachine } from "../vm/machine-image.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import {
  type BootedGuest,
  type BootOptions,
  type GuestImage,
  emptyMachine,
  guestDigest,
} from "./boot.ts";

/** Where images are kept; a key names guest, machine and options. */
export interface BootStore {
  find(key: string): Uint8Array | undefined;
  keep(key: string, image: Uint8Array): void;
}

/** "FTBI", and the version of what follows. */
const MAGIC = 0x49425446;
const VERSION = 1;
const SECTOR = 512;

/** What a stored image is found by, on the machine code that made it. */
export function bootKey(guest: GuestImage, options: BootOptions): Result<string> {
  const digest = guestDigest(guest);
  if (!digest.ok) return digest;
  const { diskSectors, rules } = options;
  const parts = [guest.name, digest.value, guest.ramBytes, diskSectors, JSON.stringify(rules)];
  return ok(parts.join(" "));
}

export function encodeBoot(booted: BootedGuest): Uint8Array {
  const machine = booted.machine.createMachine();
  const image = encodeMachine(machine);
  machine.release();
  const text = utf8Encode(booted.console);
  const writer = new ByteWriter(image.length + text.length + booted.blocks.size * 520 + 100);
  writer.u32(MAGIC).u16(VERSION).text(booted.digest);
  writer.u64(booted.count).u64(booted.ticks).sized(text).u32(booted.blocks.size);
  for (const [sector, bytes] of booted.blocks) writer.u64(sector).bytes(bytes);
  return writer.sized(image).finish();
}

export function decodeBoot(
  runtime: VmRuntime,
  guest: GuestImage,
  options: BootOptions,
  bytes: Uint8Array,
): Result<BootedGuest> {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) return err("boot image: wrong magic at byte 0");
    const version = reader.u16();
    if (version !== VERSION) return err(`boot image: version ${version}, expected ${VERSION}`);
    const digest = reader.text();
    const [count, ticks, console] = [reader.u64(), reader.u64(), reader.text()];
    const blocks = new Map<number, Uint8Array>();
    for (let left = reader.u32(); left > 0; left--)
      blocks.set(reader.u64(), reader.bytes(SECTOR).slice());
    const machine = decodeMachine(emptyMachine(runtime, guest, options), reader.sized());
    if (!machine.ok) return machine;
    if (machine.value.count !== count) {
      machine.value.release();
      return err(`boot image: its machine stands at another count than ${count}`);
    }
    const snapshot = machine.value.snapshot();
    machine.value.release();
    return ok({ guest, digest, machine: snapshot, count, ticks, blocks, console });
  } catch (error) {
    if (error instanceof RangeError) return err(`boot image: cut short (${error.message})`);
    throw error;
  }
}
