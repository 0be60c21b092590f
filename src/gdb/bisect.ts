// Where two machines that began alike part: the first step after which their states differ, found
// with twins of both, and what of the states differs there.
//
// What crossed their ports says between which two positions it is: machines that were given the same
// are the same. Between those the twins are halved, each time from a snapshot of the last position at
// which they were equal.

import { assert } from "../base/assert.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { disassemble } from "../vm/disassemble.ts";
import type { Entry } from "../vm/exit.ts";
import { RAM_BASE } from "../vm/layout.ts";
import type { Machine } from "../vm/machine.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import type { Input, Journal } from "./journal.ts";
import { registersOf } from "./registers.ts";
import { NO_STOPS, Twin, type TwinSnapshot } from "./twin.ts";

export type Parting =
  | {
      readonly kind: "equal" /** Up to here; one of them goes no further. */;
      readonly through: number;
    }
  | {
      readonly kind: "differ";
      /**
       * The step after which they are not equal any more; before it they are. Undefined: what came in
       * before their very first step told them apart.
       */
      readonly step: Step | undefined;
      /** What each was given in it, or before the next one; undefined: nothing. */
      readonly given: readonly [Input | undefined, Input | undefined];
      readonly registers: readonly DifferingRegister[];
      readonly pages: DifferingPages;
      /**
       * Where no register differs at once: a step by which one does, the first one as a rule (what is
       * the same again in between is not looked for); undefined: none was found.
       */
      readonly seen: Seen | undefined;
    };

interface Step {
  /** Steps that were executed before it. */
  readonly position: number;
  readonly pc: bigint;
  readonly instruction: string;
}

interface Seen {
  readonly step: Step;
  readonly registers: readonly DifferingRegister[];
}

interface DifferingRegister {
  readonly name: string;
  readonly values: readonly [bigint, bigint];
}

interface DifferingPages {
  readonly count: number;
  /** The first physical address at which memory differs. */
  readonly first:
    | { readonly address: number; readonly bytes: readonly [number, number] }
    | undefined;
}

/**
 * Both journals are whole: their machines go no further. What they did beyond position `through` is
 * not compared.
 */
export function findParting(
  runtime: VmRuntime,
  [one, other]: readonly [Journal, Journal],
  through: number = Number.MAX_SAFE_INTEGER,
): Parting {
  const twins = [new Twin(runtime, one), new Twin(runtime, other)] as const;
  const parting = new Bisection([one, other], twins, through).find();
  for (const twin of twins) twin.release();
  return parting;
}

type Pair<T> = readonly [T, T];

class Bisection {
  readonly #journals: Pair<Journal>;
  readonly #twins: Pair<Twin>;
  readonly #end: number;

  constructor(journals: Pair<Journal>, twins: Pair<Twin>, through: number) {
    this.#journals = journals;
    this.#twins = twins;
    // What would have come in before the step at which one of them stands is not known of it.
    this.#end = Math.min(journals[0].horizon - 1, journals[1].horizon - 1, through);
  }

