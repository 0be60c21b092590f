// A host that lost power and is back. Nothing of what it ran survived: it has no VM and no log, so it
// can take no part in the generation in which it was lost, whoever has the flag. Its hypervisor asks
// the storage for the record of the VM until it is answered, says what it read, and stays out: it
// announces nothing, writes nothing, and does not ask for the flag (SCN-21).

import { clonePlain } from "../base/clone.ts";
import { after, milliseconds, type VirtualTime } from "../base/time.ts";
import {
  decodeRecord,
  encodeCommand,
  type StorageCommand,
  type StorageReply,
} from "../sim/storage-wire.ts";

const ASK_AGAIN_AFTER = milliseconds(200);

interface RestartedState {
  tag: number;
  hasAnswer: boolean;
}

export type RestartedSnapshot = RestartedState;

export class RestartedHost {
  readonly #name: string;
  readonly #session: number;
  #state: RestartedState;

  constructor(name: string, session: number) {
    this.#name = name;
    this.#session = session;
    this.#state = { tag: 0, hasAnswer: false };
  }

  get session(): number {
    return this.#session;
  }

  /** Bytes for the storage, and when to ask again; undefined once it was answered. */
  ask(now: VirtualTime): { readonly bytes: Uint8Array; readonly next: VirtualTime } | undefined {
    if (this.#state.hasAnswer) return undefined;
    this.#state.tag += 1;
    const command: StorageCommand = {
      vm: "vm",
      initiator: this.#name,
      session: this.#session,
      tag: this.#state.tag,
      fence: { generation: 0, owner: this.#name },
      body: { kind: "inquire" },
    };
    return { bytes: encodeCommand(command), next: after(now, ASK_AGAIN_AFTER) };
  }

  /** What the record says, in words; undefined for answers to an earlier life, and for repeated ones. */
  handleReply(reply: StorageReply): string | undefined {
    if (reply.session !== this.#session || this.#state.hasAnswer) return undefined;
    const record = decodeRecord(reply.data);
    if (reply.status !== "ok" || record === undefined) return undefined;
    this.#state.hasAnswer = true;
    const { generation, winner } = record;
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
