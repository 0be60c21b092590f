// A table as it is told: figures of ours beside the paper's, never mixed, and what must hold of them.

import type { Measurement } from "./meter.ts";
import type { RunSpec, ScenarioValues } from "./run-spec.ts";
import { type Figure, figureOf } from "./statistics.ts";

/** A figure with as many decimals as say something. */
export interface Value extends Figure {
  readonly kind: "value";
  readonly decimals: number;
  /** What the paper has in this place. */
  readonly paper?: number;
  /** A cost parameter was chosen by this cell: it shows nothing and counts for nothing. */
  readonly isFitted?: boolean;
}

export interface Missing {
  readonly kind: "missing";
  readonly why: string;
}

export type Cell = Value | Missing;

export interface Column {
  readonly title: string;
  readonly unit: string;
}

export interface Row {
  readonly label: string;
  readonly cells: readonly Cell[];
}

export interface Part {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Something that must hold of predicted cells. */
export interface Hold {
  readonly rule: string;
  readonly holds: boolean;
  /** The figures that say so. */
  readonly figures: string;
  /** Why not, where it is known; "" otherwise, and where it holds. */
  readonly why: string;
}

/** A Vega-Lite specification, as in the reports of runs. */
export type Spec = { readonly [key: string]: unknown };

export interface TableChart {
  readonly title: string;
  readonly about: string;
  /** Without colours: marks name a style. */
  readonly spec: Spec;
}

export interface TableBody {
  readonly parts: readonly Part[];
  readonly holds: readonly Hold[];
  /** What cannot be computed by this build, and what it waits for. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly charts: readonly TableChart[];
}

export interface Table extends TableBody {
  readonly number: number;
  readonly title: string;
  readonly source: string;
  /** Runs whose checkers found something: their figures are worth nothing. */
  readonly problems: readonly string[];
}

/** What this build can do. */
export interface Abilities {
  readonly protocols: readonly string[];
  /** Whether the protocol section of a scenario may say this: what is not built yet, is refused. */
  accepts(settings: ScenarioValues): boolean;
}

export interface TableSpec {
  readonly number: number;
  readonly title: string;
  /** Where it stands: "paper, Table 1". */
  readonly source: string;
  runs(abilities: Abilities): readonly RunSpec[];
  compute(results: Results, abilities: Abilities): TableBody;
}

/** The measurements of all runs, one for each seed, in the order of the seeds. */
export class Results {
  readonly #measured: ReadonlyMap<string, readonly Measurement[]>;

  constructor(measured: ReadonlyMap<string, readonly Measurement[]>) {
    this.#measured = measured;
  }

  of(id: string): readonly Measurement[] {
    return this.#measured.get(id) ?? [];
  }

  figure(id: string, pick: (one: Measurement) => number): Figure | undefined {
    return figureOf(this.of(id).map(pick));
  }

  /** Seed by seed, then together: what two runs of a seed have in common falls out. */
  ratio(above: string, below: string, pick: (one: Measurement) => number): Figure | undefined {
    return this.combine(above, below, pick, (a, b) => a / b);
  }

  difference(from: string, what: string, pick: (one: Measurement) => number): Figure | undefined {
    return this.combine(from, what, pick, (a, b) => a - b);
  }

  combine(
    one: string,
    other: string,
    pick: (one: Measurement) => number,
    join: (a: number, b: number) => number,
  ): Figure | undefined {
    const others = this.of(other);
    return figureOf(
      this.of(one).map((measurement, seed) => {
        const beside = others[seed];
        return beside === undefined ? Number.NaN : join(pick(measurement), pick(beside));
      }),
    );
  }
}

export interface CellOptions {
  readonly decimals: number;
  readonly paper?: number;
  readonly isFitted?: boolean;
}

export function cell(figure: Figure | undefined, options: CellOptions): Cell {
  if (figure === undefined) return { kind: "missing", why: "not measured" };
  return { kind: "value", ...figure, ...options };
}

export function plain(value: number, decimals: number): Cell {
  return { kind: "value", value, spread: 0, decimals };
}

/** The figure of a cell; NaN for one that is missing, so that nothing holds of it. */
export function valueOf(of: Figure | undefined): number {
  return of?.value ?? Number.NaN;
}

export function hold(rule: string, holds: boolean, figures: string, why: string = ""): Hold {
  return { rule, holds, figures, why: holds ? "" : why };
}

export function list(values: readonly number[], decimals: number): string {
  return values.map((value) => value.toFixed(decimals)).join(", ");
}

/** Each more than the one before it. */
export function increases(values: readonly number[]): boolean {
  return values.every((value, at) => at === 0 || value > (values[at - 1] as number));
}

export function allWithin(values: readonly number[], least: number, most: number): boolean {
  return values.every((value) => value >= least && value <= most);
}
