// What the protocol of a host is shown: the context of a step, and what an answer of the storage
// means as an input. Pure but for reading clocks and counters.

import type { VirtualTime } from "../base/time.ts";
import type { Input, ReplicaConfig, StepContext } from "../ft/protocol.ts";
import type { Host } from "../sim/host.ts";
import { decodeRecord, type StorageCommand, type StorageReply } from "../sim/storage-wire.ts";
import type { DiskRequest } from "../vm/exit.ts";
import type { HostParts } from "./host-parts.ts";

/**
 * Asked for when it is looked at: most steps look at little of it. A class, since V8 gives each object
 * literal with getters a shape of its own, which holds the whole world until the next full collection.
 */
export class HostContext implements StepContext {
  readonly #parts: Pick<HostParts, "kernel" | "host" | "runner">;

  constructor(parts: Pick<HostParts, "kernel" | "host" | "runner">) {
    this.#parts = parts;
  }

  get now(): number {
    const { host, kernel } = this.#parts;
    return host.clock(kernel.now);
  }

  get uptime(): number {
    const { host, kernel } = this.#parts;
    return host.uptime(kernel.now);
  }

  get count(): number {
    return this.#parts.runner.count;
  }

  get isWaiting(): boolean {
    return this.#parts.runner.machine.isWaiting;
  }

  get guestDeadline(): number | undefined {
    return this.#parts.runner.machine.timerDeadline();
  }

  pendingDisk(): readonly DiskRequest[] {
    return this.#parts.runner.machine.pendingDisk();
  }
}

/** What a replica is told of its host's clocks when it begins. */
export function clocksOf(
  host: Host,
  now: VirtualTime,
): Pick<ReplicaConfig, "hostClock" | "hostUptime"> {
  return { hostClock: host.clock(now), hostUptime: host.uptime(now) };
}

/** undefined: nothing that the protocol waits for. */
export function storageInput(
  { body }: StorageCommand,
  { status, data }: StorageReply,
):
  | Extract<Input, { kind: "test-and-set" | "disk-done" | "own-read" | "opened" | "record" }>
  | undefined {
  switch (body.kind) {
    case "test-and-set":
      return status === "won" || status === "lost"
        ? { kind: "test-and-set", generation: body.generation, result: status }
        : undefined;
    case "read":
    case "write":
    case "flush":
      return status === "ok" || status === "error" || status === "fenced"
        ? { kind: "disk-done", ioId: body.ioId, status, data }
        : undefined;
    case "member-read":
      return status === "ok" || status === "error" || status === "fenced"
        ? { kind: "own-read", ioId: body.ioId, status, data }
        : undefined;
    case "open":
      return status === "won" || status === "lost"
        ? { kind: "opened", generation: body.generation, result: status }
        : undefined;
    case "inquire": {
      const record = status === "ok" ? decodeRecord(data) : undefined;
      return record && { kind: "record", ...record };
    }
  }
}
