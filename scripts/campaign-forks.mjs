// npm run campaign:forks [-- --seeds N]: snapshots of `failover` at N random event indices (200 unless
// told): run on, restore, run on must be equal in digest and verdict, and equal to the run that was
// never interrupted; then 10,000 forks are taken and released, and the page pool is back at its base.

import { Prng } from "../dist/base/prng.js";
import { createEngine } from "../dist/cli/engine.js";
import { findProtocol } from "../dist/cli/protocols.js";
import { loadScenario } from "../dist/cli/scenarios.js";
import { createWorld, judgeWorld, runToEnd } from "../dist/testbed/run.js";
import { seedsOption } from "./campaign.mjs";

const points = seedsOption(200);
const engine = createEngine();
const scenario = loadScenario("failover", [], "1");
const prng = new Prng("campaign-forks");
let failures = 0;

function build(seed) {
  const world = createWorld(engine, {
    scenario,
    seed,
    protocol: findProtocol("vm-ft"),
    changes: [],
  });
  if (!world.ok) throw new Error(world.error);
  return world.value;
}

function finish(world) {
  while (!world.isOver) world.advance(10_000);
  const { digest, verdict } = judgeWorld(world);
  return `${digest} ${verdict}`;
}

const whole = runToEnd(build("42"));
const base = engine.runtime.pagesInUse;
for (let round = 0; round < points; round++) {
  const world = build("42");
  const index = prng.below(whole.events);
  world.advance(index);
  const snapshot = world.snapshot();
  const first = finish(world);
  world.restore(snapshot);
  const second = finish(world);
  snapshot.release();
  world.release();
  if (first === second && first === `${whole.digest} ${whole.verdict}`) continue;
  failures += 1;
  console.log(
    `event ${index}: ${first}, restored ${second}, whole ${whole.digest} ${whole.verdict}`,
  );
}
console.log(
  `${points} snapshots of ${whole.events} events, run on, restored, run on: ${failures} differ`,
);

const world = build("42");
world.advance(5_000);
const before = engine.runtime.pagesInUse;
for (let fork = 0; fork < 10_000; fork++) {
  const snapshot = world.snapshot();
  if (fork % 50 === 0) {
    const other = build("42");
    other.restore(snapshot);
    other.advance(200);
    other.release();
  }
  snapshot.release();
}
const after = engine.runtime.pagesInUse;
world.release();
const left = engine.runtime.pagesInUse;
console.log(
  `10,000 forks taken and released, 200 of them run on: ${after - before} pages more; ${left - base} left at the end`,
);
if (after !== before || left !== base) failures += 1;
process.exitCode = failures === 0 ? 0 : 1;
