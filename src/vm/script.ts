// A program for a scripted machine (scripted-machine.ts): phases, each of which is one step. All that
// a script remembers is in the machine's RAM; it is handed the machine's devices for the one step.

/** What arrived, in the order in which it did. */
export type Arrival =
  | { readonly kind: "timer" }
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "disk-done"; readonly ioId: number; readonly isOk: boolean };

/** RAM and devices of the machine, while a phase runs. */
export interface ScriptDesk {
  load(word: number): number;
  /** 32 bits. */
  store(word: number, value: number): void;
  /** The next of what arrived. */
  take(): Arrival | undefined;
  /** The reading of the clock, in ticks of 100 ns, in a phase that needs it. */
  ticks(): number;
  /** In a phase that needs entropy. */
  entropy(): Uint8Array;
  /** 32 bits that depend on all that ever came in, and on the very step at which it did. */
  trace(): number;
  print(text: string): void;
  transmit(frame: Uint8Array): void;
  /** One sector out of, or into, the 512 bytes from this word of RAM on; the command's number. */
  writeSector(sector: number, fromWord: number): number;
  readSector(sector: number, toWord: number): number;
  setTimer(ticks: number): void;
  /** Goes on at this phase, after so many steps of work. Without it the same phase comes again. */
  goTo(phase: number, work: number): void;
  /** Waits until something arrives. */
  wait(): void;
  halt(why: string): void;
}

export interface ScriptPhase {
  /** What it asks for before it runs: the clock, or so many bytes of entropy. */
  readonly needs?: "time" | number;
  run(desk: ScriptDesk): void;
}

export interface Script {
  /** With its version: two scripts that do different things have different names. */
  readonly name: string;
  /** The first one is where a machine begins. */
  readonly phases: readonly ScriptPhase[];
}
