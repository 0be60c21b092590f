// What came into a machine from outside, by position: with the state it began with, all that decides
// its whole life. A twin that is given the same at the same positions is the same machine.

import type { Crossing } from "../testbed/flight-recorder.ts";
import type { Machine } from "../vm/machine.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";

/** What a debugger's hand changed before step `count`. */
export type Edit =
  | { readonly kind: "register"; readonly name: string; readonly value: bigint }
  | { readonly kind: "memory"; readonly address: number; readonly bytes: Uint8Array };

export type Input =
  | Crossing
  | { readonly kind: "edit"; readonly count: number; readonly edit: Edit };

export interface Journal {
  readonly first: MachineSnapshot;
  /** Up to and including this position everything that crosses is known. */
  readonly horizon: number;
  /** The machine will never go beyond the horizon. */
  readonly isOver: boolean;
  /** In the order in which they crossed. */
  input(index: number): Input | undefined;
  /** Lets the machine go on for a bounded while. */
  extend(): void;
  /** Undefined when what happens here is not to be changed. */
  readonly editor: Editor | undefined;
  /** For a person: when this was. */
  describe(position: number): string;
  positionAt(time: number): number | undefined;
}

export interface Editor {
  /**
   * The twin was changed where it stands, up to where `known` inputs have crossed: the machine goes on
   * from there, and all that came later has not been.
   */
  edit(twin: Machine, known: number, edit: Edit): void;
}
