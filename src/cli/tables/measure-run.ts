// One run of a table, here and now: a world is built, watched, and left at the end of its window.

import { createWorld, type BootCache } from "../../testbed/run.ts";
import { parseScenario } from "../../testbed/scenario-file.ts";
import type { Scenario } from "../../testbed/scenario.ts";
import type { World } from "../../testbed/world.ts";
import { type FrameSize, Meter, type Measurement } from "../../tables/meter.ts";
import type { RunSpec } from "../../tables/run-spec.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { findProtocol } from "../protocols.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

/** State hashes cost most of a run's time and are no part of its identity: one in so many is taken. */
const HASH_EVERY = 1_000;
const SLICE_CAP = 50_000_000;
const EVENTS_MAX = 50_000_000;

export function measureRun(engine: BootCache, spec: RunSpec, seed: string): Measurement {
  return measureScenario(engine, { ...spec, without: [], scenario: scenarioOf(spec), seed });
}

export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly protocol: string;
  readonly without: readonly string[];
  readonly bugs: readonly string[];
  readonly seed: string;
  readonly from: number;
  readonly to: number;
}

export function measureScenario(engine: BootCache, run: ScenarioRun): Measurement {
  const { scenario, protocol, without, bugs, seed, from, to } = run;
  const created = createWorld(engine, {
    scenario,
    seed,
    protocol: findProtocol(protocol),
    changes: resolveVariants(without, bugs),
    execution: { sliceCap: SLICE_CAP, hashEvery: HASH_EVERY },
  });
  if (!created.ok) throw new UsageError(created.error);
  const world = created.value;
  const meter = new Meter({ from, to });
  world.facts.listen((fact) => meter.observe(fact));
  world.network.setTap((link, packet, time) =>
    meter.observeFrame(link, sizeOf(packet.bytes), time),
  );
  try {
    withDeterminismGuard(() => {
      while (world.kernel.nextTime() <= to && !world.isOver && world.kernel.dispatched < EVENTS_MAX)
        world.advance(1);
    });
    // What is broken on purpose is not held against itself.
    const isBroken = without.length + bugs.length > 0;
    return meter.result(isBroken ? [] : problemsOf(world, to));
  } finally {
    world.release();
  }
}

const ETHERNET_HEADER = 14;
const IPV4 = 0x0800;
const TCP = 6;

function sizeOf(frame: Uint8Array): FrameSize {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const bytes = frame.length;
  if (bytes < 54 || view.getUint16(12) !== IPV4 || view.getUint8(23) !== TCP)
    return { bytes, data: 0 };
  const ipHeader = (view.getUint8(ETHERNET_HEADER) & 15) * 4;
  const tcpHeader = (view.getUint8(ETHERNET_HEADER + ipHeader + 12) >> 4) * 4;
  return { bytes, data: view.getUint16(16) - ipHeader - tcpHeader };
}

/** What the checkers that run along have found by now. Whatever needs the end of a run is not asked. */
function problemsOf(world: World, to: number): readonly string[] {
  const problems = world.judge
    .results()
    .flatMap(({ findings, property }) => (property === "safety" ? findings : []))
    .map(({ message, invariant }) => `${invariant}: ${message}`);
  if (world.exhausted !== undefined) problems.push(world.exhausted);
  if (world.isOver || world.kernel.nextTime() <= to)
    problems.push(`left at ${world.kernel.now} ns, before the end of what was to be measured`);
  return problems;
}

function scenarioOf({ id, scenario }: RunSpec): Scenario {
  const parsed = parseScenario({ name: "tables", file: id, text: JSON.stringify(scenario) }, []);
  if (!parsed.ok) throw new UsageError(parsed.error);
  return parsed.value;
}
