// `ftsim vm gdb ELF | --guest NAME | --from FILE`: one machine alone, under a debugger. Its console
// goes to stdout as in `ftsim vm boot`, and it is the same machine step by step.

import { existsSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { Explorer } from "../../gdb/explorer.ts";
import { SoloJournal, type SoloStart } from "../../gdb/solo-journal.ts";
import { BOOT_ENTROPY, type GuestImage, powerOn } from "../../testbed/boot.ts";
import { POWERED_ON } from "../../testbed/solo.ts";
import type { VmRuntime } from "../../vm/runtime.ts";
import { emulated, type MachineSnapshot } from "../../vm/snapshot.ts";
import type { VmSnapshot } from "../../vm/virtual-machine.ts";
import { Interrupt } from "../drive.ts";
import { createRuntime, loadGuests } from "../engine.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit-codes.ts";
import { GdbServer, invitation, parsePort } from "../gdb/server.ts";
import { readMachineFile } from "../machine-file.ts";
import { UsageError } from "../usage-error.ts";
import { guestOf, OPTIONS, RUN_ENTROPY } from "./vm.ts";

export interface VmGdbOptions {
  readonly elf?: string;
  readonly guest?: string;
  readonly from?: string;
  readonly port?: string;
  readonly quiet: boolean;
}

const RAM_BYTES = 128 << 20;
const ELF_MAX = 64 << 20;

export async function vmGdb(options: VmGdbOptions): Promise<number> {
  const runtime = createRuntime();
  const port = options.port === undefined ? 0 : parsePort(options.port, `--port ${options.port}`);
  const { start, entropy } = startOf(runtime, options);
  const journal = new SoloJournal(runtime, start, entropy);
  const explorer = new Explorer(runtime, journal);
  const flush = (): void => {
    const text = journal.takeConsole(explorer.position);
    if (!options.quiet && text.length > 0) process.stdout.write(text);
  };
  const listening = { port, option: `--port ${port}` };
  const server = await GdbServer.listen(explorer, listening, flush);
  process.stderr.write(`gdb: ${invitation(server.port)}: ${explorer.describe()}\n`);
  const interrupt = new Interrupt();
  const farewell = await server.serve(interrupt);
  interrupt.stopListening();
  const state = `${explorer.describe()}, state ${explorer.stateHash()}`;
  process.stderr.write(`gdb: ${farewell} at ${state}\n`);
  explorer.release();
  journal.release();
  return farewell === "interrupted" ? EXIT_INTERRUPTED : EXIT_OK;
}

interface Beginning {
  readonly start: SoloStart;
  readonly entropy: string;
}

function startOf(runtime: VmRuntime, options: VmGdbOptions): Beginning {
  const { elf, guest, from } = options;
  const given = [elf, guest, from].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UsageError("vm gdb: expected one of ELF, --guest NAME and --from FILE");
  if (from !== undefined) {
    const { machine } = readMachineFile(from, runtime, loadGuests());
    return { start: { ...machine, machine: debuggable(machine.machine) }, entropy: RUN_ENTROPY };
  }
  const machine = powerOn(runtime, elf === undefined ? guestOf(options) : program(elf), OPTIONS);
  if (!machine.ok) throw new UsageError(machine.error);
  const start = { ...POWERED_ON, machine: debuggable(machine.value.snapshot()), count: 0 };
  machine.value.release();
  return { start, entropy: BOOT_ENTROPY };
}

function debuggable(snapshot: VmSnapshot): MachineSnapshot {
  const machine = emulated(snapshot);
  if (machine === undefined)
    throw new UsageError("vm gdb: this guest has no instructions to debug");
  return machine;
}

function program(file: string): GuestImage {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file`);
  const stat = statSync(file);
  if (!stat.isFile()) throw new UsageError(`${file}: not a file`);
  if (stat.size > ELF_MAX) throw new UsageError(`${file}: larger than 64 MiB`);
  const elf = new Uint8Array(readFileSync(file));
  const name = basename(file);
  return {
    name,
    title: name,
    program: { kind: "elf", elf },
    ramBytes: RAM_BYTES,
    ready: "",
    port: 0,
  };
}
