// The third party that is the arbiter: a server that both hosts can reach, with the same
// durable record as a shared storage has, and no disk.

import type { Prng } from "../base/prng.ts";
import { type Duration, NO_TIME } from "../base/time.ts";
import type { Kernel, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload, Network } from "../sim/network.ts";
import { Storage, type StorageObserver, type StorageRules } from "../sim/storage.ts";
import { decodeCommand, encodeReply, type StorageCommand } from "../sim/storage-wire.ts";
import { STORAGE_MAC } from "./addresses.ts";
import type { Emit } from "./host-facts.ts";
import { storageFacts } from "./storage-facts.ts";
import { ARBITER, WIRE_ARBITER } from "./wires.ts";

interface ThirdPartyOptions {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly prng: Prng;
  readonly emit: Emit;
  readonly rules: StorageRules;
  readonly recordLatency: Duration;
  /** No shared storage has a record of the VM: this one is it. */
  readonly isRecord: boolean;
}

export class ThirdParty {
  readonly #network: Network;
  readonly #record: Storage;

  constructor({ kernel, network, prng, emit, rules, recordLatency, isRecord }: ThirdPartyOptions) {
    this.#network = network;
    this.#record = new Storage(
      kernel,
      {
        actor: ARBITER,
        sectors: 0,
        latencyMin: NO_TIME,
        latencyMax: NO_TIME,
        recordLatency,
        hasVolatileCache: false,
        failedReadsLeaveData: false,
      },
      rules,
      prng,
      answers(kernel, emit, isRecord),
      (to, reply) =>
        network.send(WIRE_ARBITER, ARBITER, to, {
          bytes: encodeReply(reply),
          source: STORAGE_MAC,
          destination: STORAGE_MAC,
        }),
    );
  }

  prepare(primary: string, backup: string): void {
    this.#record.prepare("vm", primary, backup, new Map());
  }

  handle(event: SimEvent): void {
    if (event.kind !== "arrive") {
      this.#record.handleEvent(event.kind, event.payload);
      return;
    }
    const packet = this.#network.receive(event.payload as ArrivePayload);
    const command = packet && decodeCommand(packet.bytes);
    if (command !== undefined) this.#record.handleCommand(command);
  }

  snapshot(): ReturnType<Storage["snapshot"]> {
    return this.#record.snapshot();
  }

  restore(snapshot: ReturnType<Storage["snapshot"]>): void {
    this.#record.restore(snapshot);
  }
}

function answers(kernel: Kernel, emit: Emit, isRecord: boolean): StorageObserver {
  const record = storageFacts(kernel, emit, { isOwn: false });
  const told =
    (what: "flag" | "open") =>
    ({ initiator, body }: StorageCommand, result: "won" | "lost"): void => {
      if (body.kind !== "test-and-set" && body.kind !== "open") return;
      emit({
        kind: "arbiter-answer",
        witness: "world",
        time: kernel.now,
        arbiter: "third-party",
        what,
        generation: body.generation,
        owner: initiator,
        votes: 0,
        result,
      });
    };
  return {
    applied: () => undefined,
    memberRead: () => undefined,
    testAndSet: (command, result, isFirst) => {
      told("flag")(command, result);
      if (isRecord) record.testAndSet(command, result, isFirst);
    },
    opened: (command, result) => {
      told("open")(command, result);
      if (isRecord) record.opened(command, result);
    },
  };
}
