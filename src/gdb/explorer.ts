// A debugger's view of one machine's life: a twin that is moved along the machine's journal, with
// checkpoints on the way. Forward, the journal is made longer when the twin gets to its end; back, the
// twin is put on the last checkpoint before and runs from there.
//
// GDB takes it that on RISC-V a watch strikes before the access (gdbarch_have_nonsteppable_watchpoint):
// it takes the watches away, makes the step itself, and looks. So a watch that the way from p to p + 1
// hits stops at p going forth, and at p + 1 going back; who goes on from there goes over it.

import type { VmRuntime } from "../vm/runtime.ts";
import { BREAKPOINTS_MAX, type StopHit, type Stops, WATCHES_MAX, type Watch } from "../vm/stops.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Journal } from "./journal.ts";
import { readRegister, settableName } from "./registers.ts";
import type { DebugTarget, Motion, Stop, StopPlace } from "./target.ts";
import { NO_STOPS, Twin } from "./twin.ts";

/** Steps in one advance(): some tens of milliseconds each. */
const FAST_STEPS = 5_000_000;
const SEEK_STEPS = 500_000;
const RANGE_STEPS = 2_000;
/** A way that is too short for a snapshot. */
const NEAR_STEPS = 64;
const PIECE = 8n;
/** What a debugger may ask for at once. */
const READ_MAX = 0x10000;

/** Stops that are remembered of the stretch last searched: the next one back is most often there. */
const HITS_MAX = 10_000;

interface Found {
  readonly position: number;
  readonly stop: Stop;
}

/** All stops on the way back from `to`, down to `from`. */
interface Stretch {
  readonly stops: Stops;
  readonly from: number;
  readonly to: number;
  readonly hits: readonly Found[];
}

const NOTHING_FOUND: Stretch = { stops: NO_STOPS, from: 0, to: 0, hits: [] };

export class Explorer implements DebugTarget {
  readonly #journal: Journal;
  readonly #twin: Twin;
  readonly #checkpoints: Checkpoints;
  #places: StopPlace[];
  #stops: Stops;
  #motion: Motion;
  /** Of a motion back: there is nothing to stop at from here on, up to where it began. */
  #searchedFrom: number;
  #found: Stretch;
  /** Where a watch has just stopped the machine, on which way: it does not do so again. */
  #struck: { readonly position: number; readonly way: "forth" | "back" } | undefined;

  constructor(runtime: VmRuntime, journal: Journal) {
    this.#journal = journal;
    this.#twin = new Twin(runtime, journal);
    this.#checkpoints = new Checkpoints(this.#twin);
    this.#places = [];
    this.#stops = NO_STOPS;
    this.#motion = { kind: "step" };
    this.#searchedFrom = 0;
    this.#found = NOTHING_FOUND;
    this.#struck = undefined;
  }

  get position(): number {
    return this.#twin.position;
  }

