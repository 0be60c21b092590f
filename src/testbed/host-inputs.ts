// What the protocol of a host is shown: the context of a step, and what an answer of the storage
// means as an input. Pure but for reading clocks and counters.

import type { VirtualTime } from "../base/time.ts";
import type { Input, ReplicaConfig, StepContext } from "../ft/protocol.ts";
import type { Host } from "../sim/host.ts";
import { decodeRecord, type StorageCommand, type StorageReply } from "../sim/storage-wire.ts";
import type { HostParts } from "./host-parts.ts";

/** Asked for when it is looked at: most steps look at little of it. */
export function stepContext({ kernel, host, runner }: HostParts): StepContext {
  const { machine } = runner;
  return {
    get now() {
      return host.clock(kernel.now);
    },
    get uptime() {
      return host.uptime(kernel.now);
    },
    get count() {
      return runner.count;
    },
    get isWaiting() {
      return machine.isWaiting;
    },
    get guestDeadline() {
      return machine.timerDeadline();
    },
    pendingDisk: () => machine.pendingDisk(),
  };
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
