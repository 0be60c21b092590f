// Boot is a stage, not part of the run (D9). A guest is booted once, alone, with fixed inputs, until
// it prints its ready mark and then waits with nothing in flight; runs start from that snapshot, so
// that seed N is the same run everywhere.

import { concatBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";
import { hashBytes } from "../base/digest.ts";
import { err, ok, type Result } from "../base/result.ts";
import { macToBytes } from "../net/address.ts";
import type { LinuxProgram } from "../vm/linux-image.ts";
import type { Machine } from "../vm/machine.ts";
import type { MachineConfig, VmRules, VmRuntime } from "../vm/runtime.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";
import { VM_MAC } from "./addresses.ts";
import { POWERED_ON, SoloMachine } from "./solo.ts";

/** A guest as it comes from guests/: its manifest, and the program that its machine starts with. */
export interface GuestImage {
  readonly name: string;
  readonly title: string;
  readonly program: GuestProgram;
  readonly ramBytes: number;
  /** What it prints when it serves. */
  readonly ready: string;
  readonly port: number;
  /** Where it serves datagrams, if it does. */
  readonly udpPort?: number;
}

export type GuestProgram =
  | { readonly kind: "elf"; readonly elf: Uint8Array }
  /** A kernel is large, and may not be there: it is fetched when it is booted. */
  | { readonly kind: "linux"; readonly load: () => Result<LinuxGuest> };

export interface LinuxGuest {
  /** Of everything that it boots from. */
  readonly digest: string;
  /** Only to be asked for when it is booted: it reads tens of megabytes. */
  readonly read: () => Result<LinuxProgram>;
}

export interface BootedGuest {
  readonly guest: GuestImage;
  readonly digest: string;
  readonly machine: MachineSnapshot;
  readonly count: number;
  /** The guest's clock at the ready mark. */
  readonly ticks: number;
  /** What the boot wrote to the disk, by sector. */
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  readonly console: string;
}

export interface BootOptions {
  readonly diskSectors: number;
  readonly rules: VmRules;
  /** Gets what the guest prints, as it prints it. */
  readonly watch?: (bytes: Uint8Array) => void;
}

const STEPS_MAX = 4_000_000_000;
const SLICE = 1_000_000;

export function guestConfig(guest: GuestImage, { diskSectors, rules }: BootOptions): MachineConfig {
  return {
    ramBytes: guest.ramBytes,
    mac: macToBytes(VM_MAC),
    diskSectors,
    firmware: guest.program.kind === "linux" ? "sbi" : "none",
    rules,
  };
}

/** Names the program, whatever machine it runs in. */
export function guestDigest({ name, program }: GuestImage): Result<string> {
  if (program.kind === "elf") return ok(hashBytes(program.elf));
  const linux = program.load();
  return linux.ok ? ok(linux.value.digest) : err(`guest ${name}: ${linux.error}`);
}

export function bootGuest(
  runtime: VmRuntime,
  guest: GuestImage,
  options: BootOptions,
): Result<BootedGuest> {
  const digest = guestDigest(guest);
  if (!digest.ok) return digest;
  const machine = runtime.createMachine(guestConfig(guest, options));
  const stage = new BootStage(machine, guest, options);
  const loaded = loadProgram(machine, guest.program);
  const problem = loaded.ok ? stage.run() : loaded.error;
  if (problem !== undefined) {
    machine.release();
    return err(`guest ${guest.name}: ${problem}`);
  }
  const booted: BootedGuest = {
    guest,
    digest: digest.value,
    machine: machine.snapshot(),
    count: machine.count,
    ...stage.solo.state,
    console: stage.consoleText,
  };
  machine.release();
  return ok(booted);
}

function loadProgram(machine: Machine, program: GuestProgram): Result<void> {
  if (program.kind === "elf") {
    const loaded = machine.loadElf(program.elf);
    return loaded.ok ? ok(undefined) : loaded;
  }
  const linux = program.load();
  if (!linux.ok) return linux;
  const read = linux.value.read();
  return read.ok ? machine.loadLinux(read.value) : read;
}

class BootStage {
  readonly solo: SoloMachine;
  readonly #ready: Uint8Array;
  readonly #console: Uint8Array[];
  #isReady: boolean;

  constructor(machine: Machine, guest: GuestImage, { watch }: BootOptions) {
    this.#ready = utf8Encode(guest.ready);
    this.#console = [];
    this.#isReady = false;
    const print = (bytes: Uint8Array): void => {
      watch?.(bytes);
      this.#print(bytes);
    };
    this.solo = new SoloMachine(machine, POWERED_ON, { entropy: "boot", print });
  }

  get consoleText(): string {
    return utf8Decode(concatBytes(this.#console));
  }

  /** What went wrong, or undefined when the guest is ready and idle. */
  run(): string | undefined {
    const { machine } = this.solo;
    while (machine.count < STEPS_MAX) {
      const exit = this.solo.advance(machine.count + SLICE);
      if (exit.kind === "halt") return `it stopped during the boot: ${this.#lastLine()}`;
      if (exit.kind !== "wait") continue;
      if (this.#isReady && machine.pendingDisk().length === 0) return undefined;
      this.solo.wait();
    }
    return `not ready after ${STEPS_MAX} steps; last line: ${this.#lastLine()}`;
  }

  #print(bytes: Uint8Array): void {
    this.#console.push(bytes);
    if (bytes.includes(this.#ready[this.#ready.length - 1] as number))
      this.#isReady ||= this.consoleText.endsWith(utf8Decode(this.#ready));
  }

  #lastLine(): string {
    return this.consoleText.trimEnd().split("\n").at(-1) ?? "";
  }
}
