// Everything that a scenario sets, as name and value with its unit: what the report prints under
// "how was it run".

import { formatDuration } from "../base/time.ts";
import type { Scenario } from "../testbed/scenario.ts";

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

const DURATION =
  /rtt|timeout|lag-|batch|interval|grace|retry|latency|cost|skew|lease|recovery|^for$|^after$|^at$|^by$|^think$|^every$/;
const SIZE = /buffer|queue|disk|-size$|^request$|^reply$|^piece$/;

export function parametersOf(scenario: Scenario): readonly Parameter[] {
  const parameters: Parameter[] = [];
  flatten(scenario.topology, "topology", parameters);
  flatten(scenario.protocol, "protocol", parameters);
  flatten(scenario.workload, "workload", parameters);
  parameters.push({ name: "recovery", value: formatDuration(scenario.recovery) });
  return parameters;
}

function flatten(value: object, path: string, into: Parameter[]): void {
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    if (item === undefined) continue;
    const name = `${path}.${key}`;
    if (typeof item === "object" && item !== null && !Array.isArray(item) && !("numerator" in item))
      flatten(item, name, into);
    else into.push({ name, value: describe(key, item) });
  }
}

function describe(key: string, item: unknown): string {
  if (Array.isArray(item)) return item.map((part) => describe(key, part)).join(" .. ");
  if (typeof item === "object" && item !== null) {
    const { numerator, denominator } = item as { numerator: number; denominator: number };
    return `${numerator}/${denominator}`;
  }
  if (typeof item !== "number") return String(item);
  if (DURATION.test(key)) return formatDuration(item);
  if (key.startsWith("cpu-")) return `${item} %`;
  if (key === "bandwidth") return `${item / 1_000_000} Mb/s`;
  if (key === "rate") return `${item}/s`;
  if (key === "speed") return `${item / 1_000_000} million steps/s`;
  return SIZE.test(key) ? `${item / 1_024} KiB` : String(item);
}
