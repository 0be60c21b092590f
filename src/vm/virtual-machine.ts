// What a world needs of a machine, whatever is inside: it counts steps, says why it stopped, takes
// entries between steps and answers within them, and can be hashed, copied and sent piece by piece.
// Two kinds stand behind it (ADR 12): machine.ts executes RISC-V, scripted-machine.ts a script.

import type { Result } from "../base/result.ts";
import type { VmRules } from "./config.ts";
import type { DiskRequest, Entry, Exit } from "./exit.ts";

/** What is said where a method is explained: machine.ts. */
export interface VirtualMachine {
  readonly config: { readonly ramBytes: number; readonly rules: VmRules };
  readonly count: number;
  readonly isWaiting: boolean;
  readonly isAlive: boolean;
  /** Where it stands, and with whose rights: for people, and for comparing two machines. */
  readonly pc: bigint;
  readonly privilege: 0 | 1 | 3;
  run(limit: number): Exit;
  apply(entry: Entry): void;
  answerTime(ticks: bigint | number): void;
  answerEntropy(bytes: Uint8Array): void;
  timerDeadline(): number | undefined;
  pendingDisk(): readonly DiskRequest[];
  landDiskData(ioId: number, data: Uint8Array): void;
  diskBuffer(ioId: number): Uint8Array;
  stateHash(): string;
  snapshot(): VmSnapshot;
  /** Of a machine of the same kind and configuration. */
  restore(snapshot: VmSnapshot): void;
  fork(): VirtualMachine;
  release(): void;
  trackDirty(on: boolean): void;
  takeDirtyPages(): readonly number[];
  writtenPages(): readonly number[];
  readPage(index: number): Uint8Array;
  writePage(index: number, bytes: Uint8Array): void;
  exportState(): Uint8Array;
  importState(bytes: Uint8Array): Result<void>;
}

/** A machine at one instant. Release it. */
export interface VmSnapshot {
  /** A machine of its own that goes on from here. */
  createMachine(): VirtualMachine;
  release(): void;
}
