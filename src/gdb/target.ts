// What the protocol needs of what is debugged: registers, memory, and a line of positions on which it
// can be moved forth and back. A position is a count of steps; its state never depends on the way there.

import type { WatchKind } from "../vm/stops.ts";

export interface DebugTarget {
  /** Steps executed since power-on. */
  readonly position: number;
  /** By GDB's number (registers.ts); undefined when it has no value. */
  register(index: number): bigint | undefined;
  /** False when it cannot be set. */
  setRegister(index: number, value: bigint): boolean;
  /** Of virtual addresses; undefined when not all of it is there. */
  readMemory(address: bigint, length: number): Uint8Array | undefined;
  writeMemory(address: bigint, bytes: Uint8Array): boolean;
  /** False when there is no room for it. */
  place(stop: StopPlace): boolean;
  remove(stop: StopPlace): void;
  begin(motion: Motion): void;
  /** Some of the motion under way: bounded work, and its end when it has come. */
  advance(): Stop | undefined;
  /** Gives the motion up. */
  interrupt(): Stop;
  /** Where it stands, for a person. */
  describe(): string;
  /** The position of a moment of virtual time in ns; undefined when there is no such time here. */
  positionAt(time: number): number | undefined;
  stateHash(): string;
}

export type StopPlace =
  | { readonly kind: "breakpoint"; readonly address: bigint }
  | { readonly kind: WatchKind; readonly address: bigint; readonly length: number };

export type Motion =
  | { readonly kind: "step" }
  /** Steps while the pc is in [low, high). */
  | { readonly kind: "range"; readonly low: bigint; readonly high: bigint }
  | { readonly kind: "continue" }
  | { readonly kind: "step-back" }
  | { readonly kind: "continue-back" }
  | { readonly kind: "goto"; readonly position: number };

export type Stop =
  | { readonly kind: "step" | "breakpoint" | "interrupt" | "begin" | "end" }
  | { readonly kind: "watch"; readonly watch: WatchKind; readonly address: bigint };
