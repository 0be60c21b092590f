// `guest({...})`: a program of one's own as the guest of a scenario. Its ELF is read once, here.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hashBytes } from "../base/digest.ts";
import { loadGuests } from "../cli/engine.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { GuestImage } from "../testbed/boot.ts";
import { WORKLOAD_KINDS } from "../testbed/scenario.ts";
import { shownPath } from "./place.ts";

/** What clients ask of a guest: `workload.kind` of a scenario. */
export type WorkloadName =
  | "key-value"
  | "counter"
  | "lease"
  | "probe"
  | "stream"
  | "cpu"
  | "oltp"
  | "bulk";

export interface GuestDefinition {
  /** Lower-case letters, digits and -; none of `ftsim list guests`. */
  readonly name: string;
  /** The program: a file, relative to the current folder, or its bytes. 64-bit RISC-V, bare metal. */
  readonly elf: string | URL | Uint8Array;
  /** Kinds of workload whose requests it understands. */
  readonly serves: WorkloadName | readonly WorkloadName[];
  /** The last text that it prints before it serves: "mine ready\n". */
  readonly ready: string;
  /** Where it serves on TCP, and on UDP if it does; its address is 10.0.0.10. */
  readonly port: number;
  readonly udpPort?: number;
  /** 16 MiB without. */
  readonly ramBytes?: number;
  /** One line, for people. */
  readonly title?: string;
  /** Of the ELF, 64 hexadecimal digits: another file is refused. */
  readonly sha256?: string;
}

/** Made by `guest()`; to be handed to `run()` and `test()`. */
export interface Guest {
  readonly name: string;
  readonly serves: readonly WorkloadName[];
  /** Of the program, as the first line of a run shows it. */
  readonly digest: string;
}

const images = new WeakMap<Guest, GuestImage>();

export function imageOf(guest: Guest): GuestImage {
  const image = images.get(guest);
  if (image === undefined) throw new UsageError("guest: expected what guest({...}) returns");
  return image;
}

/**
 * A guest of your own, in place of the one that a scenario names. The platform is QEMU's `virt` board;
 * guests/README.md of the package has its devices and the rules that make a guest cheap to replay.
 *
 * @throws UsageError when the file is not there, is another one, or a field is not as it must be.
 */
export function guest(definition: GuestDefinition): Guest {
  const { name, elf, ready, port, udpPort, ramBytes = 16_777_216, title = "" } = definition;
  const wrong = problemOf(definition);
  if (wrong !== undefined) throw new UsageError(`guest ${name}: ${wrong}`);
  const bytes = typeof elf === "string" || elf instanceof URL ? read(name, elf) : elf.slice();
  const sum = createHash("sha256").update(bytes).digest("hex");
  if (definition.sha256 !== undefined && definition.sha256 !== sum)
    throw new UsageError(`guest ${name}: sha256 is ${sum}, expected ${definition.sha256}`);
  const serves = Object.freeze([definition.serves].flat());
  const made: Guest = Object.freeze({ name, serves, digest: hashBytes(bytes) });
  const datagrams = udpPort === undefined ? {} : { udpPort };
  const program = { kind: "elf", elf: bytes } as const;
  images.set(made, { name, title, ramBytes, ready, port, ...datagrams, program });
  return made;
}

function problemOf(definition: GuestDefinition): string | undefined {
  const { name, serves, ready, port, udpPort = 1, ramBytes = 4_096 } = definition;
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    return "name: expected lower-case letters, digits and -";
  if (loadGuests().has(name)) return "name: ftsim has a guest of this name";
  const kinds: readonly string[] = [serves].flat();
  const unknown = kinds.find((kind) => !WORKLOAD_KINDS.includes(kind));
  if (unknown !== undefined || kinds.length === 0)
    return `serves ${unknown ?? "nothing"}: expected ${WORKLOAD_KINDS.join(", ")}`;
  if (ready === "") return "ready: expected the text that it prints before it serves";
  for (const one of [port, udpPort])
    if (!Number.isInteger(one) || one < 1 || one > 65_535)
      return `port ${one}: expected 1 to 65535`;
  if (
    !Number.isInteger(ramBytes) ||
    ramBytes < 4_096 ||
    ramBytes % 4_096 !== 0 ||
    ramBytes > 1 << 30
  )
    return `ramBytes ${ramBytes}: expected pages of 4096, at most 1 GiB`;
  return undefined;
}

function read(name: string, elf: string | URL): Uint8Array {
  const file = elf instanceof URL ? fileURLToPath(elf) : elf;
  if (!existsSync(file)) throw new UsageError(`guest ${name}: ${shownPath(file)}: no such file`);
  return new Uint8Array(readFileSync(file));
}
