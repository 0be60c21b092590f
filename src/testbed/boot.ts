// Boot is a stage, not part of the run (D9). A guest is booted once, alone, with fixed inputs, until
// it prints its ready mark and then waits with nothing in flight; runs start from that snapshot, so
// that seed N is the same run everywhere.

import { concatBytes, equalBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";
import { hashBytes } from "../base/digest.ts";
import { err, ok, type Result } from "../base/result.ts";
import { macToBytes } from "../net/address.ts";
import type { LinuxProgram } from "../vm/linux-image.ts";
import type { Machine } from "../vm/machine.ts";
import type { Script } from "../vm/script.ts";
import { ScriptedMachine } from "../vm/scripted-machine.ts";
import type { VirtualMachine, VmSnapshot } from "../vm/virtual-machine.ts";
import type { MachineConfig, VmRules, VmRuntime } from "../vm/runtime.ts";
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
  /** No machine code: see ADR 12. */
  | { readonly kind: "script"; readonly script: Script }
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
  readonly machine: VmSnapshot;
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

/** The stream that a booting guest draws from. */
export const BOOT_ENTROPY = "boot";
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
  if (program.kind === "script") return ok(hashBytes(utf8Encode(program.script.name)));
  const linux = program.load();
  return linux.ok ? ok(linux.value.digest) : err(`guest ${name}: ${linux.error}`);
}

export function bootGuest(
  runtime: VmRuntime,
  guest: GuestImage,
  options: BootOptions,
): Result<BootedGuest> {
  const started = GuestBoot.start(runtime, guest, options);
  if (!started.ok) return started;
  const boot = started.value;
  while (!boot.isOver) boot.advance(STEPS_MAX);
  return boot.finish();
}

/** A machine with the guest in it, before its first step. */
export function powerOn(
  runtime: VmRuntime,
  guest: GuestImage,
  options: BootOptions,
): Result<VirtualMachine> {
  const { program } = guest;
  // A script is a part of its machine.
  if (program.kind === "script") return ok(emptyMachine(runtime, guest, options));
  const machine = runtime.createMachine(guestConfig(guest, options));
  const loaded = loadProgram(machine, program);
  if (loaded.ok) return ok(machine);
  machine.release();
  return err(`guest ${guest.name}: ${loaded.error}`);
}

/** A machine for this guest with nothing in its memory. */
export function emptyMachine(
  runtime: VmRuntime,
  guest: GuestImage,
  options: BootOptions,
): VirtualMachine {
  const { program } = guest;
  const config = guestConfig(guest, options);
  return program.kind === "script"
    ? ScriptedMachine.create(program.script, config)
    : runtime.createMachine(config);
}

function loadProgram(
  machine: Machine,
  program: Exclude<GuestProgram, { readonly kind: "script" }>,
): Result<void> {
  if (program.kind === "elf") {
    const loaded = machine.loadElf(program.elf);
    return loaded.ok ? ok(undefined) : loaded;
  }
  const linux = program.load();
  if (!linux.ok) return linux;
  const read = linux.value.read();
  return read.ok ? machine.loadLinux(read.value) : read;
}

/** A boot under way: advance() until it is over, then finish(). */
export class GuestBoot {
  readonly #guest: GuestImage;
  readonly #digest: string;
  readonly #solo: SoloMachine;
  readonly #ready: Uint8Array;
  readonly #console: Uint8Array[];
  #hasPrintedReady: boolean;
  #isReady: boolean;
  #problem: string | undefined;

  private constructor(
    machine: VirtualMachine,
    guest: GuestImage,
    digest: string,
    watch: BootOptions["watch"],
  ) {
    this.#guest = guest;
    this.#digest = digest;
    this.#ready = utf8Encode(guest.ready);
    this.#console = [];
    this.#hasPrintedReady = false;
    this.#isReady = false;
    this.#problem = undefined;
    const print = (bytes: Uint8Array): void => {
      watch?.(bytes);
      this.#print(bytes);
    };
    this.#solo = new SoloMachine(machine, POWERED_ON, { entropy: BOOT_ENTROPY, print });
  }

  /** Powers a machine on and loads the guest into it. */
  static start(runtime: VmRuntime, guest: GuestImage, options: BootOptions): Result<GuestBoot> {
    const digest = guestDigest(guest);
    if (!digest.ok) return digest;
    const machine = powerOn(runtime, guest, options);
    return machine.ok
      ? ok(new GuestBoot(machine.value, guest, digest.value, options.watch))
      : machine;
  }

  get count(): number {
    return this.#solo.machine.count;
  }

  get stateHash(): string {
    return this.#solo.machine.stateHash();
  }

  /** Ready and idle, or failed. */
  get isOver(): boolean {
    return this.#isReady || this.#problem !== undefined;
  }

  /** Until it is over, or `steps` further. */
  advance(steps: number): void {
    const { machine } = this.#solo;
    const limit = Math.min(STEPS_MAX, machine.count + steps);
    while (!this.isOver && machine.count < limit) {
      const exit = this.#solo.advance(Math.min(limit, machine.count + SLICE));
      if (exit.kind === "halt") this.#problem = "it stopped during the boot";
      else if (exit.kind === "wait") {
        this.#isReady = this.#hasPrintedReady && machine.pendingDisk().length === 0;
        if (this.#isReady) return;
        if (this.#solo.isStuck) this.#problem = "it waits, and nothing is on its way to it";
        else this.#solo.wait();
      }
    }
    if (!this.isOver && machine.count >= STEPS_MAX)
      this.#problem = `not ready after ${STEPS_MAX} steps`;
  }

  /** The booted guest, or what went wrong; the machine is given back. */
  finish(): Result<BootedGuest> {
    const { machine } = this.#solo;
    const snapshot = this.#isReady ? machine.snapshot() : undefined;
    const { count } = machine;
    machine.release();
    const console = utf8Decode(concatBytes(this.#console));
    const lastLine = console.trimEnd().split("\n").at(-1) ?? "";
    if (snapshot === undefined)
      return err(`guest ${this.#guest.name}: ${this.#problem ?? "not ready"}: ${lastLine}`);
    const { ticks, blocks } = this.#solo.state;
    return ok({
      guest: this.#guest,
      digest: this.#digest,
      machine: snapshot,
      count,
      ticks,
      blocks,
      console,
    });
  }

  #print(bytes: Uint8Array): void {
    this.#console.push(bytes);
    if (this.#hasPrintedReady || !bytes.includes(this.#ready[this.#ready.length - 1] as number))
      return;
    const tail = concatBytes(this.#console.slice(-this.#ready.length));
    this.#hasPrintedReady = equalBytes(tail.subarray(-this.#ready.length), this.#ready);
  }
}
