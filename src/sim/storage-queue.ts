// Commands on their way into the storage server: in the fabric before it, arrived and not yet in
// effect, or due while it stalled; and what it answered to those that a retry may repeat.

import { clonePlain } from "../base/clone.ts";
import type { Duration } from "../base/time.ts";
import {
  forget,
  forgetInFlight,
  type Known,
  lookUp,
  remember,
  type RetryMemory,
} from "./retry-memory.ts";
import type { StorageCommand, StorageStatus } from "./storage-wire.ts";

/** A command that is due; what an earlier incarnation of the server had accepted never takes effect. */
export interface DueCommand {
  readonly incarnation: number;
  readonly command: StorageCommand;
}

export interface StorageQueueSnapshot {
  incarnation: number;
  memory: RetryMemory;
  /** In order of arrival. */
  inFlight: StorageCommand[];
  parked: DueCommand[];
  /** Of which initiators the next write is kept in the fabric, and for how long. */
  delayNext: { readonly initiator: string; readonly by: Duration }[];
}

export class StorageQueue {
  #state: StorageQueueSnapshot;

  constructor() {
    this.#state = { incarnation: 1, memory: new Map(), inFlight: [], parked: [], delayNext: [] };
  }

  get inFlight(): readonly StorageCommand[] {
    return this.#state.inFlight;
  }

  lookUp(command: StorageCommand): Known | "new" | "stale" {
    return lookUp(this.#state.memory, command);
  }

  /** It has arrived; what is returned is due later. */
  enter(command: StorageCommand): DueCommand {
    const { memory, inFlight, incarnation } = this.#state;
    remember(memory, command, "in-flight");
    inFlight.push(command);
    return { incarnation, command };
  }

  isStillDue({ incarnation, command }: DueCommand): boolean {
    const { inFlight } = this.#state;
    return incarnation === this.#state.incarnation && inFlight.some((one) => isSame(one, command));
  }

  leave(command: StorageCommand): void {
    this.#state.inFlight = this.#state.inFlight.filter((other) => !isSame(other, command));
  }

  /** It has taken effect, and this was the answer. */
  settle(command: StorageCommand, status: StorageStatus): void {
    remember(this.#state.memory, command, status);
  }

  /** What it did is undone, or it never takes effect; a retry is a new command. */
  abandon(command: StorageCommand): void {
    this.leave(command);
    forget(this.#state.memory, command);
  }

  /** Nothing that has arrived takes effect any more. */
  abort(): void {
    this.#state.incarnation += 1;
    this.#state.inFlight = [];
    this.#state.parked = [];
    forgetInFlight(this.#state.memory);
  }

  park(due: DueCommand): void {
    this.#state.parked.push(due);
  }

  /** In the order in which they were due. */
  takeParked(): readonly DueCommand[] {
    const { parked } = this.#state;
    this.#state.parked = [];
    return parked;
  }

  /** The next write of this initiator stays in the fabric, whatever becomes of the initiator. */
  delayNextWrite(initiator: string, by: Duration): void {
    this.#state.delayNext.push({ initiator, by });
  }

  /** How long this command is kept in the fabric; undefined: not at all. */
  takeDelay({ body, initiator }: StorageCommand): Duration | undefined {
    if (body.kind !== "write") return undefined;
    const { delayNext } = this.#state;
    const found = delayNext.find((delay) => delay.initiator === initiator);
    if (found === undefined) return undefined;
    this.#state.delayNext = delayNext.filter((other) => other !== found);
    return found.by;
  }

  snapshot(): StorageQueueSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: StorageQueueSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}

function isSame(a: StorageCommand, b: StorageCommand): boolean {
  return a.initiator === b.initiator && a.session === b.session && a.tag === b.tag;
}
