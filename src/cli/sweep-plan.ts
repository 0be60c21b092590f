// What `ftsim sweep` is asked for, with what the scenario's own `sweep:` says where it is not told.

import { availableParallelism } from "node:os";
import { type VirtualTime, virtualTime } from "../base/time.ts";
import type { Scenario } from "../testbed/scenario.ts";
import { hostNames } from "../testbed/topology.ts";
import { parseDuration } from "../testbed/units.ts";
import { loadScenario } from "./scenarios.ts";
import { chooseSeed } from "./seed.ts";
import type { SweepSubject } from "./sweep-messages.ts";
import { UsageError } from "./usage-error.ts";
import { whole } from "./whole.ts";

export interface SweepOptions {
  readonly seed: string | undefined;
  readonly window: string | undefined;
  readonly fault: string;
  readonly nodes: string | undefined;
  readonly jobs: string | undefined;
  readonly tail: string | undefined;
  readonly everyEvent: boolean;
  readonly recheck: string;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly set: readonly string[];
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface SweepPlan {
  readonly subject: SweepSubject;
  readonly scenario: Scenario;
  readonly from: VirtualTime;
  readonly to: VirtualTime;
  readonly isEveryEvent: boolean;
  readonly jobs: number;
  readonly recheck: number;
}

const JOBS_MAX = 256;
const RECHECK_MAX = 1_000_000;

export function planSweep(name: string, options: SweepOptions): SweepPlan {
  if (options.fault !== "crash")
    throw new UsageError(`--fault ${options.fault}: expected crash, the only one so far`);
  const seed = chooseSeed(options.seed);
  const asWritten = loadScenario(name, options.set, seed);
  const own = asWritten.sweep;
  const [from, to] = windowOf(options.window, own?.window);
  // All that the sweep changes in the scenario, as `ftsim run` would be told.
  const set = [
    ...(own?.set ?? []),
    ...(own?.faults === "none" ? ["faults=[]"] : []),
    ...(options.tail === undefined ? [] : [`sweep.tail=${options.tail}`]),
    ...options.set,
  ];
  const scenario = loadScenario(name, set, seed);
  if (scenario.expect !== "valid" && scenario.expect !== "outage")
    throw new UsageError(
      `${name}: expects another end than valid or outage: what would a branch have to be?`,
    );
  if (to >= scenario.workload.for)
    throw new UsageError(
      `--window: ends at ${to / 1e9} s, but faults strike only before ${scenario.workload.for / 1e9} s (workload.for)`,
    );
  const nodes = nodesOf(hostNames(scenario), options.nodes?.split(",") ?? own?.nodes);
  const { without, bug } = options;
  return {
    subject: { scenario: name, set, seed, without, bug, nodes },
    scenario,
    from,
    to,
    isEveryEvent: options.everyEvent,
    jobs: whole("--jobs", options.jobs ?? String(availableParallelism()), JOBS_MAX),
    recheck: whole("--recheck", options.recheck, RECHECK_MAX, 0),
  };
}

function windowOf(
  text: string | undefined,
  own: readonly [number, number] | undefined,
): readonly [VirtualTime, VirtualTime] {
  if (text === undefined) {
    if (own === undefined)
      throw new UsageError("--window A..B: expected, e.g. 1s..1.5s; the scenario names none");
    return [virtualTime(own[0]), virtualTime(own[1])];
  }
  const [first = "", last = "", ...more] = text.split("..");
  if (more.length > 0 || last === "")
    throw new UsageError(`--window ${text}: expected A..B, e.g. 1s..1.5s`);
  const from = nanoseconds("--window", first);
  const to = nanoseconds("--window", last);
  if (from > to) throw new UsageError(`--window ${text}: ends before it begins`);
  return [virtualTime(from), virtualTime(to)];
}

function nodesOf(
  hosts: readonly string[],
  given: readonly string[] | undefined,
): readonly string[] {
  for (const node of given ?? [])
    if (!hosts.includes(node))
      throw new UsageError(`--nodes: no host ${node}; expected some of ${hosts.join(", ")}`);
  return given ?? hosts;
}

function nanoseconds(option: string, text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UsageError(`${option}: ${parsed.error}`);
  return parsed.value;
}
