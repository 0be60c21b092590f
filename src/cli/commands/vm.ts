// `ftsim vm boot | run | snapshot`: one machine alone, with its console on the terminal. Nothing in it
// depends on when or where it runs: the guest's time is counted in its own steps. Counts and hashes go
// to stdout behind the console's text, seconds to stderr.

import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type BootedGuest,
  type BootOptions,
  GuestBoot,
  type GuestImage,
} from "../../testbed/boot.ts";
import { bootKey, decodeBoot, encodeBoot } from "../../testbed/boot-image.ts";
import { SoloMachine } from "../../testbed/solo.ts";
import { parseDuration } from "../../testbed/units.ts";
import type { VmRuntime, VmRuntimeOptions } from "../../vm/runtime.ts";
import { openBootStore } from "../debian/boot-store.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { Interrupt } from "../drive.ts";
import { createRuntime, loadGuests } from "../engine.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit-codes.ts";
import { readMachineFile, writeMachineFile } from "../machine-file.ts";
import { closest } from "../suggest.ts";
import { UsageError } from "../usage-error.ts";

export interface VmOptions {
  readonly guest?: string;
  readonly from?: string;
  readonly limit?: string;
  readonly for?: string;
  readonly out?: string;
  readonly tier?: string;
  readonly quiet: boolean;
}

/** What scenarios give a guest unless they say otherwise, so that a boot serves both. */
export const OPTIONS: BootOptions = { diskSectors: 131_072, rules: { bounceBuffers: true } };
/** The stream that a guest draws from behind its ready mark. */
export const RUN_ENTROPY = "vm";
const TICKS_PER_SECOND = 10_000_000;
const NS_PER_TICK = 100;
/** Between two looks at the terminal. */
const CHUNK_STEPS = 20_000_000;
const CHUNK_EVENTS = 20_000;

/** From power-on to the ready mark. */
export async function vmBoot(options: VmOptions): Promise<number> {
  const desk = new Desk(options);
  const guest = guestOf(options);
  const limit = limitOf(options) ?? Number.POSITIVE_INFINITY;
  const started = GuestBoot.start(desk.runtime, guest, { ...OPTIONS, watch: desk.print });
  if (!started.ok) throw new UsageError(started.error);
  const boot = started.value;
  const isInterrupted = await desk.drive(() => {
    boot.advance(Math.min(CHUNK_STEPS, limit - boot.count));
    return { isOver: boot.isOver || boot.count >= limit, count: boot.count };
  });
  if (isInterrupted || !boot.isOver) {
    desk.tell(`not ready at step ${grouped(boot.count)}, state ${boot.stateHash}`, boot.count);
    return isInterrupted ? EXIT_INTERRUPTED : EXIT_OK;
  }
  const booted = boot.finish();
  if (!booted.ok) throw new UsageError(booted.error);
  keep(guest, booted.value);
  desk.tell(`ready ${describe(booted.value)}`, booted.value.count);
  return EXIT_OK;
}

/** From the ready mark, or from a file, on. */
export async function vmRun(options: VmOptions): Promise<number> {
  const desk = new Desk(options);
  const begin = beginOf(options, desk);
  const { machine, exitCode, stop } = await goOn(desk, begin.machine, options);
  const steps = machine.count - begin.machine.count;
  desk.tell(`${stop} ${describe(machine)}`, steps);
  return exitCode;
}

/** The same, and the machine into a file. */
export async function vmSnapshot(options: VmOptions): Promise<number> {
  const { out } = options;
  if (out === undefined) throw new UsageError("vm snapshot: --out FILE is missing");
  const desk = new Desk(options);
  const begin = beginOf(options, desk);
  const isMoving = options.limit !== undefined || options.for !== undefined;
  const { machine, exitCode } = isMoving
    ? await goOn(desk, begin.machine, options)
    : { machine: begin.machine, exitCode: EXIT_OK };
  const bytes = writeMachineFile(out, machine, begin.options.diskSectors);
  desk.tell(
    `${out}: ${grouped(bytes)} bytes, ${describe(machine)}`,
    machine.count - begin.machine.count,
  );
  return exitCode;
}

interface Begin {
  readonly machine: BootedGuest;
  readonly options: BootOptions;
}

function beginOf(options: VmOptions, desk: Desk): Begin {
  if (options.from === undefined)
    return { machine: ready(guestOf(options), desk), options: OPTIONS };
  if (options.guest !== undefined) throw new UsageError("vm: either --guest or --from");
  return readMachineFile(options.from, desk.runtime, loadGuests());
}

interface Arrival {
  readonly machine: BootedGuest;
  readonly exitCode: number;
  readonly stop: string;
}

