// What leaves a host: outputs that the protocol lets go, announcements, commands and requests to the
// storage, heartbeats. Each becomes a packet on a wire, and a world fact where outsiders can see it.

import type { Effect, ReplicaConfig } from "../ft/protocol.ts";
import type { Frame } from "../net/address.ts";
import { decodeEthernet } from "../net/ethernet.ts";
import type { DiskRequest } from "../vm/exit.ts";
import { hostAddress, STORAGE_MAC } from "./addresses.ts";
import { announcementFrame } from "./announcement.ts";
import type { HostParts } from "./host-parts.ts";
import { STORAGE, SWITCH, WIRE_NET, WIRE_STORAGE } from "./wires.ts";

/** UDP, both ways. */
export const HEARTBEAT_PORT = 8_200;

export class HostSender {
  readonly #parts: HostParts;
  readonly #config: ReplicaConfig;
  readonly #peerHeartbeat: { readonly address: number; readonly port: number };

  constructor(parts: HostParts, config: ReplicaConfig, peerIndex: number) {
    this.#parts = parts;
    this.#config = config;
    this.#peerHeartbeat = { address: hostAddress("hb", peerIndex), port: HEARTBEAT_PORT };
  }

  release(effect: Extract<Effect, { kind: "release" }>): void {
    const { facts, runner } = this.#parts;
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
        this.#issue(output.request);
        break;
    }
    facts.released(effect.ordinal, output, effect.isAgain, runner.count);
  }

  #issue(request: DiskRequest): void {
    const { initiator, kernel, runner } = this.#parts;
    const fence = { generation: this.#config.generation, owner: this.#config.self };
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
    this.toStorage(initiator.issue(body, fence, kernel.now));
  }

  /** Without bounce buffers a write takes what the guest's buffer holds when it is sent. */
  #guestBuffer(request: DiskRequest): Uint8Array {
    return request.op === "write"
      ? this.#parts.runner.machine.diskBuffer(request.ioId)
      : request.data;
  }

  testAndSet(generation: number): void {
    const { initiator, kernel } = this.#parts;
    const fence = { generation, owner: this.#config.self };
    const body = { kind: "test-and-set", generation, owner: this.#config.self } as const;
    this.toStorage(initiator.issue(body, fence, kernel.now));
  }

  announce(): void {
    const frame = announcementFrame();
    this.#parts.facts.announced(frame.source);
    this.frame(WIRE_NET, SWITCH, frame);
  }

  toStorage(bytes: Uint8Array): void {
    this.frame(WIRE_STORAGE, STORAGE, { bytes, source: STORAGE_MAC, destination: STORAGE_MAC });
  }

  heartbeat(bytes: Uint8Array): void {
    const { heartbeats, kernel } = this.#parts;
    heartbeats.sendUdp(HEARTBEAT_PORT, this.#peerHeartbeat, bytes, kernel.now);
  }

  frame(wire: string, to: string, frame: Frame): void {
    this.#parts.network.send(wire, this.#config.self, to, frame);
  }
}
