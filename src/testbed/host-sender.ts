// What leaves a host: outputs that the protocol lets go, announcements, commands and requests to the
// storage, heartbeats. Each becomes a packet on a wire, and a world fact where outsiders can see it.

import type { Effect } from "../ft/protocol.ts";
import type { Frame } from "../net/address.ts";
import { decodeEthernet } from "../net/ethernet.ts";
import type { DiskRequest } from "../vm/exit.ts";
import type { StorageBody } from "../sim/storage-wire.ts";
import { STORAGE_MAC } from "./addresses.ts";
import { announcementFrame } from "./announcement.ts";
import type { HostParts } from "./host-parts.ts";
import { CLUSTER, SWITCH, WIRE_CLUSTER, WIRE_NET, WIRE_STORAGE } from "./wires.ts";

export class HostSender {
  readonly #parts: HostParts;
  readonly #name: string;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#name = parts.host.name;
  }

  /** `generation`: in which the node acts, on the fence of a disk command. */
  release(effect: Extract<Effect, { kind: "release" }>, generation: number): void {
    const { facts, runner, disk } = this.#parts;
    const { output } = effect;
    switch (output.class) {
      case "network": {
        const frame = decodeEthernet(output.bytes);
        if (frame !== undefined)
          this.frame(WIRE_NET, SWITCH, {
            bytes: output.bytes,
            source: frame.source,
            destination: frame.destination,
          });
        break;
      }
      case "console":
        break;
      case "disk":
        this.#issue(output.request, generation);
        if (disk.own === undefined) break;
        facts.issued(output.request, effect.isAgain);
        return;
    }
    facts.released(effect.ordinal, output, effect.isAgain, runner.count);
  }

  #issue(request: DiskRequest, generation: number): void {
    const { runner } = this.#parts;
    const { ioId, op, sector, sectorCount } = request;
    const data = runner.machine.config.rules.bounceBuffers
      ? request.data
      : this.#guestBuffer(request);
    const body =
      op === "read"
        ? ({ kind: "read", ioId, sector, sectorCount } as const)
        : op === "write"
          ? ({ kind: "write", ioId, sector, data } as const)
          : ({ kind: "flush", ioId } as const);
    this.ask(body, generation);
  }

  /** A read of a backup: it is no output, and no fact of the machine's. */
  ownRead({ ioId, sector, sectorCount }: DiskRequest, generation: number): void {
    this.ask({ kind: "member-read", ioId, sector, sectorCount }, generation);
  }

  /** Without bounce buffers a write takes what the guest's buffer holds when it is sent. */
  #guestBuffer(request: DiskRequest): Uint8Array {
    return request.op === "write"
      ? this.#parts.runner.machine.diskBuffer(request.ioId)
      : request.data;
  }

  /** A command to the storage. */
  ask(body: StorageBody, generation: number): void {
    const { initiator, kernel } = this.#parts;
    this.toStorage(initiator.issue(body, { generation, owner: this.#name }, kernel.now));
  }

  toCluster(bytes: Uint8Array): void {
    const packet = { bytes, source: STORAGE_MAC, destination: STORAGE_MAC };
    this.frame(WIRE_CLUSTER, CLUSTER, packet);
  }

  announce(): void {
    const frame = announcementFrame();
    this.#parts.facts.announced(frame.source);
    this.frame(WIRE_NET, SWITCH, frame);
  }

  toStorage(bytes: Uint8Array): void {
    const { actor } = this.#parts.disk;
    this.frame(WIRE_STORAGE, actor, { bytes, source: STORAGE_MAC, destination: STORAGE_MAC });
  }

  frame(wire: string, to: string, frame: Frame): void {
    this.#parts.network.send(wire, this.#name, to, frame);
  }
}