  register(index: number): bigint | undefined {
    return readRegister(this.#twin.machine, index);
  }

  setRegister(index: number, value: bigint): boolean {
    const name = settableName(index);
    return name !== undefined && this.#edited(this.#twin.edit({ kind: "register", name, value }));
  }

  readMemory(address: bigint, length: number): Uint8Array | undefined {
    if (length > READ_MAX) return undefined;
    const bytes = new Uint8Array(length);
    for (const { at, physical, size } of this.#pieces(address, length)) {
      if (physical === undefined) return undefined;
      bytes.set(this.#twin.machine.readMemory(physical, size), at);
    }
    return bytes;
  }

  writeMemory(address: bigint, bytes: Uint8Array): boolean {
    const pieces = this.#pieces(address, bytes.length);
    if (pieces.some(({ physical }) => physical === undefined)) return false;
    for (const { at, physical = 0, size } of pieces) {
      const part = bytes.slice(at, at + size);
      if (!this.#edited(this.#twin.edit({ kind: "memory", address: physical, bytes: part })))
        return false;
    }
    return true;
  }

  place(stop: StopPlace): boolean {
    const stops = stopsOf([...this.#places, stop]);
    if (stops.breakpoints.length > BREAKPOINTS_MAX || stops.watches.length > WATCHES_MAX)
      return false;
    this.#places.push(stop);
    this.#stops = stops;
    return true;
  }

  remove(stop: StopPlace): void {
    const index = this.#places.findIndex((one) => isSame(one, stop));
    if (index < 0) return;
    this.#places.splice(index, 1);
    this.#stops = stopsOf(this.#places);
  }

  begin(motion: Motion): void {
    this.#motion = motion;
    this.#searchedFrom = this.position;
    // A watch that strikes forth takes its step back.
    if (this.#stops.watches.length > 0) this.#checkpoints.offerNear(this.#twin);
  }

  advance(): Stop | undefined {
    const motion = this.#motion;
    switch (motion.kind) {
      case "step":
        return this.#step();
      case "range":
        return this.#stepRange(motion);
      case "continue":
        return this.#continue();
      case "step-back":
        return this.#stepBack();
      case "continue-back":
        return this.#searchBack();
      case "goto":
        return this.#goTowards(motion.position);
    }
  }

  interrupt(): Stop {
    if (this.#motion.kind === "continue-back") this.#goBackTo(this.#searchedFrom);
    return { kind: "interrupt" };
  }

  describe(): string {
    return `step ${this.position}, ${this.#journal.describe(this.position)}`;
  }

  positionAt(time: number): number | undefined {
    return this.#journal.positionAt(time);
  }

  stateHash(): string {
    return this.#twin.machine.stateHash();
  }

  release(): void {
    this.#checkpoints.release();
    this.#twin.release();
  }

  // ---- forward

  #step(): Stop | undefined {
    const isThere = this.#reach(this.position + 1);
    if (isThere !== true) return isThere;
    const hit = this.#run(this.position + 1, this.#stopsFrom("forth"));
    return hit?.kind === "watch" ? this.#strike(hit, "forth") : this.#stopHere();
  }

  #stepRange({ low, high }: { readonly low: bigint; readonly high: bigint }): Stop | undefined {
    for (let left = RANGE_STEPS; left > 0; left--) {
      const stop = this.#step();
      if (stop?.kind !== "step") return stop;
      const pc = this.#twin.machine.nextPc;
      if (pc < low || pc >= high) return stop;
    }
    return undefined;
  }

  #continue(): Stop | undefined {
    const isThere = this.#reach(this.position + 1);
    if (isThere !== true) return isThere;
    const stops = this.#stopsFrom("forth");
    const isFree = this.#stops.breakpoints.length + this.#stops.watches.length === 0;
    const steps = isFree ? FAST_STEPS : stops === this.#stops ? SEEK_STEPS : 1;
    const hit = this.#run(Math.min(this.position + steps, this.#journal.horizon), stops);
    return hit?.kind === "watch" ? this.#strike(hit, "forth") : hit;
  }

  #goTowards(position: number): Stop | undefined {
    if (position < this.position) {
      this.#goBackTo(Math.max(position, this.#checkpoints.first));
      return { kind: position < this.position ? "begin" : "step" };
    }
    const isThere = this.#reach(Math.min(position, this.position + 1));
    if (isThere !== true) return isThere;
    const { horizon } = this.#journal;
    this.#run(Math.min(position, horizon, this.position + FAST_STEPS), NO_STOPS);
    this.#twin.settle();
    return this.position === position ? { kind: "step" } : undefined;
  }

  /** Whether the position is known: else the journal is longer now, or has come to its end. */
  #reach(position: number): true | Stop | undefined {
    if (position <= this.#journal.horizon) return true;
    if (this.#journal.isOver) return { kind: "end" };
    this.#journal.extend();
    return undefined;
  }

  /** With checkpoints on the way. */
  #run(limit: number, stops: Stops): StopHit | undefined {
    while (this.position < limit) {
      const goal = Math.min(limit, this.#checkpoints.dueAfter(this.position));
      const hit = this.#twin.run(goal, stops);
      this.#checkpoints.offer(this.#twin);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }

  /** Without watches where one of them has struck already. */
  #stopsFrom(way: "forth" | "back"): Stops {
    const { position, way: struckOn } = this.#struck ?? {};
    const isStruck = position === this.position && struckOn === way;
    return isStruck ? { ...this.#stops, watches: [] } : this.#stops;
  }

  /** The twin has just made the step that hit. */
  #strike(hit: Extract<StopHit, { kind: "watch" }>, way: "forth" | "back"): Stop {
    if (way === "forth") this.#goBackTo(this.position - 1);
    this.#struck = { position: this.position, way };
    return stopOf(hit);
  }

  #stopHere(): Stop {
    const isBreakpoint = this.#stops.breakpoints.includes(this.#twin.machine.nextPc);
    return { kind: isBreakpoint ? "breakpoint" : "step" };
  }

  // ---- back

  #stepBack(): Stop {
    const { position } = this;
    if (position <= this.#checkpoints.first) return { kind: "begin" };
    const { watches } = this.#stopsFrom("back");
    this.#goBackTo(position - 1);
    if (watches.length === 0) return this.#stopHere();
    const hit = this.#twin.run(position, { breakpoints: [], watches });
    if (hit?.kind === "watch") return this.#strike(hit, "back");
    this.#goBackTo(position - 1);
    return this.#stopHere();
  }

  /** The nearer it comes, the closer the snapshots that it leaves: the next way back is shorter. */
  #goBackTo(position: number): void {
    this.#twin.restore(this.#checkpoints.nearest(position));
    let left = position - this.position;
    while (left > NEAR_STEPS) {
      left = Math.floor(left / 2);
      this.#twin.run(position - left, NO_STOPS);
      this.#checkpoints.offerNear(this.#twin);
    }
    this.#twin.run(position, NO_STOPS);
  }

  /** The stretch from the last checkpoint before: the last stop in it counts. */
  #searchBack(): Stop | undefined {
    const end = this.#searchedFrom;
    if (end <= this.#checkpoints.first) {
      this.#goBackTo(this.#checkpoints.first);
      return { kind: "begin" };
    }
    if (this.#stops.breakpoints.length + this.#stops.watches.length === 0) {
      this.#searchedFrom = this.#checkpoints.first;
      return undefined;
    }
    if (!this.#isSearched(end)) this.#search(end);
    const { way, position: struckAt } = this.#struck ?? {};
    const isStruck = way === "back" && struckAt === end;
    const found = this.#found.hits.findLast(
      ({ position, stop }) =>
        position < end || (position === end && stop.kind === "watch" && !isStruck),
    );
    this.#searchedFrom = this.#found.from;
    if (found === undefined) return undefined;
    this.#goBackTo(found.position);
    if (found.stop.kind === "watch") this.#struck = { position: found.position, way: "back" };
    return found.stop;
  }

  #isSearched(end: number): boolean {
    const { stops, from, to } = this.#found;
    return stops === this.#stops && from < end && end <= to;
  }

  #search(end: number): void {
    const start = this.#checkpoints.before(end);
    const hits: Found[] = [];
    this.#twin.restore(start);
    const isBreakpoint = (): boolean =>
      this.position < end && this.#stops.breakpoints.includes(this.#twin.machine.nextPc);
    if (isBreakpoint()) hits.push({ position: this.position, stop: { kind: "breakpoint" } });
    while (this.position < end) {
      const hit = this.#twin.run(end, this.#stops);
      if (hit?.kind === "watch") hits.push({ position: this.position, stop: stopOf(hit) });
      if (hit !== undefined && isBreakpoint())
        hits.push({ position: this.position, stop: { kind: "breakpoint" } });
      if (hits.length > 2 * HITS_MAX) hits.splice(0, HITS_MAX);
    }
    const isCut = hits.length > HITS_MAX;
    const from = isCut ? (hits[0] as Found).position : start.position;
    this.#found = { stops: this.#stops, from, to: end, hits };
  }

