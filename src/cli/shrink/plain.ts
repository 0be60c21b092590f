// A scenario as plain data, as it is written: what a shrink takes away from it, and puts in.

export type PlainScenario = Readonly<Record<string, unknown>>;

/** "topology.log-link": where a value stands. */
export type Path = string;

export function faultsOf(scenario: PlainScenario): readonly object[] {
  const { faults } = scenario;
  return Array.isArray(faults) ? (faults as readonly object[]) : [];
}

export const withFaults = (scenario: PlainScenario, faults: readonly object[]): PlainScenario => ({
  ...scenario,
  faults,
});

/** Sections whose values all have a default. */
const SECTIONS = ["topology", "protocol", "workload"] as const;
/** What a workload is, and how long it lasts, has no default. */
const NEEDED: ReadonlySet<Path> = new Set(["workload.kind", "workload.for", "workload.direction"]);

/** Values that may be left out, in the order in which they are written. */
export function optionsOf(scenario: PlainScenario): readonly Path[] {
  return SECTIONS.flatMap((section) =>
    keysOf(scenario[section])
      .map((key) => `${section}.${key}`)
      .filter((path) => !NEEDED.has(path)),
  );
}

/** Only these of the values that may be left out. */
export function withOptions(scenario: PlainScenario, kept: readonly Path[]): PlainScenario {
  let smaller = scenario;
  for (const path of optionsOf(scenario))
    if (!kept.includes(path)) smaller = withValue(smaller, path, undefined);
  return smaller;
}

export function valueAt(scenario: PlainScenario, path: Path): unknown {
  const [section = "", key = ""] = path.split(".");
  const values = scenario[section];
  return isPlain(values) ? values[key] : undefined;
}

/** undefined leaves it out. */
export function withValue(scenario: PlainScenario, path: Path, value: unknown): PlainScenario {
  const [section = "", key = ""] = path.split(".");
  const values = scenario[section];
  const rest = Object.entries(isPlain(values) ? values : {}).filter(([name]) => name !== key);
  const entries = value === undefined ? rest : [...rest, [key, value] as const];
  return { ...scenario, [section]: Object.fromEntries(entries) };
}

function keysOf(value: unknown): readonly string[] {
  return isPlain(value) ? Object.keys(value) : [];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
