// Makes a failing run smaller while it shows the same finding: first fewer faults, then fewer values
// that differ from their defaults, then less work. At the end every fault that is left is needed.

import type { Finding } from "../../history/verdict.ts";
import { formatDuration } from "../../base/time.ts";
import type { Duration } from "../../base/time.ts";
import type { Crew } from "../crew.ts";
import type { Attempt, AttemptTask, Setting, Target } from "./attempt.ts";
import {
  faultsOf,
  optionsOf,
  type PlainScenario,
  valueAt,
  withFaults,
  withOptions,
  withValue,
} from "./plain.ts";
import { smallest } from "./smaller.ts";

export interface Shrunk {
  readonly finding: Finding;
  readonly scenario: PlainScenario;
  readonly before: Size;
  readonly after: Size;
  readonly runs: number;
  /** For each fault that is left: how the run ends without it. */
  readonly needed: readonly Attempt[];
  /** It was given up for want of time: what is left may not all be needed. */
  readonly isGivenUp: boolean;
}

export interface Size {
  readonly faults: number;
  readonly fired: number;
  readonly options: number;
  readonly clients: number;
}

/** Virtual ns that a finding may come later in a smaller run than in the first one. */
const LATER = 1_000_000_000;
const DEFAULT_CLIENTS = 4;

export class Shrinker {
  readonly #crew: Crew<AttemptTask, Attempt>;
  readonly #setting: Setting;
  readonly #isOver: () => boolean;
  readonly #onRun: (runs: number, scenario: PlainScenario) => void;
  #scenario: PlainScenario;
  #target: Target | undefined;
  #runs: number;
  #latest: Attempt | undefined;

  constructor(
    crew: Crew<AttemptTask, Attempt>,
    setting: Setting,
    scenario: PlainScenario,
    watch: {
      readonly isOver: () => boolean;
      readonly onRun: (runs: number, scenario: PlainScenario) => void;
    },
  ) {
    this.#crew = crew;
    this.#setting = setting;
    this.#scenario = scenario;
    this.#isOver = watch.isOver;
    this.#onRun = watch.onRun;
    this.#target = undefined;
    this.#runs = 0;
    this.#latest = undefined;
  }

