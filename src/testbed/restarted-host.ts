// A host that lost power and is back. Nothing of what it ran survived: it has no VM and no log, so it
// can take no part in the generation in which it was lost, whoever has the flag. Its hypervisor asks
// the storage for the record of the VM (where there is none that it shares: the arbiter) until it is
// answered, says what it read, and stays out: it
// announces nothing, writes nothing, and does not ask for the flag (SCN-21). Where redundancy is
// restored it may be given a copy of the VM from then on.

import { clonePlain } from "../base/clone.ts";
import { after, milliseconds } from "../base/time.ts";
import type { SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload } from "../sim/network.ts";
import { decodeReply, type StorageRecord } from "../sim/storage-wire.ts";
import { storageInput } from "./host-inputs.ts";
import type { ArbiterStep } from "./host-arbiter.ts";
import type { HostParts } from "./host-parts.ts";
import type { HostSender } from "./host-sender.ts";
import { WIRE_STORAGE } from "./wires.ts";

/** It asks the storage for the record. */
export const EVENT_ASK = "ask";
const ASK_AGAIN_AFTER = milliseconds(200);

interface RestartedState {
  hasAnswer: boolean;
}

export type RestartedSnapshot = RestartedState;

export class RestartedHost {
  readonly #parts: HostParts;
  readonly #sender: HostSender;
  #state: RestartedState;

  constructor(parts: HostParts, sender: HostSender) {
    this.#parts = parts;
    this.#sender = sender;
    this.#state = { hasAnswer: false };
  }

  begin(): void {
    const { facts, host } = this.#parts;
    facts.hostChanged("restart", describeLife(host.incarnation));
    this.#ask();
  }

  /** Until it is answered: commands and answers may be lost. */
  #ask(): void {
    const { kernel, host } = this.#parts;
    if (host.status !== "up" || this.#state.hasAnswer) return;
    // No arbiter of more than one node answers on the spot.
    if (this.#parts.disk.own === undefined) this.#sender.ask({ kind: "inquire" }, 0);
    else this.#parts.arbiter.ask({ kind: "inquire" });
    kernel.schedule(after(kernel.now, ASK_AGAIN_AFTER), host.name, EVENT_ASK, null);
  }

  /**
   * Answers of the storage are all that it listens to; what was on its way to its earlier life is
   * lost. True when it has its answer.
   */
  handle(event: SimEvent): boolean {
    if (event.kind === EVENT_ASK) this.#ask();
    if (event.kind !== "arrive") return false;
    const payload = event.payload as ArrivePayload;
    const packet = this.#parts.network.receive(payload);
    if (packet === undefined || !payload.link.startsWith(WIRE_STORAGE)) return false;
    const reply = decodeReply(packet.bytes);
    const command = reply && this.#parts.initiator.settle(reply);
    const input = reply && command && storageInput(command, reply);
    return input !== undefined && this.hear([{ kind: "input", input }]);
  }

  /**
   * What an arbiter's message came to: what it asked for in its former life concerns nobody any more.
   * True when it is the answer.
   */
  hear(steps: readonly ArbiterStep[]): boolean {
    if (this.#state.hasAnswer) return false;
    for (const step of steps)
      if (step.kind === "input" && step.input.kind === "record") return this.#stayOut(step.input);
    return false;
  }

  #stayOut(input: StorageRecord): boolean {
    this.#state.hasAnswer = true;
    this.#parts.facts.hostChanged("stays-out", describeRecord(input));
    return true;
  }

  snapshot(): RestartedSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: RestartedSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}

function describeLife(incarnation: number): string {
  const ordinal = incarnation === 2 ? "second" : `${incarnation}th`;
  return `its ${ordinal} life, with nothing in memory`;
}

export function describeRecord({ generation, winner }: StorageRecord): string {
  const flag = winner === "" ? "nobody has asked for it yet" : `${winner} has it`;
  return `generation ${generation} of the VM went on without it: ${flag}`;
}
