// What `ftsim sweep` is asked for, with what the scenario's own `sweep:` says where it is not told.

import { availableParallelism } from "node:os";
import { type Duration, type VirtualTime, virtualTime } from "../../base/time.ts";
import type { Scenario } from "../../testbed/scenario.ts";
import type { SecondStrikes } from "../../testbed/sweep-bench.ts";
import { readStrikes, type Strikes } from "../../testbed/sweep-strikes.ts";
import { hostNames } from "../../testbed/topology.ts";
import { parseDuration } from "../../testbed/units.ts";
import { loadScenario } from "../scenarios.ts";
import { chooseSeed } from "../seed.ts";
import type { SweepSubject } from "./messages.ts";
import { UsageError } from "../usage-error.ts";
import { whole } from "../whole.ts";

export interface SweepOptions {
  readonly seed: string | undefined;
  readonly window: string | undefined;
  readonly fault: readonly string[];
  readonly second: readonly string[];
  readonly within: string;
  readonly sample: string | undefined;
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
  readonly nodes: readonly string[];
  /** Kinds of faults that `all` cannot do here, and why. */
  readonly leftOut: readonly string[];
  /** So many boundaries, drawn; undefined: all. */
  readonly sample: number | undefined;
  readonly jobs: number;
  readonly recheck: number;
}

const JOBS_MAX = 256;
const RECHECK_MAX = 1_000_000;

export function planSweep(name: string, options: SweepOptions): SweepPlan {
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
  const [sample, secondSample] = samplesOf(options.sample);
  const first = strikesOf(
    "--fault",
    options.fault.length === 0 ? ["crash"] : options.fault,
    scenario,
    nodes,
  );
  const then = strikesOf("--second", options.second, scenario, nodes);
  const { without, bug } = options;
  const second: SecondStrikes | undefined =
    then.strikes.length === 0
      ? undefined
      : {
          strikes: then.strikes,
          within: nanoseconds("--within", options.within),
          isEveryEvent: options.everyEvent,
          most: secondSample,
        };
  return {
    subject: { scenario: name, set, seed, without, bug, strikes: first.strikes, second },
    scenario,
    from,
    to,
    isEveryEvent: options.everyEvent,
    nodes,
    leftOut: [...first.leftOut, ...then.leftOut],
    sample,
    jobs: whole("--jobs", options.jobs ?? String(availableParallelism()), JOBS_MAX),
    recheck: whole("--recheck", options.recheck, RECHECK_MAX, 0),
  };
}

function strikesOf(
  option: string,
  texts: readonly string[],
  scenario: Scenario,
  nodes: readonly string[],
): Strikes {
  const strikes = readStrikes(texts, scenario, nodes);
  if (!strikes.ok) throw new UsageError(`${option} ${strikes.error}`);
  return strikes.value;
}

/** "100" boundaries, or "100/20": and 20 for the second strike after each. */
function samplesOf(
  text: string | undefined,
): readonly [first: number | undefined, second: number | undefined] {
  if (text === undefined) return [undefined, undefined];
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) throw new UsageError(`--sample ${text}: expected N or N/M, e.g. 100/20`);
  const most = second === undefined ? undefined : whole("--sample", second, RECHECK_MAX);
  return [whole("--sample", first, RECHECK_MAX), most];
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

function nanoseconds(option: string, text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UsageError(`${option}: ${parsed.error}`);
  return parsed.value;
}
