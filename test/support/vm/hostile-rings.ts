// A hostile driver: rings that are mostly sound, then damaged, on all devices; register writes, entries
// and resets in between.

import { Prng } from "../../../src/base/prng.ts";
import { Driver, NEXT, WRITE } from "./driver.ts";
import { CONFIG, RAM } from "./load-core.ts";

const NEEDS_RESET = 0x40;
const BUFFER = RAM + 0x200000;
const QUEUES = [2, 1, 1] as const;
const NUM = 8;

export interface Storm {
  readonly hash: string;
  /** How often what happened: a storm in which nothing works tests nothing. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Chains that are mostly sound, then damaged; register writes, entries, resets. */
export function storm(seed: string, rounds: number): Storm {
  const random = new Prng(`vm/virtio/${seed}`);
  const driver = new Driver();
  const seen = new Map<string, number>();
  const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
  for (let round = 0; round < rounds; round++) {
    const slot = random.below(3);
    const queue = random.below(QUEUES[slot] ?? 1);
    const isStarted = (driver.status(slot) & (NEEDS_RESET | 4)) === 4;
    if ((!isStarted && random.below(8) > 0) || random.below(100) === 0)
      driver.start(slot, random.below(2) << 28, QUEUES[slot] ?? 1, NUM);
    const heads = Array.from({ length: 1 + random.below(3) }, () => 0).map((_, i) => 3 * (i % 2));
    for (const head of heads) makeChain(driver, random, { slot, queue, head });
    if (random.below(4) === 0) damage(driver, random, { slot, queue });
    if (random.below(30) === 0) heads[0] = random.below(65_536);
    driver.offerMore(slot, queue, heads, NUM);
    if (random.below(30) === 0) driver.offer(slot, queue, [], random.below(65_536));
    let exit = driver.notify(slot, random.below(30) === 0 ? random.uint32() : queue);
    if (exit.kind === "request" && exit.what === "entropy") {
      count("entropy");
      driver.machine.answerEntropy(random.bytes(exit.length));
      exit = driver.again();
    }
    if (exit.kind === "output") for (const output of exit.outputs) count(output.class);
    if ((driver.status(slot) & NEEDS_RESET) !== 0) count("broken");
    disturb(driver, random, count);
    if (driver.machine.pendingDisk().length > 128) count("too many commands in flight");
  }
  return { hash: driver.machine.stateHash(), seen };
}

interface Place {
  readonly slot: number;
  readonly queue: number;
}

/** A chain at descriptors head, head + 1, head + 2 that the device would take. */
function makeChain(driver: Driver, random: Prng, at: Place & { readonly head: number }): void {
  const table = driver.desc(at.slot, at.queue);
  const buffer = BUFFER + random.below(64) * 8192;
  const describeAt = (i: number, offset: number, length: number, flags: number): void =>
    driver.describe(table, at.head + i, {
      address: buffer + offset,
      length,
      flags,
      next: at.head + i + 1,
    });
  if (at.slot === 0 && at.queue === 1) {
    describeAt(0, 0, 12, NEXT);
    describeAt(1, 12, 1 + random.below(1600), 0);
  } else if (at.slot === 1) {
    const type = random.pick([0, 1, 1, 4, 8, 77]);
    const header = new DataView(new ArrayBuffer(16));
    header.setUint32(0, type, true);
    header.setUint32(8, random.below(1100), true);
    driver.machine.writeMemory(buffer, new Uint8Array(header.buffer));
    describeAt(0, 0, 16, NEXT);
    describeAt(1, 16, random.pick([512, 1024, 4096, 100]), NEXT | (type === 1 ? 0 : WRITE));
    describeAt(2, 8000, 1, WRITE);
  } else {
    describeAt(0, 0, 12 + random.below(300), WRITE | NEXT);
    describeAt(1, 4096, 1 + random.below(2000), WRITE);
  }
}

function damage(driver: Driver, random: Prng, at: Place): void {
  driver.describe(driver.desc(at.slot, at.queue), random.below(NUM), {
    address: randomAddress(random),
    length: random.pick([0, 1, 16, 32, 128, 513, 4096, 70_000, 3_000_000, 0xffffffff]),
    flags: random.below(random.below(8) === 0 ? 65_536 : 8),
    next: random.below(10),
  });
}

function randomAddress(random: Prng): number {
  const base = random.pick([
    BUFFER,
    RAM + 0x100000,
    RAM + CONFIG.ramBytes - 64,
    0,
    0x100_0000_0000,
  ]);
  return base + random.below(8192);
}

function disturb(driver: Driver, random: Prng, count: (what: string) => unknown): void {
  const { machine } = driver;
  const before = driver.usedIndex(0, 0);
  if (random.below(2) === 0)
    machine.apply({ kind: "net-rx", frames: [random.bytes(random.below(1600))] });
  if (driver.usedIndex(0, 0) !== before) count("received");
  if (random.below(20) === 0)
    driver.poke(driver.register(random.below(8), random.below(80) * 4), random.uint32());
  const pending = machine.pendingDisk();
  if (pending.length === 0 || random.below(4) === 0) return;
  const done = random.pick(pending);
  const status = random.below(4) === 0 ? "error" : "ok";
  const length = done.op === "read" && status === "ok" ? done.sectorCount * 512 : 0;
  machine.apply({ kind: "disk-done", ioId: done.ioId, status, data: new Uint8Array(length) });
  count(`${done.op} ${status}`);
}
