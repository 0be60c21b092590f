// What a campaign has come to so far, in figures: verdicts, faults that fired, marks that were hit, and
// its findings by their fingerprints.

import { FAULT_KINDS } from "../../faults/registry.ts";
import { marksFor, requiredMarks } from "../../testbed/variants/marks.ts";
import type { Outcome } from "./outcome.ts";

export interface FindingGroup {
  readonly fingerprint: string;
  /** The failing seed with the fewest events: the fastest to look at. */
  readonly fastest: Outcome;
  /** All failing seeds, in the order of their numbers. */
  readonly seeds: readonly string[];
}

export class Tally {
  readonly #outcomes: Map<string, Outcome>;
  readonly #strikes: Map<string, number>;
  readonly #hits: Map<string, number>;
  readonly #marks: Map<string, number>;
  readonly #protocol: string | undefined;
  #endTime: number;
  #steps: number;
  /** Seeds since one brought a mark or a finding that was not there before. */
  #quiet: number;

  /** Whose marks can come up. */
  constructor(protocol?: string) {
    this.#protocol = protocol;
    this.#outcomes = new Map();
    this.#strikes = new Map();
    this.#hits = new Map();
    this.#marks = new Map();
    this.#endTime = 0;
    this.#steps = 0;
    this.#quiet = 0;
  }

  add(outcome: Outcome): void {
    const isKnown =
      outcome.fingerprint === "" ||
      [...this.#outcomes.values()].some(({ fingerprint }) => fingerprint === outcome.fingerprint);
    const before = this.#marks.size;
    this.#outcomes.set(outcome.seed, outcome);
    sum(this.#strikes, outcome.strikes);
    sum(this.#hits, outcome.hits);
    sum(this.#marks, outcome.marks);
    this.#endTime += outcome.endTime;
    this.#steps += outcome.steps;
    this.#quiet = isKnown && this.#marks.size === before ? this.#quiet + 1 : 0;
  }

  has(seed: string): boolean {
    return this.#outcomes.has(seed);
  }

  get outcomes(): readonly Outcome[] {
    return [...this.#outcomes.values()];
  }

  get seeds(): number {
    return this.#outcomes.size;
  }

  get quiet(): number {
    return this.#quiet;
  }

  /** Seconds of virtual time of all runs together. */
  get virtualSeconds(): number {
    return this.#endTime / 1e9;
  }

  get steps(): number {
    return this.#steps;
  }

  /** By exit code: how many seeds. */
  get exits(): ReadonlyMap<number, number> {
    const exits = new Map<number, number>();
    for (const { exit } of this.#outcomes.values()) exits.set(exit, (exits.get(exit) ?? 0) + 1);
    return exits;
  }

  get strikes(): number {
    return [...this.#strikes.values()].reduce((total, count) => total + count, 0);
  }

  /** Kinds of faults in the registry's order that struck, with what they hit. */
  get fired(): readonly {
    readonly name: string;
    readonly strikes: number;
    readonly hits: number;
  }[] {
    return FAULT_KINDS.flatMap(({ name }) => {
      const strikes = this.#strikes.get(name) ?? 0;
      return strikes === 0 ? [] : [{ name, strikes, hits: this.#hits.get(name) ?? 0 }];
    });
  }

  get marksHit(): ReadonlyMap<string, number> {
    return this.#marks;
  }

  /** How many marks there are that can come up. */
  get marksKnown(): number {
    return marksFor(this.#protocol).length;
  }

  /** Of those that a campaign has to meet. */
  get marksMissed(): readonly string[] {
    return namesOf(requiredMarks(this.#protocol)).filter((name) => !this.#marks.has(name));
  }

  /** Of those that no campaign can be relied on to meet: they have tests of their own. */
  get rareMarksMissed(): readonly string[] {
    const rare = marksFor(this.#protocol).filter((mark) => mark.rare !== undefined);
    return namesOf(rare).filter((name) => !this.#marks.has(name));
  }

  /** The most frequent first. */
  get findings(): readonly FindingGroup[] {
    const groups = new Map<string, Outcome[]>();
    for (const outcome of this.#outcomes.values())
      if (outcome.exit !== 0)
        groups.set(outcome.fingerprint, [...(groups.get(outcome.fingerprint) ?? []), outcome]);
    return [...groups]
      .map(([fingerprint, outcomes]) => groupOf(fingerprint, outcomes))
      .sort((a, b) => b.seeds.length - a.seeds.length || compare(a.fingerprint, b.fingerprint));
  }
}

function groupOf(fingerprint: string, outcomes: readonly Outcome[]): FindingGroup {
  const sorted = outcomes.toSorted((a, b) => Number(a.seed) - Number(b.seed));
  const [fastest] = sorted.toSorted((a, b) => a.events - b.events);
  return {
    fingerprint,
    fastest: fastest as Outcome,
    seeds: sorted.map(({ seed }) => seed),
  };
}

function sum(into: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into.set(name, (into.get(name) ?? 0) + count);
}

function namesOf(marks: ReturnType<typeof marksFor>): readonly string[] {
  return marks.map(({ name }) => name);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
