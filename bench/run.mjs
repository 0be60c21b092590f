// npm run bench: figures with the size of the work beside them. Each runs several times in one
// process; minimum, median and maximum are printed. Ratios between rows of one run mean something,
// absolute figures depend on the machine.

import { readFileSync } from "node:fs";
import { createEngine, createRuntime } from "../dist/cli/engine.js";
import { findProtocol } from "../dist/cli/protocols.js";
import { Kernel } from "../dist/sim/kernel.js";
import { createWorld, runToEnd } from "../dist/testbed/run.js";
import { parseScenario } from "../dist/testbed/scenario-file.js";
import { benchForks } from "./forks.mjs";
import { interpreterLoop } from "./interpreter.mjs";

const engine = createEngine();

// First, as in a campaign's worker: what runs before it would teach the engine's compiler other things.
benchFailover();
benchProtocolOnly();
for (const isPaged of [false, true]) {
  benchSteps(`interpreter${isPaged ? ", Sv39" : ""}`, createRuntime({ jit: false }), isPaged);
  benchSteps(`compiled${isPaged ? ", Sv39" : ""}`, engine.runtime, isPaged);
}
benchKernel();
benchSnapshot();
benchForks(engine, report);

function report(name, values, unit, work) {
  const sorted = [...values].sort((a, b) => a - b);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(round);
  console.log(
    `${name.padEnd(22)}${shown.join(" / ")} ${unit}   (${work}; ${values.length} rounds)`,
  );
}

function round(value) {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

function seconds(work) {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1_000;
}

function benchSteps(name, runtime, isPaged) {
  const { machine, steps } = interpreterLoop(runtime, isPaged);
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const time = seconds(() => {
      const end = machine.count + steps;
      while (machine.count < end) machine.run(end);
    });
    rates.push(steps / time / 1e6);
  }
  machine.release();
  report(
    name,
    rates,
    "million steps/s",
    `${steps / 1e6} million steps: loads, stores, branches, arithmetic, the port in place`,
  );
}

function benchKernel() {
  const events = 500_000;
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const kernel = new Kernel();
    for (let actor = 0; actor < 12; actor++)
      kernel.register(`a${actor}`, ({ payload, time }) =>
        kernel.schedule(time + 7 + payload, `a${actor}`, "tick", (payload * 5 + 1) % 97),
      );
    for (let actor = 0; actor < 12; actor++) kernel.schedule(actor, `a${actor}`, "tick", actor);
    const time = seconds(() => {
      for (let left = events; left > 0; left--) kernel.step();
    });
    rates.push(events / time / 1e6);
  }
  report("kernel", rates, "million events/s", `${events} events of 12 actors, digest on`);
}

function benchSnapshot() {
  const { machine } = interpreterLoop(engine.runtime);
  const base = 0x80100000;
  const dirty = () => {
    for (let page = 0; page < 44; page++)
      machine.writeMemory(base + page * 4096, Uint8Array.of(page, 1));
  };
  const times = [];
  dirty();
  for (let round = 0; round < 200; round++) {
    times.push(
      1e6 *
        seconds(() => {
          const snapshot = machine.snapshot();
          dirty();
          machine.restore(snapshot);
          snapshot.release();
        }),
    );
  }
  machine.release();
  report("snapshot + restore", times, "us", "one machine, 44 pages dirtied in between");
}

function benchFailover() {
  const text = readFileSync(new URL("failover-bench.yaml", import.meta.url), "utf8");
  const parsed = parseScenario(
    { name: "failover-bench", file: "bench/failover-bench.yaml", text },
    [],
  );
  if (!parsed.ok) throw new Error(parsed.error);
  const request = (seed) => ({
    scenario: parsed.value,
    seed,
    protocol: findProtocol("vm-ft"),
    changes: [],
  });
  const work = { operations: Infinity, steps: Infinity, inFlight: Infinity, after: Infinity };
  const times = [];
  for (let seed = 0; seed < 48; seed++) {
    let result;
    const time = seconds(() => {
      const world = createWorld(engine, request(String(seed)));
      if (!world.ok) throw new Error(world.error);
      result = runToEnd(world.value);
    });
    // The first rounds pay for compiling the engine itself, once in a long campaign.
    if (seed >= 16) times.push(time);
    if (result.verdict !== "valid") throw new Error(`seed ${seed}: ${result.verdict}`);
    measure(work, result);
  }
  const rates = times.map((time) => 1 / time);
  report(
    "bench-failover",
    rates,
    "seeds/s",
    `at least ${work.operations} operations, ${(work.steps / 1e6).toFixed(2)} million primary steps, ${work.inFlight} in flight at the crash, ${work.after} answered after the go-live, all checkers, reference machine on`,
  );
}

/**
 * CPU time of one thread, not wall time: a campaign has as many threads as there are cores. The two are
 * run in turn, so that their ratio means something on a machine that is busy.
 */
function benchProtocolOnly() {
  const load = (file) => {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    const parsed = parseScenario({ name: "bench", file, text }, []);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  };
  const scripted = load("../scenarios/protocol-only.yaml");
  const failover = load("failover-bench.yaml");
  const protocol = findProtocol("vm-ft");
  let leastEvents = Infinity;
  const cpu = (scenario, seeds) => {
    const before = process.cpuUsage();
    for (const seed of seeds) {
      const world = createWorld(engine, { scenario, seed: String(seed), protocol, changes: [] });
      if (!world.ok) throw new Error(world.error);
      const { verdict, events } = runToEnd(world.value);
      if (verdict !== "valid") throw new Error(`seed ${seed}: ${verdict}`);
      if (scenario === scripted) leastEvents = Math.min(leastEvents, events);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6 / seeds.length;
  };
  const rates = [];
  const ratios = [];
  for (let round = 0; round < 9; round++) {
    const many = cpu(
      scripted,
      Array.from({ length: 100 }, (_, at) => 100 * round + at),
    );
    const few = cpu(failover, [3 * round, 3 * round + 1, 3 * round + 2]);
    // The first rounds pay for compiling the engine itself.
    if (round < 3) continue;
    rates.push(1 / many);
    ratios.push(few / many);
  }
  const work = `at least ${leastEvents} events, a crash and a takeover each, all checkers, reference machine on; 100 seeds a round`;
  report("protocol-only", rates, "seeds/s/core", work);
  report("  to bench-failover", ratios, "times as many", "CPU time of a seed, in turn");
}

function measure(work, result) {
  let inFlight = 0;
  let atCrash = 0;
  let answered = 0;
  let after = 0;
  let isLive = false;
  for (const fact of result.facts) {
    if (fact.kind === "host" && fact.what === "crash") atCrash = inFlight;
    if (fact.kind === "role" && fact.role === "SOLO") isLive = true;
    if (fact.kind !== "client") continue;
    inFlight += fact.event.kind === "invoke" ? 1 : -1;
    if (fact.event.kind !== "ok") continue;
    answered += 1;
    if (isLive) after += 1;
  }
  work.operations = Math.min(work.operations, answered);
  work.steps = Math.min(work.steps, result.steps.get("h1"));
  work.inFlight = Math.min(work.inFlight, atCrash);
  work.after = Math.min(work.after, after);
}
