// Boot is a stage, not part of the run (D9). A guest is booted once, alone, with fixed inputs, until
// it prints its ready mark and then waits with nothing in flight; runs start from that snapshot, so
// that seed N is the same run everywhere.

import { concatBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";
import { hashBytes } from "../base/digest.ts";
import { Prng } from "../base/prng.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { DiskRequest, Exit, Output } from "../vm/exit.ts";
import type { Machine } from "../vm/machine.ts";
import type { VmRules, VmRuntime } from "../vm/runtime.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";
import { VM_MAC } from "./addresses.ts";
import { macToBytes } from "../net/address.ts";

/** A guest program as it comes from guests/: its manifest and its ELF. */
export interface GuestImage {
  readonly name: string;
  readonly title: string;
  readonly elf: Uint8Array;
  readonly ramBytes: number;
  /** What it prints when it serves. */
  readonly ready: string;
  readonly port: number;
  /** Where it serves datagrams, if it does. */
  readonly udpPort?: number;
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

const STEPS_MAX = 2_000_000_000;
const SLICE = 1_000_000;
/** Guest steps per tick of its 10 MHz clock during the boot: 100 million steps a second. */
const STEPS_PER_TICK = 10;
const SECTOR = 512;

export function bootGuest(
  runtime: VmRuntime,
  guest: GuestImage,
  diskSectors: number,
  rules: VmRules,
): Result<BootedGuest> {
  const machine = runtime.createMachine({
    ramBytes: guest.ramBytes,
    mac: macToBytes(VM_MAC),
    diskSectors,
    firmware: "none",
    rules,
  });
  const loaded = machine.loadElf(guest.elf);
  if (!loaded.ok) return err(`guest ${guest.name}: ${loaded.error}`);
  const stage = new BootStage(machine, guest);
  const problem = stage.run();
  if (problem !== undefined) return err(`guest ${guest.name}: ${problem}`);
  const booted: BootedGuest = {
    guest,
    digest: hashBytes(guest.elf),
    machine: machine.snapshot(),
    count: machine.count,
    ticks: stage.ticks,
    blocks: stage.blocks,
    console: stage.consoleText,
  };
  machine.release();
  return ok(booted);
}

class BootStage {
  readonly blocks: Map<number, Uint8Array>;
  readonly #machine: Machine;
  readonly #ready: Uint8Array;
  readonly #entropy: Prng;
  readonly #console: Uint8Array[];
  /** Ticks that passed while the guest waited. */
  #waited: number;
  #isReady: boolean;

  constructor(machine: Machine, guest: GuestImage) {
    this.blocks = new Map();
    this.#machine = machine;
    this.#ready = utf8Encode(guest.ready);
    this.#entropy = new Prng("boot");
    this.#console = [];
    this.#waited = 0;
    this.#isReady = false;
  }

  get ticks(): number {
    return Math.floor(this.#machine.count / STEPS_PER_TICK) + this.#waited;
  }

  get consoleText(): string {
    return utf8Decode(concatBytes(this.#console));
  }

  /** What went wrong, or undefined when the guest is ready and idle. */
  run(): string | undefined {
    while (this.#machine.count < STEPS_MAX) {
      const exit = this.#machine.run(this.#machine.count + SLICE);
      if (exit.kind === "halt") return `it stopped during the boot: ${this.#lastLine()}`;
      if (exit.kind === "wait" && this.#isReady && this.#machine.pendingDisk().length === 0)
        return undefined;
      this.#handle(exit);
    }
    return `not ready after ${STEPS_MAX} steps; last line: ${this.#lastLine()}`;
  }

  #handle(exit: Exit): void {
    switch (exit.kind) {
      case "request":
        if (exit.what === "time") this.#machine.answerTime(this.ticks);
        else this.#machine.answerEntropy(this.#entropy.bytes(exit.length));
        break;
      case "output":
        for (const output of exit.outputs) this.#perform(output);
        break;
      case "wait":
        this.#wait();
        break;
      case "limit":
      case "deadline":
      case "halt":
        break;
    }
  }

  #perform(output: Output): void {
    if (output.class === "console") {
      this.#console.push(output.bytes);
      if (output.bytes.includes(this.#ready[this.#ready.length - 1] as number))
        this.#isReady ||= this.consoleText.endsWith(utf8Decode(this.#ready));
    } else if (output.class === "disk" && output.request.op === "write") {
      const { sector, data } = output.request;
      for (let at = 0; at < data.length; at += SECTOR)
        this.blocks.set(sector + at / SECTOR, data.slice(at, at + SECTOR));
    }
  }

  /** Idle: finish its disk commands, else let time pass to its deadline. */
  #wait(): void {
    const [request] = this.#machine.pendingDisk();
    if (request !== undefined) {
      this.#complete(request);
      return;
    }
    const deadline = this.#machine.timerDeadline();
    if (deadline === undefined) this.#waited += 1;
    else this.#waited += Math.max(0, deadline - this.ticks);
    this.#machine.apply({ kind: "timer" });
  }

  #complete(request: DiskRequest): void {
    const data = new Uint8Array(request.op === "read" ? request.sectorCount * SECTOR : 0);
    if (request.op === "read")
      for (let i = 0; i < request.sectorCount; i++) {
        const block = this.blocks.get(request.sector + i);
        if (block !== undefined) data.set(block, i * SECTOR);
      }
    this.#machine.apply({ kind: "disk-done", ioId: request.ioId, status: "ok", data });
  }

  #lastLine(): string {
    return this.consoleText.trimEnd().split("\n").at(-1) ?? "";
  }
}
