// A machine that runs freely, without a log: it is answered out of its own host, its events are
// delivered when they come, its disk commands leave in an order that any disk keeps, and what
// was pending at a takeover is issued again.

import { clonePlain } from "../../base/clone.ts";
import { type DiskOrder, handleDiskDone, release, startDiskOrder } from "../../ft/disk-order.ts";
import { GuestClock, type GuestClockSnapshot } from "../../ft/guest-clock.ts";
import type { Answer, Input, NumberedOutput, ReplicaConfig, VmExit } from "../../ft/protocol.ts";
import type { Entry } from "../../vm/exit.ts";
import type { PairStep } from "./pair-guard.ts";

export const NO_COST = { kind: "none", bytes: 0 } as const;

export interface LiveMachineSnapshot {
  readonly clock: GuestClockSnapshot;
  readonly disk: DiskOrder;
}

export class LiveMachine {
  readonly clock: GuestClock;
  readonly #config: ReplicaConfig;
  #disk: DiskOrder;

  constructor(config: ReplicaConfig) {
    this.clock = new GuestClock(config.guestTicks, config.hostClock);
    this.#config = config;
    this.#disk = startDiskOrder();
  }

  answer({ context, out }: PairStep, exit: Extract<VmExit, { kind: "request" }>): void {
    const answer: Answer =
      exit.what === "time"
        ? { what: "time", ticks: this.clock.read(context.now) }
        : { what: "entropy", bytes: exit.sample };
    out.vm({ do: "answer", answer, cost: NO_COST });
  }

  /** Sets the host timer for the guest's deadline; one in the past fires once. */
  armTimer({ context, out }: PairStep): void {
    const { guestDeadline, now } = context;
    if (guestDeadline === undefined) out.push({ kind: "cancel-timer", timer: "guest" });
    else out.timer("guest", Math.max(now, this.clock.hostClockAt(guestDeadline)));
  }

  /** A frame, a completion, the guest's timer. */
  deliver(step: PairStep, input: Input): void {
    if (input.kind === "frame") this.inject(step, { kind: "net-rx", frames: [input.bytes] });
    else if (input.kind === "timer") this.#deliverTimer(step);
    else if (input.kind === "disk-done") this.deliverDiskDone(step, input);
  }

  deliverDiskDone(step: PairStep, input: Extract<Input, { kind: "disk-done" }>): void {
    const { ioId, status, data } = input;
    handleDiskDone(this.#diskStep(step), ioId);
    const isPending = step.context.pendingDisk().some((request) => request.ioId === ioId);
    if (isPending && status !== "fenced")
      this.inject(step, { kind: "disk-done", ioId, status, data });
  }

  inject({ out }: PairStep, entry: Entry): void {
    out.vm({ do: "inject", entry, cost: NO_COST });
  }

  release(step: PairStep, output: NumberedOutput, isAgain: boolean = false): void {
    release(this.#diskStep(step), output, isAgain);
  }

  /** From here on this machine is the VM: every command that it has not seen completed goes out again. */
  reissuePending(step: PairStep): void {
    const pending = step.context.pendingDisk();
    for (const request of pending)
      this.release(step, { ordinal: -1, output: { class: "disk", request } }, true);
  }

  snapshot(): LiveMachineSnapshot {
    return { clock: this.clock.snapshot(), disk: clonePlain(this.#disk) };
  }

  restore({ clock, disk }: LiveMachineSnapshot): void {
    this.clock.restore(clock);
    this.#disk = clonePlain(disk);
  }

  #deliverTimer(step: PairStep): void {
    const { guestDeadline, now } = step.context;
    // The guest may have moved its deadline since the host timer was set.
    if (guestDeadline === undefined) return;
    if (this.clock.hostClockAt(guestDeadline) > now) this.armTimer(step);
    else this.inject(step, { kind: "timer" });
  }

  #diskStep({ out }: PairStep): Parameters<typeof release>[0] {
    return { parts: { config: this.#config, disk: this.#disk }, out };
  }
}

/** reads are inputs, unless one would overtake a write that is held. */
export function mustWait(output: NumberedOutput, held: readonly NumberedOutput[]): boolean {
  const isRead = output.output.class === "disk" && output.output.request.op === "read";
  return !isRead || held.some((other) => other.output.class === "disk");
}
