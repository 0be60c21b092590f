// The second tier of one core: takes the jump targets that the core finds hot, compiles regions from
// them in batches, and keeps the table of their functions. All of it is derived from guest memory and
// can be forgotten at any time; nothing here reaches a snapshot or a hash.

import { assert } from "../../base/assert.ts";
import type { CoreExports, RegionImports, Regions } from "../core-api.ts";
import * as layout from "../layout.ts";
import { findBlocks, PAGE } from "./blocks.ts";
import { CodeReader } from "./code-reader.ts";
import { encodeModule } from "./encoder.ts";
import { flowOf, isShort } from "./flow.ts";
import { IMPORTS, REGION_TYPE, type Views } from "./frame.ts";
import { type CompiledRegion, compileRegion } from "./region.ts";
import { Targets } from "./targets.ts";

export interface JitOptions {
  /** Visits of a jump target until it is hot. */
  readonly threshold: number;
  /** Not 0: thresholds are drawn from 1 to `threshold`, and code is dropped now and then. For tests. */
  readonly seed: number;
  /** Runs of fewer steps are interpreted; 0 unless told. */
  readonly shortestRun?: number;
}

export interface JitStatistics {
  readonly regions: number;
  /** How often all of them were dropped. */
  readonly drops: number;
}

/** core-api.ts, CoreModule. */
type CompileRegions = (bytes: Uint8Array, env: RegionImports) => Regions;

/** What the compiler needs of its core; views of memory move when it grows. */
export interface JitHost {
  readonly exports: CoreExports;
  readonly words: Uint32Array;
}

interface Hot {
  readonly pc: number;
  readonly views: Views;
}

interface Made {
  readonly views: Views;
  readonly region: CompiledRegion;
  readonly pages: readonly number[];
}

/** Functions in the table; when all are taken everything is dropped. */
const MOST_REGIONS = 1023;
const MOST_BATCH = 16;
const LIMITS = { instructions: 600, pages: 4 };
/** Of pages that are written and compiled again and again. */
const FREE_REWRITES = 2;
const MOST_PATIENCE = 6;
/** Visits of a target that is not worth compiling. */
const NEVER = 0x7fffffff;

export class Jit {
  readonly #host: JitHost;
  readonly #compile: CompileRegions;
  readonly #options: JitOptions;
  readonly #env: RegionImports;
  readonly #targets: Targets;
  #queue: Hot[];
  /** Functions in the table; slot 0 stays empty. */
  #used: number;
  #drops: number;
  #regions: number;
  #random: number;
  /** How often the code of a pool page was compiled in another generation. */
  readonly #rewrites: Map<number, { generation: number; count: number }>;

  constructor(host: JitHost, compile: CompileRegions, options: JitOptions) {
    assert(Number.isSafeInteger(options.threshold) && options.threshold > 0, "bad JIT threshold");
    const { exports } = host;
    this.#host = host;
    this.#compile = compile;
    this.#options = options;
    this.#env = { memory: exports.memory, multiplyAdd: exports.multiplyAdd };
    this.#targets = new Targets(host, options.threshold);
    this.#queue = [];
    this.#used = 0;
    this.#drops = 0;
    this.#regions = 0;
    this.#random = options.seed | 0;
    this.#rewrites = new Map();
    exports.table.grow(MOST_REGIONS);
    exports.setTiers(options.threshold, options.seed, options.shortestRun ?? 0);
  }

