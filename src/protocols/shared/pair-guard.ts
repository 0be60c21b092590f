// What every protocol of a pair needs and none invents anew: heartbeats, the detector, the way from a
// suspicion to the arbiter, and announcements. It knows neither logs nor
// checkpoints: it says what became of the other host, and its owner acts on it.

import { clonePlain } from "../../base/clone.ts";
import { isForOneReceiver, planNextAnnouncement } from "../../ft/announcement-plan.ts";
import type { Role } from "../../ft/claim.ts";
import { Detector, type DetectorSnapshot } from "../../ft/detector.ts";
import { Effects, type Standing } from "../../ft/effects.ts";
import type { ReplicaConfig, StepContext } from "../../ft/protocol.ts";

/** One step's working set. */
export interface PairStep {
  readonly context: StepContext;
  readonly out: Effects;
}

/** A pair for ever: its generation and its peer are the configuration's. */
export function beginStep({ generation, peer }: ReplicaConfig, context: StepContext): PairStep {
  const standing: Standing = { generation, logGeneration: generation, peer };
  return { context, out: new Effects(() => standing) };
}

/** `won`: go on alone. `lost`: stop. `heard-again`: the suspicion was wrong, and is taken back. */
export type Decision = "none" | "won" | "lost" | "heard-again";

interface GuardState {
  role: Role;
  arbitration: "none" | "asked" | "over";
  attempts: number;
  announcements: number;
  /** A frame has come for the VM since it was announced, or it never had to be. */
  isFound: boolean;
}

export interface GuardSnapshot {
  readonly state: GuardState;
  readonly detector: DetectorSnapshot;
}

const TIMERS = ["heartbeat", "detector", "grace", "arbiter", "announce"];

export class PairGuard {
  readonly #config: ReplicaConfig;
  readonly #detector: Detector;
  #state: GuardState;

  constructor(config: ReplicaConfig) {
    this.#config = config;
    this.#detector = new Detector(config.params, config.rules, config.hostUptime);
    this.#state = {
      role: "BACKUP",
      arbitration: "none",
      attempts: 0,
      announcements: 0,
      isFound: true,
    };
  }

  get role(): Role {
    return this.#state.role;
  }

  /** H-9, INV-16, INV-17: who suspects neither releases nor acknowledges anything. */
  get isQuiet(): boolean {
    const { role } = this.#state;
    return role !== "PRIMARY" && role !== "BACKUP" && role !== "SOLO";
  }

  start(step: PairStep): void {
    const { context, out } = step;
    const { role, generation } = this.#config;
    this.enter(step, role === "primary" ? "PRIMARY" : "BACKUP", `generation ${generation}`);
    out.timer("heartbeat", context.now);
    out.timer("detector", this.#detector.nextCheck(context));
  }

  heardHeartbeat({ context }: PairStep): void {
    this.#detector.heardHeartbeat(context.uptime);
  }

  heardLog({ context }: PairStep): void {
    this.#detector.heardLog(context.uptime);
  }

  /** Its hypervisor lives; its machine does when it came further, or waits (SCN-11). */
  heardMachine({ context }: PairStep, count: number, isWaiting: boolean): void {
    this.#detector.heardEntries(context.uptime, [{ count, isWaiting }]);
  }

  handleTimer(step: PairStep, timer: string): Decision {
    switch (timer) {
      case "heartbeat":
        this.#sendHeartbeat(step);
        return "none";
      case "detector":
        this.#checkPeer(step);
        return "none";
      case "grace":
        return this.#endGrace(step);
      case "arbiter":
        if (this.#state.arbitration === "asked") this.#ask(step);
        return "none";
      case "announce":
        this.#announceAgain(step);
        return "none";
      default:
        return "none";
    }
  }

  handleAnswer({ out }: PairStep, result: "won" | "lost"): Decision {
    if (this.#state.arbitration !== "asked") return "none";
    this.#state.arbitration = "over";
    out.claim({ kind: "test-and-set-result", result });
    out.push({ kind: "cancel-timer", timer: "arbiter" });
    return result;
  }

  /** Nobody is watched and nobody watches any more. */
  goSolo(step: PairStep, why: string): void {
    for (const timer of ["heartbeat", "detector"]) step.out.push({ kind: "cancel-timer", timer });
    this.enter(step, "SOLO", why);
  }

  halt(step: PairStep, why: string): void {
    for (const timer of TIMERS) step.out.push({ kind: "cancel-timer", timer });
    this.enter(step, "HALTED", why);
  }

  enter({ out }: PairStep, role: Role, reason: string): void {
    this.#state.role = role;
    out.claim({ kind: "role", role, reason });
  }

  /** Announces, and again until it has been said often enough and the VM was found. */
  announce(step: PairStep): void {
    this.#state.isFound = false;
    this.#announceAgain(step);
  }

  /** A frame of the network has come to this host. */
  frameArrived(frame: Uint8Array): void {
    if (isForOneReceiver(frame)) this.#state.isFound = true;
  }

  snapshot(): GuardSnapshot {
    return { state: clonePlain(this.#state), detector: this.#detector.snapshot() };
  }

  restore({ state, detector }: GuardSnapshot): void {
    this.#state = clonePlain(state);
    this.#detector.restore(detector);
  }

  #announceAgain({ context, out }: PairStep): void {
    const { announcements: times, isFound } = this.#state;
    this.#state.announcements += 1;
    out.push({ kind: "announce" });
    planNextAnnouncement(out, context.now, this.#config.params.announceAt, { times, isFound });
  }

  #sendHeartbeat({ context, out }: PairStep): void {
    out.push({ kind: "send", channel: "heartbeat", bytes: new Uint8Array(1) });
    out.timer("heartbeat", context.now + this.#config.params.heartbeatInterval);
  }

  #checkPeer(step: PairStep): void {
    const { context, out } = step;
    const { role } = this.#state;
    if (role !== "PRIMARY" && role !== "BACKUP") return;
    const silence = this.#detector.silence(context.uptime);
    if (silence === undefined) {
      out.timer("detector", this.#detector.nextCheck(context));
      return;
    }
    const { signal, length } = silence;
    out.claim({ kind: "suspect", reason: signal, silence: length });
    this.enter(step, "SUSPECT", `no ${signal} for ${Math.round(length / 1_000_000)} ms`);
    out.timer("grace", context.now + this.#config.params.suspectGrace);
  }

  #endGrace(step: PairStep): Decision {
    const { context, out } = step;
    if (this.#state.role !== "SUSPECT") return "none";
    if (this.#detector.silence(context.uptime) !== undefined) {
      this.#ask(step);
      return "none";
    }
    const isPrimary = this.#config.role === "primary";
    this.enter(step, isPrimary ? "PRIMARY" : "BACKUP", "the peer was heard");
    out.timer("detector", this.#detector.nextCheck(context));
    return "heard-again";
  }

  /** The request is tagged with its owner: asking again is harmless. No answer means wait. */
  #ask(step: PairStep): void {
    const { context, out } = step;
    if (this.#state.role === "SUSPECT") this.enter(step, "TAS_WAIT", "asks the arbiter");
    this.#state.arbitration = "asked";
    this.#state.attempts += 1;
    out.claim({ kind: "test-and-set-request", attempt: this.#state.attempts });
    out.push({ kind: "test-and-set", generation: this.#config.generation });
    out.timer("arbiter", context.now + this.#config.params.testAndSetRetry);
  }
}
