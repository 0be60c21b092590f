// Forks of a booted Debian: what one costs in time, and what a thousand that run on cost in memory.

import { SoloMachine } from "../dist/testbed/solo.js";

const GUEST = "debian-redis";
const DISK_SECTORS = 131_072;
const ALIVE = 1_000;
const STEPS_EACH = 100_000;

export function benchForks(engine, report) {
  const booted = engine.boot(GUEST, DISK_SECTORS, { bounceBuffers: true });
  if (!booted.ok) {
    console.log(`fork                  not run: ${booted.error}`);
    return;
  }
  const { runtime } = engine;
  const origin = runtime.machineFrom(booted.value.machine);
  const mebibytes = origin.config.ramBytes / 1_048_576;
  const times = [];
  for (let round = 0; round < 200; round++) {
    const started = performance.now();
    const fork = origin.fork();
    fork.run(fork.count + 1);
    times.push((performance.now() - started) * 1_000);
    fork.release();
  }
  report("fork", times, "us", `${GUEST} with ${mebibytes} MiB, and its first step`);
  benchMany(booted.value, origin, runtime, report);
  origin.release();
}

/** All alive at once: each has pages of its own for what it wrote, and shares the rest. */
function benchMany({ ticks, blocks }, origin, runtime, report) {
  const before = runtime.pagesInUse;
  const forks = [];
  const pages = [];
  for (let number = 0; number < ALIVE; number++) {
    const held = runtime.pagesInUse;
    const machine = origin.fork();
    const alone = new SoloMachine(
      machine,
      { ticks, blocks },
      { entropy: `fork ${number}`, print() {} },
    );
    const bounds = { count: machine.count + STEPS_EACH, ticks: Infinity, events: Infinity };
    alone.run(bounds);
    forks.push(machine);
    pages.push(runtime.pagesInUse - held);
  }
  const all = ((runtime.pagesInUse - before) * 4) / 1_024;
  report(
    `${ALIVE} forks`,
    pages,
    "pages of 4 KiB each",
    `alive together, ${STEPS_EACH} steps each: ${all.toFixed(0)} MiB in all, ${before} pages shared`,
  );
  for (const fork of forks) fork.release();
  if (runtime.pagesInUse !== before) throw new Error("forks left pages behind");
}
