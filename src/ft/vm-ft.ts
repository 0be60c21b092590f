// The protocol of the paper: one replica, primary or backup. A step hears one input (inputs.ts), then
// looks whether what waited can go on, and sends.

import { clonePlain } from "../base/clone.ts";
import { BackupLog } from "./backup-log.ts";
import { takeWhenQuiet } from "./copy-source.ts";
import { Detector } from "./detector.ts";
import { startDiskOrder } from "./disk-order.ts";
import { Effects } from "./effects.ts";
import { goLiveWhenReady } from "./going-live.ts";
import { GuestClock } from "./guest-clock.ts";
import { handleInput } from "./inputs.ts";
import { LagMeter } from "./lag-meter.ts";
import { continueOperations } from "./operations.ts";
import { OutputGate } from "./output-gate.ts";
import { noOwnReads } from "./own-reads.ts";
import {
  type Control,
  emptyReplay,
  initialControl,
  type Parts,
  type PlainParts,
  plainParts,
  type Step,
} from "./parts.ts";
import { PrimaryLog } from "./primary-log.ts";
import type { Effect, Input, Protocol, Replica, ReplicaConfig, StepContext } from "./protocol.ts";
import { flush } from "./sending.ts";
import { UNTHROTTLED } from "./throttle.ts";

export const VM_FT: Protocol = {
  name: "vm-ft",
  family: "replay",
  copies: true,
  ownDisks: true,
  create: (config) => new VmFtReplica(config),
};

export interface VmFtSnapshot {
  readonly control: Control;
  readonly plain: PlainParts;
  readonly lagMeter: ReturnType<LagMeter["snapshot"]>;
  readonly clock: ReturnType<GuestClock["snapshot"]>;
  readonly primaryLog: ReturnType<PrimaryLog["snapshot"]>;
  readonly backupLog: ReturnType<BackupLog["snapshot"]>;
  readonly gate: ReturnType<OutputGate["snapshot"]>;
  readonly detector: ReturnType<Detector["snapshot"]>;
}

class VmFtReplica implements Replica {
  readonly #parts: Parts;

  constructor(config: ReplicaConfig) {
    this.#parts = {
      config,
      control: initialControl(config),
      clock: new GuestClock(config.guestTicks, config.hostClock),
      primaryLog: new PrimaryLog(),
      lagMeter: new LagMeter(config.params.progressInterval, config.hostClock),
      throttle: UNTHROTTLED,
      backupLog: new BackupLog(),
      gate: new OutputGate(),
      detector: new Detector(config.params, config.rules, config.hostUptime),
      replay: emptyReplay(),
      disk: startDiskOrder(),
      ownReads: noOwnReads(),
      ownDone: [],
      deferred: [],
      arriving: [],
      share: 100,
      opening: undefined,
      operation: "none",
      copySource: undefined,
      copyTarget: undefined,
    };
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#parts.control.role === "HALTED") return [];
    const out = new Effects(() => this.#parts.control);
    const step: Step = { parts: this.#parts, context, out };
    this.#parts.clock.look(context.now);
    this.#parts.lagMeter.look(context.now);
    handleInput(step, input);
    goLiveWhenReady(step);
    continueOperations(step);
    takeWhenQuiet(step);
    flush(step);
    return out.list();
  }

  snapshot(): VmFtSnapshot {
    const parts = this.#parts;
    return {
      control: parts.control,
      plain: plainParts(parts),
      lagMeter: parts.lagMeter.snapshot(),
      clock: parts.clock.snapshot(),
      primaryLog: parts.primaryLog.snapshot(),
      backupLog: parts.backupLog.snapshot(),
      gate: parts.gate.snapshot(),
      detector: parts.detector.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const parts = this.#parts;
    const state = snapshot as VmFtSnapshot;
    parts.control = state.control;
    Object.assign(parts, clonePlain(state.plain));
    parts.lagMeter.restore(state.lagMeter);
    parts.clock.restore(state.clock);
    parts.primaryLog.restore(state.primaryLog);
    parts.backupLog.restore(state.backupLog);
    parts.gate.restore(state.gate);
    parts.detector.restore(state.detector);
  }
}