  // ---- memory

  #edited(isEdited: boolean): boolean {
    if (isEdited) this.#checkpoints.forgetAfter(this.position);
    this.#found = NOTHING_FOUND;
    return isEdited;
  }

  /** Cut at pages, each with its place in RAM. */
  #pieces(
    address: bigint,
    length: number,
  ): readonly { at: number; physical: number | undefined; size: number }[] {
    const pieces: { at: number; physical: number | undefined; size: number }[] = [];
    for (let at = 0; at < length; ) {
      const from = BigInt.asUintN(64, address + BigInt(at));
      const size = Math.min(length - at, 4096 - Number(from & 4095n));
      pieces.push({ at, physical: this.#twin.machine.physicalOf(from), size });
      at += size;
    }
    return pieces;
  }
}

function stopOf(hit: Extract<StopHit, { kind: "watch" }>): Stop {
  return { kind: "watch", watch: hit.watch.kind, address: hit.watch.address };
}

function isSame(a: StopPlace, b: StopPlace): boolean {
  if (a.address !== b.address) return false;
  if (a.kind === "breakpoint" || b.kind === "breakpoint") return a.kind === b.kind;
  return a.kind === b.kind && a.length === b.length;
}

function stopsOf(places: readonly StopPlace[]): Stops {
  const breakpoints: bigint[] = [];
  const watches: Watch[] = [];
  for (const place of places)
    if (place.kind !== "breakpoint") watches.push(...piecesOf(place));
    else if (!breakpoints.includes(place.address)) breakpoints.push(place.address);
  return { breakpoints, watches };
}

/** Cut at multiples of 8; one that is far too long gives more than there may be. */
function piecesOf({ kind, address, length }: Watch): readonly Watch[] {
  const pieces: Watch[] = [];
  const end = address + BigInt(length);
  let at = address;
  while (at < end && pieces.length <= WATCHES_MAX) {
    const next = (at / PIECE + 1n) * PIECE;
    const until = next < end ? next : end;
    pieces.push({ kind, address: at, length: Number(until - at) });
    at = until;
  }
  return pieces;
}