  get statistics(): JitStatistics {
    return { regions: this.#regions, drops: this.#drops };
  }

  /** The core found a hot jump target: it gets code now, or more visits. */
  hot(pc: number, host: number, views: Views): void {
    if (host < PAGE || !Number.isSafeInteger(pc)) return this.#targets.setVisits(pc, views, NEVER);
    const { threshold } = this.#options;
    const patience = this.#patience(host >>> 12);
    const isKnown = this.#queue.some((each) => isSame(each, { pc, views }));
    // What is hot for the first time waits for company, a quarter of its time again.
    if (!isKnown && (threshold > 1 || patience > 0)) {
      this.#queue.push({ pc, views });
      const visits = patience > 0 ? threshold << patience : 1 + (threshold >> 2);
      if (this.#queue.length < MOST_BATCH) return this.#targets.setVisits(pc, views, visits);
    }
    const batch = [{ pc, views }, ...this.#queue.filter((each) => !isSame(each, { pc, views }))];
    this.#queue = [];
    this.#build(batch);
  }

  /** Forgets all compiled code. */
  drop(): void {
    const { exports } = this.#host;
    exports.forgetTargets();
    for (let slot = 1; slot <= this.#used; slot++) exports.table.set(slot, null);
    this.#used = 0;
    this.#queue = [];
    this.#rewrites.clear();
    this.#drops += 1;
  }

  /** The first of the batch is asked for; the others are compiled with it. */
  #build(batch: readonly Hot[]): void {
    if (this.#used + batch.length > MOST_REGIONS || this.#isTestDrop()) this.drop();
    const made: Made[] = [];
    for (const hot of batch) {
      if (made.some((each) => hasEntry(each, hot))) continue;
      const region = this.#region(hot, batch, this.#used + made.length + 1);
      if (region === undefined) this.#targets.setVisits(hot.pc, hot.views, NEVER);
      else made.push(region);
    }
    if (made.length === 0) return;
    const bodies = made.map(({ region }) => region.body);
    const functions = this.#compile(encodeModule(IMPORTS, REGION_TYPE, bodies), this.#env);
    for (const [index, each] of made.entries()) {
      this.#used += 1;
      this.#regions += 1;
      this.#host.exports.table.set(this.#used, functions[`${index}`]);
      for (const id of each.pages) this.#host.exports.markCode(id);
      this.#install(each, this.#used);
    }
    // The target that was asked for may have lost its record to another one at the same place.
    const [first] = batch;
    if (this.#targets.slot(first.pc, first.views) === 0)
      this.#targets.setVisits(first.pc, first.views, NEVER);
  }

  #region(hot: Hot, batch: readonly Hot[], slot: number): Made | undefined {
    const reader = new CodeReader(this.#host, hot.views, this.#targets);
    const blocks = findBlocks(reader, [hot.pc], LIMITS);
    const start = blocks.get(hot.pc);
    if (start === undefined || isShort(start)) return undefined;
    const together = batch.filter((each) => sameViews(each.views, hot.views)).map(({ pc }) => pc);
    const flow = flowOf(blocks, [hot.pc, ...together.filter((pc) => blocks.has(pc))]);
    const region = compileRegion(flow, hot.views, slot);
    return { views: hot.views, region, pages: reader.pageIds };
  }

  /** A target that has code keeps it: what leads here may be in that region. */
  #install({ views, region }: Made, slot: number): void {
    for (const [entry, { pc, page }] of region.entries.entries()) {
      if (this.#targets.slot(pc, views) !== 0) continue;
      const host = page.host + (pc - page.base);
      this.#targets.setCode(pc, views, { slot, host, generation: page.generation, entry });
    }
  }

  /** How much longer to wait for a page whose code does not stay as it is: a number of doublings. */
  #patience(id: number): number {
    const at = (layout.META + (id << layout.META_SHIFT) + layout.META_GENERATION) >> 2;
    const generation = this.#host.words[at];
    const known = this.#rewrites.get(id);
    if (known === undefined) {
      this.#rewrites.set(id, { generation, count: 0 });
      return 0;
    }
    if (known.generation !== generation) {
      known.generation = generation;
      known.count += 1;
    }
    return Math.min(MOST_PATIENCE, Math.max(0, known.count - FREE_REWRITES));
  }

  #isTestDrop(): boolean {
    if (this.#random === 0) return false;
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random & 7) === 0;
  }
}

function isSame(a: Hot, b: Hot): boolean {
  return a.pc === b.pc && sameViews(a.views, b.views);
}

function sameViews(a: Views, b: Views): boolean {
  return a.data === b.data && a.fetch === b.fetch;
}

function hasEntry({ views, region }: Made, hot: Hot): boolean {
  return sameViews(views, hot.views) && region.entries.some(({ pc }) => pc === hot.pc);
}
