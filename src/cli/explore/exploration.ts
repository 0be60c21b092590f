// The search itself: a tree of runs that grows in rounds. Which forks a round has follows from the
// answers of the rounds before, never from who was quick: the same tree for any number of workers.
//
// Every mark that is hit for the first time, and every smallest distance to a violation, is a source of
// forks. A fork costs its source energy, and gives some back when it brings something new; who has
// spent least is next. So no source gets more than twice the share of another one.

import { must } from "../../base/assert.ts";
import { type Act, type Intervention, RESEED } from "../../faults/operator.ts";
import { EXIT_INTERNAL, EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import type { Approach, Sighting } from "../../testbed/lookout.ts";
import { lastGapOf } from "./subject.ts";
import type { Recipe, Watched } from "./task.ts";

/** A run of the tree. Number 0 is the one from the seed. */
export interface TreeRun {
  readonly id: number;
  /** -1: the run from the seed. */
  readonly parent: number;
  readonly depth: number;
  /** Where it left its parent. */
  readonly afterEvent: number;
  readonly source: string;
  readonly recipe: Recipe;
  readonly watched: Watched;
  readonly news: readonly News[];
}

/** What nobody had seen before in this search. */
export type News =
  | { readonly kind: "finding"; readonly fingerprint: string; readonly message: string }
  | ({ readonly kind: "mark" } & Sighting)
  | ({ readonly kind: "nearer"; readonly before: number | null } & Approach);

export interface Source {
  readonly name: string;
  /** Where its forks leave; of a distance, around its smallest one. */
  points: readonly Point[];
  /** Forks. */
  spent: number;
  /** Forks that brought something new. */
  gained: number;
}

interface Point {
  readonly run: number;
  readonly afterEvent: number;
}

export interface Fork extends Point {
  readonly id: number;
  readonly source: string;
  readonly acts: readonly Act[];
}

/** Draws what a fork is given besides its label: nothing, or a fault. */
export type Extra = (label: string) => readonly Act[];

export interface Beginning {
  readonly first: Watched;
  /** Of the first run. */
  readonly recipe: Recipe;
  /** Forks. */
  readonly budget: number;
  readonly extra: Extra;
}

/** The beginning is a source too: as good as other seeds, with the same schedule of faults. */
const START = "the beginning";
const ROUND = 16;
const COST = 2;
const REWARD = 4;
/** Events before a smallest distance at which it is approached again: behind it is too late. */
const LEADS = [1, 32, 1_024];

export class Exploration {
  readonly #budget: number;
  readonly #extra: Extra;
  readonly #runs: Map<number, TreeRun>;
  readonly #sources: Map<string, Source>;
  readonly #distances: Map<string, Approach>;
  readonly #fingerprints: Set<string>;
  #forks: number;
  #rounds: number;

  constructor({ first, recipe, budget, extra }: Beginning) {
    this.#budget = budget;
    this.#extra = extra;
    this.#runs = new Map();
    this.#sources = new Map();
    this.#distances = new Map();
    this.#fingerprints = new Set();
    this.#forks = 0;
    this.#rounds = 0;
    this.#source(START).points = [{ run: 0, afterEvent: lastGapOf(recipe) }];
    this.#add({ parent: -1, depth: 0, afterEvent: 0, source: "", recipe, watched: first }, 0);
  }

  get runs(): readonly TreeRun[] {
    return [...this.#runs.values()];
  }

  get sources(): readonly Source[] {
    return [...this.#sources.values()];
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** The smallest distance of each checker that told one. */
  get nearest(): readonly Approach[] {
    return [...this.#distances.values()];
  }

  run(id: number): TreeRun {
    return must(this.#runs.get(id), `run ${id}`);
  }

  /** The forks to run next; none when the budget is used up. */
  nextRound(): readonly Fork[] {
    const forks: Fork[] = [];
    while (forks.length < ROUND && this.#forks < this.#budget) {
      const source = this.#nextSource();
      if (source === undefined) break;
      forks.push(this.#fork(source));
    }
    if (forks.length > 0) this.#rounds += 1;
    return forks;
  }

  /** The answers of a round, each with its fork; null: the run was over before. */
  absorb(answers: readonly (readonly [Fork, Watched | null])[]): void {
    for (const [fork, watched] of answers) {
      const { id, run, afterEvent, source } = fork;
      if (watched === null) {
        this.#drop(fork);
        continue;
      }
      const { depth } = this.run(run);
      const recipe = this.recipeOf(fork);
      this.#add({ parent: run, depth: depth + 1, afterEvent, source, recipe, watched }, id);
    }
  }

  recipeOf({ run, afterEvent, acts }: Fork): Recipe {
    const own = acts.map((act): Intervention => ({ ...act, afterEvent }));
    return [...this.run(run).recipe, ...own];
  }

  #source(name: string): Source {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const source = { name, points: [], spent: 0, gained: 0 };
    this.#sources.set(name, source);
    return source;
  }

  /** Who has spent least; of equals, who is known longest. */
  #nextSource(): Source | undefined {
    let best: Source | undefined;
    for (const source of this.#sources.values()) {
      if (source.points.length === 0) continue;
      if (best === undefined || energySpentBy(source) < energySpentBy(best)) best = source;
    }
    return best;
  }

  #fork(source: Source): Fork {
    const point = must(source.points[source.spent % source.points.length], "a point");
    source.spent += 1;
    this.#forks += 1;
    const id = this.#forks;
    const label = `x${id}`;
    const reseed: Act = { phase: "start", kind: RESEED, target: label };
    return { ...point, id, source: source.name, acts: [reseed, ...this.#extra(label)] };
  }

  /** Nothing can be forked there. */
  #drop({ source, run, afterEvent }: Fork): void {
    const known = this.#source(source);
    known.points = known.points.filter(
      (point) => point.run !== run || point.afterEvent !== afterEvent,
    );
  }

  #add(run: Omit<TreeRun, "id" | "news">, id: number): void {
    const news = this.#newsOf(run, id);
    this.#runs.set(id, { ...run, id, news });
    const source = this.#sources.get(run.source);
    if (source === undefined || news.length === 0) return;
    source.gained += 1;
  }

  #newsOf({ recipe, watched }: Omit<TreeRun, "id" | "news">, id: number): readonly News[] {
    const news: News[] = [];
    const { fingerprint, message } = watched;
    if (isFinding(recipe, watched) && !this.#fingerprints.has(fingerprint)) {
      this.#fingerprints.add(fingerprint);
      news.push({ kind: "finding", fingerprint, message });
    }
    for (const sighting of watched.sightings) {
      const name = `mark ${sighting.mark}`;
      if (this.#sources.has(name)) continue;
      this.#source(name).points = [{ run: id, afterEvent: sighting.afterEvent }];
      news.push({ kind: "mark", ...sighting });
    }
    for (const approach of watched.approaches) {
      const before = this.#distances.get(approach.checker)?.distance ?? null;
      if (before !== null && approach.distance >= before) continue;
      this.#distances.set(approach.checker, approach);
      // Nothing is nearer than the edge.
      const points = approach.distance === 0 ? [] : pointsBefore(approach, recipe, id);
      this.#source(`near ${approach.checker}`).points = points;
      news.push({ kind: "nearer", before, ...approach });
    }
    return news;
  }
}

/** However much it gained, half of what its forks cost is gone. */
function energySpentBy({ spent, gained }: Source): number {
  return Math.max(COST * spent - REWARD * gained, (COST * spent) / 2);
}

/** With faults of ours more may be lost than a run must survive: then only safety counts. */
export function isFinding(recipe: Recipe, { exit }: Watched): boolean {
  if (exit === EXIT_VIOLATION || exit === EXIT_INTERNAL) return true;
  return exit !== EXIT_OK && recipe.every(({ kind }) => kind === RESEED);
}

/** Never before what was done to the run last. */
function pointsBefore({ afterEvent }: Approach, recipe: Recipe, run: number): readonly Point[] {
  const least = lastGapOf(recipe);
  const events = new Set(LEADS.map((lead) => Math.max(least, afterEvent - lead)));
  return [...events].map((event) => ({ run, afterEvent: event }));
}
