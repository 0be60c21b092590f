// A host's side of the storage link: tags commands, sends them again while no answer comes (a lost
// command or a lost reply looks the same), and matches answers. The server applies a tag once.

import { clonePlain } from "../base/clone.ts";
import { after, type Duration, seconds, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import {
  encodeCommand,
  type FenceToken,
  type StorageBody,
  type StorageCommand,
  type StorageReply,
} from "../sim/storage-wire.ts";

/** How long a block command may stay unanswered before it is sent again. */
const RESEND_AFTER: Duration = seconds(1);

interface InFlight {
  readonly command: StorageCommand;
  resendAt: VirtualTime;
}

interface InitiatorState {
  /** Of which life of the host: answers to an earlier one are not for this one. */
  session: number;
  nextTag: number;
  inFlight: Map<number, InFlight>;
}

export type InitiatorSnapshot = InitiatorState;

export class StorageInitiator {
  readonly #vm: string;
  readonly #name: string;
  #state: InitiatorState;

  constructor(vm: string, name: string, session: number) {
    this.#vm = vm;
    this.#name = name;
    this.#state = { session, nextTag: 1, inFlight: new Map() };
  }

  /** The bytes of a new command. The arbiter's requests are repeated by the protocol, not here. */
  issue(body: StorageBody, fence: FenceToken, now: VirtualTime): Uint8Array {
    const tag = this.#state.nextTag++;
    const command: StorageCommand = {
      vm: this.#vm,
      initiator: this.#name,
      session: this.#state.session,
      tag,
      fence,
      body,
    };
    const isRecord =
      body.kind === "test-and-set" || body.kind === "open" || body.kind === "inquire";
    const resendAt = isRecord ? TIME_NEVER : after(now, RESEND_AFTER);
    this.#state.inFlight.set(tag, { command, resendAt });
    return encodeCommand(command);
  }

  /** The command that an answer belongs to; undefined when it is stale or repeated. */
  settle(reply: StorageReply): StorageCommand | undefined {
    if (reply.session !== this.#state.session) return undefined;
    const found = this.#state.inFlight.get(reply.tag);
    this.#state.inFlight.delete(reply.tag);
    return found?.command;
  }

  nextDeadline(): VirtualTime {
    let next = TIME_NEVER;
    for (const { resendAt } of this.#state.inFlight.values()) if (resendAt < next) next = resendAt;
    return next;
  }

  /** Commands that are due to be sent again. */
  takeDue(now: VirtualTime): readonly Uint8Array[] {
    const due: Uint8Array[] = [];
    for (const flight of this.#state.inFlight.values()) {
      if (flight.resendAt > now) continue;
      flight.resendAt = after(now, RESEND_AFTER);
      due.push(encodeCommand(flight.command));
    }
    return due;
  }

  /** The host has another life. */
  restart(session: number): void {
    this.#state = { session, nextTag: 1, inFlight: new Map() };
  }

  /** The node stops: nothing is sent again. */
  abandon(): void {
    this.#state.inFlight = new Map();
  }

  snapshot(): InitiatorSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: InitiatorSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
