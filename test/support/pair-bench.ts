// One replica of any protocol on a bench: inputs by hand, effects to look at. For unit tests only.

import { DEFAULT_PARAMS, type FtParams } from "../../src/ft/params.ts";
import type {
  Effect,
  Input,
  NumberedOutput,
  Page,
  Protocol,
  Replica,
  VmExit,
} from "../../src/ft/protocol.ts";
import { FT_RULES } from "../../src/ft/rules.ts";
import type { DiskRequest } from "../../src/vm/exit.ts";

export class PairBench {
  readonly replica: Replica;
  readonly peer: string;
  now = 0;
  count = 1_000;
  isWaiting = false;
  pending: DiskRequest[] = [];

  constructor(protocol: Protocol, role: "primary" | "backup", params: Partial<FtParams> = {}) {
    this.peer = role === "primary" ? "h2" : "h1";
    this.replica = protocol.create({
      self: role === "primary" ? "h1" : "h2",
      peer: role === "primary" ? "h2" : "h1",
      generation: 1,
      role,
      params: { ...DEFAULT_PARAMS, ...params },
      rules: FT_RULES,
      hostClock: 0,
      hostUptime: 0,
      guestTicks: 500,
      seed: "1",
    });
  }

  step(input: Input): readonly Effect[] {
    return this.replica.step(input, {
      now: this.now,
      uptime: this.now,
      count: this.count,
      isWaiting: this.isWaiting,
      guestDeadline: undefined,
      pendingDisk: () => this.pending,
    });
  }

  timer(timer: string): readonly Effect[] {
    return this.step({ kind: "timer", timer });
  }

  log(bytes: Uint8Array): readonly Effect[] {
    return this.step({ kind: "message", channel: "log", from: this.peer, bytes });
  }

  exit(exit: VmExit): readonly Effect[] {
    return this.step({ kind: "exit", exit });
  }

  perform(...outputs: readonly NumberedOutput[]): readonly Effect[] {
    return this.exit({ kind: "output", outputs });
  }

  state(...indices: readonly number[]): readonly Effect[] {
    const pages: Page[] = indices.map((index) => ({ index, bytes: new Uint8Array(4_096) }));
    return this.step({ kind: "state", pages, machine: Uint8Array.from([1, 2, 3]) });
  }

  /** From a silence to the arbiter's answer. */
  arbitrate(result: "won" | "lost"): readonly Effect[] {
    this.now += DEFAULT_PARAMS.heartbeatTimeout;
    this.timer("detector");
    this.now += DEFAULT_PARAMS.suspectGrace;
    this.timer("grace");
    return this.step({ kind: "test-and-set", generation: 1, result });
  }
}

export function frameOutput(ordinal: number, byte: number = ordinal): NumberedOutput {
  return { ordinal, output: { class: "network", bytes: Uint8Array.from([byte]) } };
}

export function writeOutput(ordinal: number, ioId: number): NumberedOutput {
  return { ordinal, output: { class: "disk", request: writeRequest(ioId) } };
}

export function writeRequest(ioId: number): DiskRequest {
  return { ioId, op: "write", sector: ioId, sectorCount: 1, pages: [], data: new Uint8Array(512) };
}

export function released(effects: readonly Effect[]): readonly number[] {
  return effects.flatMap((effect) => (effect.kind === "release" ? [effect.ordinal] : []));
}

export function commands(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === "vm") return [effect.command.do];
    return effect.kind === "memory" ? [`memory ${effect.command.do}`] : [];
  });
}

export function sentOnLog(effects: readonly Effect[]): readonly Uint8Array[] {
  return effects.flatMap((effect) =>
    effect.kind === "send" && effect.channel === "log" ? [effect.bytes] : [],
  );
}
