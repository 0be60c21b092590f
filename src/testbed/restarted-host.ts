// A host that lost power and is back. Nothing of what it ran survived: it has no VM and no log, so it
// can take no part in the generation in which it was lost, whoever has the flag. Its hypervisor asks
// the storage for the record of the VM until it is answered, says what it read, and stays out: it
// announces nothing, writes nothing, and does not ask for the flag (SCN-21).

import { clonePlain } from "../base/clone.ts";
import { after, milliseconds, type VirtualTime } from "../base/time.ts";
import type { StorageRecord } from "../sim/storage-wire.ts";

const ASK_AGAIN_AFTER = milliseconds(200);

interface RestartedState {
  hasAnswer: boolean;
}

export type RestartedSnapshot = RestartedState;

export class RestartedHost {
  #state: RestartedState;

  constructor() {
    this.#state = { hasAnswer: false };
  }

  /** When to ask again; undefined once it was answered. */
  askAgainAt(now: VirtualTime): VirtualTime | undefined {
    return this.#state.hasAnswer ? undefined : after(now, ASK_AGAIN_AFTER);
  }

  /** What the record says, in words; undefined when it has said so before. */
  learn({ generation, winner }: StorageRecord): string | undefined {
    if (this.#state.hasAnswer) return undefined;
    this.#state.hasAnswer = true;
    const flag = winner === "" ? "nobody has asked for it yet" : `${winner} has it`;
    return `generation ${generation} of the VM went on without it: ${flag}`;
  }

  snapshot(): RestartedSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: RestartedSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