  find(): Parting {
    for (const twin of this.#twins) twin.settle();
    const first = this.#firstDifferentInput();
    if (first === undefined || first > this.#end) return { kind: "equal", through: this.#end };
    if (!this.#areEqual()) return this.#describe(undefined);
    this.#goTo(Math.max(this.#position, first - 1));
    // What is given before a step, or as its answer, shows at once or at a later step that looks at it.
    const isFound = this.#search(first, () => this.#areEqual());
    return isFound ? this.#describe(this.#step()) : { kind: "equal", through: this.#end };
  }

  /** Puts the twins where they are the same for the last time before they are not, if there is such a place. */
  #search(from: number, areSame: () => boolean): boolean {
    // At `from` first: two machines may part and be the same again one step later.
    for (let reach = 0; ; reach = Math.max(1, reach * 4)) {
      const limit = Math.min(this.#end, from + reach);
      if (this.#halve(limit, areSame)) return true;
      if (limit === this.#end) return false;
    }
  }

  /** The position of the first input that only one of them was given, or that differs. */
  #firstDifferentInput(): number | undefined {
    const [one, other] = this.#journals;
    for (let index = 0; ; index++) {
      const [a, b] = [one.input(index), other.input(index)];
      if (a === undefined && b === undefined) return undefined;
      if (isSame(a, b)) continue;
      return Math.min(a?.count ?? Infinity, b?.count ?? Infinity);
    }
  }

  /**
   * The twins stand where they are the same, and are left at the last such position before a different
   * one; false, and left at `limit`, when they are the same there.
   */
  #halve(limit: number, areSame: () => boolean): boolean {
    let same = this.#position;
    let kept = this.#snapshot();
    let different: number | undefined;
    for (let next = limit; different === undefined || different - same > 1; ) {
      this.#goTo(next);
      if (areSame()) {
        same = next;
        release(kept);
        kept = this.#snapshot();
        if (next === limit) break;
      } else {
        different = next;
        this.#restore(kept);
      }
      next = Math.floor((same + (different ?? limit)) / 2);
    }
    this.#restore(kept);
    release(kept);
    return different !== undefined;
  }

  /** After this step; the twins stand before it. Undefined: they have not executed any. */
  #describe(step: Step | undefined): Parting {
    if (step !== undefined) {
      assert(this.#areEqual(), () => `twins differ before step ${step.position}`);
      this.#goTo(step.position + 1);
    }
    const registers = differingRegisters(this.#machines);
    const pages = differingPages(this.#machines);
    const before = this.#position - 1;
    const given = [this.#given(0, before), this.#given(1, before)] as const;
    const seen = registers.length > 0 ? undefined : this.#firstSeen();
    return { kind: "differ", step, given, registers, pages, seen };
  }

  #firstSeen(): Seen | undefined {
    const areSame = (): boolean => differingRegisters(this.#machines).length === 0;
    if (!this.#search(this.#position, areSame)) return undefined;
    const step = this.#step();
    this.#goTo(step.position + 1);
    return { step, registers: differingRegisters(this.#machines) };
  }

  /** What comes next, in both. */
  #step(): Step {
    const [{ position, machine }] = this.#twins;
    const pc = machine.nextPc;
    return { position, pc, instruction: instructionAt(machine, pc) };
  }

  get #position(): number {
    return this.#twins[0].position;
  }

  get #machines(): Pair<Machine> {
    return [this.#twins[0].machine, this.#twins[1].machine];
  }

  /** An answer of this very step, or what came in before the next one. */
  #given(which: 0 | 1, position: number): Input | undefined {
    const [mine, its] = [this.#journals[which], this.#journals[1 - which] as Journal];
    for (let index = 0; ; index++) {
      const input = mine.input(index);
      if (input === undefined || input.count > position + 1) return undefined;
      const isAnswer = input.kind === "time" || input.kind === "entropy";
      const isHere = isAnswer
        ? input.count === position
        : input.kind === "entry" && input.count === position + 1;
      if (isHere && !isSame(input, its.input(index))) return input;
    }
  }

  #goTo(position: number): void {
    for (const twin of this.#twins) twin.run(position, NO_STOPS);
  }

  #areEqual(): boolean {
    const [one, other] = this.#twins;
    return one.machine.stateHash() === other.machine.stateHash();
  }

  #snapshot(): Pair<TwinSnapshot> {
    return [this.#twins[0].snapshot(), this.#twins[1].snapshot()];
  }

  #restore([one, other]: Pair<TwinSnapshot>): void {
    this.#twins[0].restore(one);
    this.#twins[1].restore(other);
  }
}

function release(snapshots: Pair<TwinSnapshot>): void {
  for (const { machine } of snapshots) machine.release();
}

function instructionAt(machine: Machine, pc: bigint): string {
  const [low, high] = [machine.physicalOf(pc), machine.physicalOf(pc + 2n)];
  if (low === undefined) return "no memory there";
  const first = machine.readMemory(low, 2);
  // An instruction may reach into the next page, which lies wherever it likes.
  const second = high === undefined ? new Uint8Array(2) : machine.readMemory(high, 2);
  const bytes = concatBytes([first, second]);
  return disassemble(new DataView(bytes.buffer).getUint32(0, true), Number(pc)).text;
}

function differingRegisters([one, other]: Pair<Machine>): readonly DifferingRegister[] {
  const its = registersOf(other);
  return [...registersOf(one)].flatMap(([name, value]) => {
    const another = its.get(name) ?? 0n;
    return another === value ? [] : [{ name, values: [value, another] as const }];
  });
}

function differingPages([one, other]: Pair<Machine>): DifferingPages {
  const pages = [...new Set([...one.writtenPages(), ...other.writtenPages()])].sort(
    (a, b) => a - b,
  );
  const different = pages.filter((page) => !equalBytes(one.readPage(page), other.readPage(page)));
  const [page] = different;
  if (page === undefined) return { count: 0, first: undefined };
  const [a, b] = [one.readPage(page), other.readPage(page)];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  const address = RAM_BASE + page * a.length + at;
  return { count: different.length, first: { address, bytes: [a[at] ?? 0, b[at] ?? 0] } };
}

function isSame(a: Input | undefined, b: Input | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.count !== b.count) return false;
  if (a.kind === "time" && b.kind === "time") return a.ticks === b.ticks;
  if (a.kind === "entropy" && b.kind === "entropy") return equalBytes(a.bytes, b.bytes);
  if (a.kind === "entry" && b.kind === "entry") return isSameEntry(a.entry, b.entry);
  // What a machine put out follows from what came in.
  return a.kind === "output" && b.kind === "output";
}

function isSameEntry(a: Entry, b: Entry): boolean {
  if (a.kind === "net-rx" && b.kind === "net-rx")
    return (
      a.frames.length === b.frames.length &&
      a.frames.every((frame, at) => equalBytes(frame, b.frames[at] ?? NOTHING))
    );
  if (a.kind === "disk-done" && b.kind === "disk-done")
    return a.ioId === b.ioId && a.status === b.status && equalBytes(a.data, b.data);
  if (a.kind === "uart-rx" && b.kind === "uart-rx") return a.byte === b.byte;
  return a.kind === "timer" && b.kind === "timer";
}

const NOTHING = new Uint8Array(0);
