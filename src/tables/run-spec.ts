// One run that a table needs, as data: a scenario as it would stand in a file, a protocol, and the
// span of virtual time that is looked at. Every seed of it is a run of its own.

/** A scenario's text as plain values: `{ workload: { kind: "cpu", for: "2s" } }`. */
export type ScenarioValues = { readonly [key: string]: unknown };

export interface RunSpec {
  /** Unique among all tables; tables that ask for the same one share its runs. */
  readonly id: string;
  readonly protocol: string;
  readonly scenario: ScenarioValues;
  /** Rules that are broken on purpose, by the names of `ftsim list bugs`: an ablation. */
  readonly bugs: readonly string[];
  /** Virtual ns. Nothing before `from` counts; the run is left at `to`. */
  readonly from: number;
  readonly to: number;
}

/** The host without FT that the paper divides by. */
export const WITHOUT_FT = "none";
export const WITH_FT = "vm-ft";

const NS_PER_MS = 1_000_000;

export interface SpecParts {
  readonly id: string;
  readonly protocol: string;
  readonly guest: string;
  readonly topology?: ScenarioValues;
  readonly settings?: ScenarioValues;
  readonly workload: ScenarioValues;
  readonly faults?: readonly ScenarioValues[];
  readonly bugs?: readonly string[];
  /** Virtual ms that are not looked at, and then those that are. */
  readonly warmUp: number;
  readonly measured: number;
}

export function runSpec(parts: SpecParts): RunSpec {
  const {
    id,
    protocol,
    guest,
    topology = {},
    settings = {},
    workload,
    faults = [],
    bugs = [],
  } = parts;
  const { warmUp, measured } = parts;
  const total = warmUp + measured;
  return {
    id,
    protocol,
    bugs,
    scenario: {
      title: `A run of the tables (${id})`,
      about: "Made by ftsim tables, not meant to be read.",
      guest,
      topology,
      protocol: settings,
      // The run is left at the end of what is measured: until then clients go on.
      workload: { ...workload, for: `${total}ms` },
      faults,
      recovery: "100ms",
    },
    from: warmUp * NS_PER_MS,
    to: total * NS_PER_MS,
  };
}

/** A word and what it counts, as part of an id: "reads=40". */
export function idOf(...parts: readonly (string | number)[]): string {
  return parts.join("/");
}