  /** undefined: the run shows no finding, there is nothing to shrink. */
  async shrink(): Promise<Shrunk | undefined> {
    const first = await this.#attempt(this.#scenario);
    if (first.finding === undefined) return undefined;
    const { invariant, checker, time } = first.finding;
    this.#target = { invariant, checker, by: time + LATER };
    const before = sizeOf(this.#scenario, first);
    this.#latest = first;
    this.#scenario = withMoments(this.#scenario, first);
    await this.#keepStruck(first);
    await this.#fewerFaults();
    await this.#fewerOptions();
    await this.#lessWork();
    const needed = await this.#proveFaults();
    const last = await this.#attempt(this.#scenario);
    const finding = last.finding ?? first.finding;
    const after = sizeOf(this.#scenario, last);
    const scenario = this.#scenario;
    const isGivenUp = this.#isOver();
    return { finding, scenario, before, after, runs: this.#runs, needed, isGivenUp };
  }

  /** Faults that never struck, or only after the finding, go first: one attempt for all of them. */
  async #keepStruck({ struck, moments, finding }: Attempt): Promise<void> {
    const until = finding?.time ?? Infinity;
    const kept = faultsOf(this.#scenario).filter(
      (_, at) => (struck[at] ?? 0) > 0 && (moments[at] ?? -1) <= until,
    );
    await this.#takeFirst([withFaults(this.#scenario, kept)]);
  }

  async #fewerFaults(): Promise<void> {
    const faults = await smallest(faultsOf(this.#scenario), (lists) =>
      this.#firstOf(lists.map((list) => withFaults(this.#scenario, list))),
    );
    this.#scenario = withFaults(this.#scenario, faults);
  }

  async #fewerOptions(): Promise<void> {
    const all = optionsOf(this.#scenario);
    const kept = await smallest(all, (lists) =>
      this.#firstOf(lists.map((list) => withOptions(this.#scenario, list))),
    );
    this.#scenario = withOptions(this.#scenario, kept);
  }

  /** Shorter, fewer clients, one operation at a time, faults at round moments. */
  async #lessWork(): Promise<void> {
    const ends = this.#latest?.finding?.time;
    if (ends !== undefined)
      await this.#takeFirst([withValue(this.#scenario, "workload.for", text(ends + 1_000_000))]);
    const clients = clientsOf(this.#scenario);
    const fewer = [1, 2, 4, 8].filter((count) => count < clients);
    await this.#takeFirst(
      fewer.map((count) => withValue(this.#scenario, "workload.clients", count)),
    );
    if (valueAt(this.#scenario, "workload.depth") !== undefined)
      await this.#takeFirst([withValue(this.#scenario, "workload.depth", 1)]);
    for (const at of faultsOf(this.#scenario).keys()) {
      const rounded = roundedFaults(faultsOf(this.#scenario), at);
      await this.#takeFirst(rounded.map((faults) => withFaults(this.#scenario, faults)));
    }
  }

  /** What comes of the run without each one; one that is not needed after all is left out. */
  async #proveFaults(): Promise<readonly Attempt[]> {
    for (;;) {
      const faults = faultsOf(this.#scenario);
      const without = await Promise.all(
        faults.map((_, at) =>
          this.#attempt(withFaults(this.#scenario, faults.toSpliced(at, 1)), true),
        ),
      );
      const spare = without.findIndex(({ finding }) => finding !== undefined);
      if (spare < 0 || this.#isOver()) return without;
      this.#scenario = withFaults(this.#scenario, faults.toSpliced(spare, 1));
    }
  }

  async #takeFirst(candidates: readonly PlainScenario[]): Promise<void> {
    const passed = await this.#firstOf(candidates);
    if (passed !== undefined) this.#scenario = candidates[passed] ?? this.#scenario;
  }

  /** As many at once as the crew has workers; the first in their order that shows the finding. */
  async #firstOf(candidates: readonly PlainScenario[]): Promise<number | undefined> {
    for (let from = 0; from < candidates.length && !this.#isOver(); from += this.#crew.size) {
      const batch = candidates.slice(from, from + this.#crew.size);
      const attempts = await Promise.all(batch.map((candidate) => this.#attempt(candidate)));
      const passed = attempts.findIndex(({ finding }) => finding !== undefined);
      if (passed < 0) continue;
      this.#latest = attempts[passed];
      return from + passed;
    }
    return undefined;
  }

  async #attempt(scenario: PlainScenario, isToEnd: boolean = false): Promise<Attempt> {
    this.#runs += 1;
    this.#onRun(this.#runs, this.#scenario);
    const [setting, target] = [this.#setting, this.#target];
    return this.#crew.run({ setting, scenario, target, isToEnd });
  }
}

/** The moments that the seed drew are written out: fewer faults must not move those that are left. */
function withMoments(scenario: PlainScenario, { moments }: Attempt): PlainScenario {
  const faults = faultsOf(scenario).map((fault, at) => {
    const moment = moments[at] ?? -1;
    return moment < 0 ? fault : { ...fault, at: text(moment) };
  });
  return withFaults(scenario, faults);
}

/** Its moment, and how long it lasts, at whole milliseconds; and without what delays it. */
function roundedFaults(faults: readonly object[], at: number): readonly (readonly object[])[] {
  const fault = (faults[at] ?? {}) as Readonly<Record<string, unknown>>;
  const candidates: object[] = [];
  for (const key of ["after", "stability"]) {
    if (fault[key] === undefined) continue;
    const { [key]: _, ...rest } = fault;
    candidates.push(rest);
  }
  for (const key of ["at", "for"]) {
    const rounded = roundedTime(fault[key]);
    if (rounded !== undefined) candidates.push({ ...fault, [key]: rounded });
  }
  return candidates.map((changed) => faults.with(at, changed));
}

function roundedTime(value: unknown): string | undefined {
  const [, digits = "", unit = ""] =
    typeof value === "string" ? (/^(\d+)(ns|us)$/.exec(value) ?? []) : [];
  if (digits === "") return undefined;
  const milliseconds = Math.round(Number(digits) / (unit === "ns" ? 1_000_000 : 1_000));
  return `${Math.max(1, milliseconds)}ms`;
}

const text = (ns: number): string => `${ns}ns`;

function clientsOf(scenario: PlainScenario): number {
  const clients = valueAt(scenario, "workload.clients");
  return typeof clients === "number" ? clients : DEFAULT_CLIENTS;
}

function sizeOf(scenario: PlainScenario, { fired }: Attempt): Size {
  return {
    faults: faultsOf(scenario).length,
    fired,
    options: optionsOf(scenario).length,
    clients: clientsOf(scenario),
  };
}

/** A fault in the words of the scenario: "crash: primary, at 1.2s". */
export function describeFault(fault: object): string {
  return Object.entries(fault)
    .map(([key, value]) => `${key}: ${describeValue(value)}`)
    .join(", ");
}

function describeValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return `{ ${describeFault(value)} }`;
  const [, ns = ""] = /^(\d+)ns$/.exec(String(value)) ?? [];
  return ns === "" ? String(value) : formatDuration(Number(ns) as Duration);
}