async function goOn(desk: Desk, begin: BootedGuest, options: VmOptions): Promise<Arrival> {
  const limit = limitOf(options);
  const ticks = ticksOf(options);
  const machine = begin.machine.createMachine();
  const solo = new SoloMachine(machine, begin, { entropy: RUN_ENTROPY, print: desk.print });
  const count = limit === undefined ? Number.MAX_SAFE_INTEGER : begin.count + limit;
  const last = ticks === undefined ? Number.MAX_SAFE_INTEGER : begin.ticks + ticks;
  let stop = "stopped";
  const isInterrupted = await desk.drive(() => {
    const goal = Math.min(count, machine.count + CHUNK_STEPS);
    const end = solo.run({ count: goal, ticks: last, events: CHUNK_EVENTS });
    if (end === "halt") stop = "halted";
    const isThere = machine.count >= count || solo.ticks >= last;
    return { isOver: end === "halt" || isThere, count: machine.count };
  });
  const arrived = { ...begin, ...solo.state, machine: machine.snapshot(), count: machine.count };
  machine.release();
  return { machine: arrived, exitCode: isInterrupted ? EXIT_INTERRUPTED : EXIT_OK, stop };
}

/** Out of the store, or booted silently. */
function ready(guest: GuestImage, { runtime }: Desk): BootedGuest {
  const key = bootKey(guest, OPTIONS);
  if (!key.ok) throw new UsageError(key.error);
  const stored = openBootStore().find(key.value);
  const decoded = stored && decodeBoot(runtime, guest, OPTIONS, stored);
  if (decoded?.ok === true) return decoded.value;
  const started = GuestBoot.start(runtime, guest, OPTIONS);
  if (!started.ok) throw new UsageError(started.error);
  while (!started.value.isOver) started.value.advance(CHUNK_STEPS);
  const booted = started.value.finish();
  if (!booted.ok) throw new UsageError(booted.error);
  keep(guest, booted.value);
  return booted.value;
}

/** Our own guests boot faster than a file is read. */
function keep(guest: GuestImage, booted: BootedGuest): void {
  const key = bootKey(guest, OPTIONS);
  if (key.ok && guest.program.kind === "linux") openBootStore().keep(key.value, encodeBoot(booted));
}

function describe({ guest, machine, count, ticks }: BootedGuest): string {
  const copy = machine.createMachine();
  const hash = copy.stateHash();
  copy.release();
  const time = (ticks / TICKS_PER_SECOND).toFixed(3);
  return `${guest.name} at step ${grouped(count)}, ${time} s of its time, state ${hash}`;
}

export function guestOf({ guest: name }: Pick<VmOptions, "guest">): GuestImage {
  const guests = loadGuests();
  const names = [...guests.keys()];
  if (name === undefined)
    throw new UsageError(`vm: --guest NAME is missing; expected one of ${names.join(", ")}`);
  const guest = guests.get(name);
  if (guest !== undefined) return guest;
  throw new UsageError(
    `vm: no guest ${name}${closest(name, names)}; expected one of ${names.join(", ")}`,
  );
}

function limitOf({ limit }: VmOptions): number | undefined {
  if (limit === undefined) return undefined;
  const steps = Number(limit.replaceAll("_", ""));
  if (Number.isSafeInteger(steps) && steps > 0) return steps;
  throw new UsageError(`--limit ${limit}: expected a number of steps, e.g. 100000000`);
}

function ticksOf({ for: text }: VmOptions): number | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (!duration.ok) throw new UsageError(`--for ${text}: ${duration.error}`);
  return Math.floor(duration.value / NS_PER_TICK);
}

/** Which tiers execute the guest: what it does is the same. */
function tiersOf(tier: string | undefined): VmRuntimeOptions {
  if (tier === undefined || tier === "jit") return {};
  if (tier === "interpreter") return { jit: false };
  throw new UsageError(`--tier ${tier}: expected interpreter or jit`);
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** The terminal: what the guest prints, and in the end what the machine says. */
class Desk {
  readonly runtime: VmRuntime;
  readonly print: (bytes: Uint8Array) => void;
  readonly #started: number;
  readonly #isQuiet: boolean;
  #printed: Uint8Array[];
  #isInLine: boolean;

  constructor({ quiet, tier }: VmOptions) {
    this.runtime = createRuntime(tiersOf(tier));
    this.#isQuiet = quiet;
    this.#printed = [];
    this.#isInLine = false;
    this.#started = performance.now();
    this.print = (bytes) => this.#printed.push(bytes);
  }

  /** Advances until it is over; true when a person ended it. */
  async drive(
    advance: () => { readonly isOver: boolean; readonly count: number },
  ): Promise<boolean> {
    const interrupt = new Interrupt();
    try {
      for (;;) {
        const { isOver } = withDeterminismGuard(advance);
        this.#flush();
        if (isOver) return false;
        await nextTurn();
        if (interrupt.isRaised) return true;
      }
    } finally {
      interrupt.stopListening();
    }
  }

  tell(line: string, steps: number): void {
    process.stdout.write(`${this.#isInLine ? "\n" : ""}${line}\n`);
    const seconds = (performance.now() - this.#started) / 1_000;
    const speed = steps / 1e6 / seconds;
    process.stderr.write(`${seconds.toFixed(1)} s, ${speed.toFixed(0)} million steps a second\n`);
  }

  #flush(): void {
    const text = Buffer.concat(this.#printed);
    this.#printed = [];
    if (this.#isQuiet || text.length === 0) return;
    process.stdout.write(text);
    this.#isInLine = text.at(-1) !== 0x0a;
  }
}
