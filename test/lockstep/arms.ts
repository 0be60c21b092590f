// The ways in which a machine may be run, all of which must come to the same states at the same
// counts. The first one is what the others are held against.

import type { Prng } from "../../src/base/prng.ts";
import type { VmRuntime } from "../../src/vm/runtime.ts";
import { newRuntime } from "../support/vm/load-core.ts";
import { type Execution, MACHINE_CONFIG, wander } from "./execution.ts";
import { RAM_BYTES, PAGE } from "./map.ts";

export interface Arm {
  readonly name: string;
  /** Of how many steps of a program it is worth the time, 1 being all. */
  readonly share: number;
  readonly open: (random: Prng) => VmRuntime;
  /** Looks whether a question left a trace in the state at its count. */
  readonly isNosy?: boolean;
  /** Steps to the next meddling. */
  readonly gap?: (random: Prng) => number;
  readonly meddle?: (execution: Execution) => void;
}

const plain = (): VmRuntime => newRuntime(undefined, false);
/** Everything is compiled the first time that it is jumped to. */
const eager = (): VmRuntime => newRuntime(undefined, { threshold: 1, seed: 0 });
/** Things are compiled when chance says so, and dropped when it says so. */
const fickle = (random: Prng): VmRuntime =>
  newRuntime(undefined, { threshold: 1 + random.below(40), seed: 1 + random.below(1 << 30) });

function slices(size: number, share: number): Arm {
  return { name: `slices of ${size}`, share, open: plain, gap: () => size };
}

/** A runtime whose pool has been used: pages come in another order. */
function usedPool(random: Prng, runtime = plain()): VmRuntime {
  const machines = Array.from({ length: 3 }, () => runtime.createMachine(MACHINE_CONFIG));
  for (let n = 0; n < 300; n++) {
    const page = random.below(RAM_BYTES / PAGE);
    random.pick(machines).writePage(page, new Uint8Array(PAGE).fill(random.below(256)));
  }
  // The third one stays.
  machines[0]?.release();
  machines[1]?.release();
  return runtime;
}

/** Goes on in a snapshot's state after having gone astray. */
function restore(execution: Execution): void {
  const { machine, random } = execution;
  const snapshot = machine.snapshot();
  wander(machine, random);
  machine.restore(snapshot);
  snapshot.release();
}

/** Goes on in one half of a fork; the other one goes astray, and is given up now or later. */
function fork(execution: Execution): void {
  const { machine, random } = execution;
  const other = machine.fork();
  const isChild = random.below(2) === 0;
  const [kept, left] = isChild ? [other, machine] : [machine, other];
  execution.machine = kept;
  wander(left, random);
  if (random.below(2) === 0) left.release();
  else execution.guests.push(() => left.release());
  if (execution.guests.length > 8) execution.guests.shift()?.();
}

/** Looks at everything, and has the state exported and imported again. */
function look(execution: Execution): void {
  const { machine, random } = execution;
  machine.stateHash();
  machine.csr(0x300);
  machine.readPage(random.below(RAM_BYTES / PAGE));
  if (random.below(2) === 0) machine.importState(machine.exportState());
  const snapshot = machine.snapshot();
  execution.guests.push(() => snapshot.release());
  if (execution.guests.length > 4) execution.guests.shift()?.();
}

/** Another machine has the core for a while, in a state from this one's past. */
function alternate(execution: Execution): void {
  const { machine, random, guests } = execution;
  const other = machine.fork();
  wander(other, random);
  machine.run(machine.count);
  wander(other, random);
  guests.push(() => other.release());
  if (guests.length > 2) guests.shift()?.();
}

/** Another machine is in the core for no time at all: nothing that was derived is left. */
function forget(execution: Execution): void {
  execution.bystander ??= execution.runtime.createMachine(MACHINE_CONFIG);
  execution.bystander.csr(0);
}

const constantly = (random: Prng): number => 1 + random.below(random.pick([3, 40]));
const often = (random: Prng): number => 1 + random.below(200);
const seldom = (random: Prng): number => 1 + random.below(random.pick([20, 2000, 20_000]));

export const REFERENCE: Arm = { name: "interpreter", share: 1, open: plain };

export const ARMS: readonly Arm[] = [
  slices(1, 0.08),
  { ...slices(1, 0.02), name: "slices of 1, nosy", isNosy: true },
  slices(7, 0.15),
  slices(1_000_003, 1),
  { name: "snapshots", share: 1, open: plain, gap: seldom, meddle: restore },
  { name: "forks", share: 1, open: plain, gap: seldom, meddle: fork },
  { name: "looked at", share: 1, open: plain, gap: seldom, meddle: look },
  { name: "used pool", share: 1, open: usedPool },
  { name: "alternating", share: 1, open: usedPool, gap: seldom, meddle: alternate },
  { name: "forgetful", share: 0.5, open: plain, gap: constantly, meddle: forget },
  { name: "JIT at once", share: 0.1, open: eager },
  { name: "JIT at once, slices of 7", share: 0.02, open: eager, gap: () => 7 },
  { name: "JIT at once, short slices", share: 0.05, open: eager, gap: often },
  { name: "JIT at random", share: 1, open: fickle },
  { name: "JIT at random, snapshots", share: 1, open: fickle, gap: seldom, meddle: restore },
  { name: "JIT at random, forks", share: 1, open: fickle, gap: seldom, meddle: fork },
  { name: "JIT at random, looked at", share: 1, open: fickle, gap: seldom, meddle: look },
  { name: "JIT at random, forgetful", share: 0.1, open: fickle, gap: constantly, meddle: forget },
  {
    name: "JIT at random, alternating",
    share: 1,
    open: (random) => usedPool(random, fickle(random)),
    gap: seldom,
    meddle: alternate,
  },
];
