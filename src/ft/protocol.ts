// The interface between a replication protocol and its world (design D3, ADR 1). A protocol is
// sans-I/O: the host gives it inputs, it answers with effects, and it touches nothing else. The same
// interface carries VM-FT, checkpointing and comparing protocols, and a user's own.
//
// Times are readings of the host's own clock in nanoseconds (hosts' clocks differ); counts are guest
// steps since boot. Bytes are immutable once they appear in an input or an effect.

import type { DiskRequest, Entry, Output } from "../vm/exit.ts";
import type { Claim } from "./claim.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

/** An output with its ordinal: the n-th that this machine performed since the ready mark. */
export interface NumberedOutput {
  readonly ordinal: number;
  readonly output: Output;
}

export type VmExit =
  /** The step needs the clock; answer it (or let `replay` take it from the log). */
  | { readonly kind: "request"; readonly what: "time" }
  /** The step needs randomness; `sample` is what this host's own entropy source offers. */
  | { readonly kind: "request"; readonly what: "entropy"; readonly sample: Uint8Array }
  /** The step just executed performed these outputs. */
  | { readonly kind: "output"; readonly outputs: readonly NumberedOutput[] }
  /** The guest wrote its timer: see context.guestDeadline. */
  | { readonly kind: "deadline" }
  /** A machine arrived where it was told to; these outputs a replay performed on the way. */
  | { readonly kind: "reached"; readonly outputs: readonly NumberedOutput[] }
  /** A replay cannot go on: the machine does something that the log does not explain. */
  | { readonly kind: "diverged"; readonly detail: string }
  | { readonly kind: "halt"; readonly detail: string };

/** One guest page: `index` counts 4 KiB pages from the start of RAM; or as much of its disk. */
export interface Page {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Of a machine that is copied: pages of its RAM, and where its host has a disk of its own, blocks of that. */
export interface Contents {
  readonly pages: readonly Page[];
  readonly blocks?: readonly Page[];
}

/** What an operator may ask of the node that has the VM. */
export type OperatorCommand =
  | { readonly do: "move"; readonly to: string }
  | { readonly do: "power-off" }
  /** Per cent of a CPU that the VM may use from now on, on both hosts. */
  | { readonly do: "cpu-share"; readonly percent: number };

export type Input =
  | { readonly kind: "start" }
  /**
   * A message of another host: in order on `log` while that channel is up, unordered on `heartbeat`;
   * or of the cluster service. `from` names the host.
   */
  | {
      readonly kind: "message";
      readonly channel: Channel;
      readonly from: string;
      readonly bytes: Uint8Array;
    }
  /** The log channel to this host. */
  | { readonly kind: "channel"; readonly with: string; readonly state: "up" | "down" }
  | { readonly kind: "timer"; readonly timer: string }
  | { readonly kind: "exit"; readonly exit: VmExit }
  /** A frame for the guest came in from the network. */
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  | {
      readonly kind: "disk-done";
      readonly ioId: number;
      readonly status: "ok" | "error" | "fenced";
      readonly data: Uint8Array;
    }
  /** The answer to the effect of the same name. */
  | {
      readonly kind: "own-read";
      readonly ioId: number;
      readonly status: "ok" | "error" | "fenced";
      readonly data: Uint8Array;
    }
  | {
      readonly kind: "test-and-set";
      readonly generation: number;
      readonly result: "won" | "lost";
    }
  | { readonly kind: "opened"; readonly generation: number; readonly result: "won" | "lost" }
  /** The storage's record of the VM, as it was when it was asked; `winner` "": the flag is free. */
  | {
      readonly kind: "record";
      readonly generation: number;
      readonly primary: string;
      readonly backup: string;
      readonly winner: string;
    }
  /** The answer to `memory take`: pages dirtied since the last one, and all state but RAM. */
  | ({ readonly kind: "state"; readonly machine: Uint8Array } & Contents)
  /** The answer to `memory read`. */
  | ({ readonly kind: "pages" } & Contents)
  | { readonly kind: "command"; readonly command: OperatorCommand }
  /** The failure detector fires, though nobody was silent. */
  | { readonly kind: "alarm" };

export type Channel = "log" | "heartbeat" | "cluster";

/** A value that a replay hands to the step that asks for it. */
export type Answer =
  | { readonly what: "time"; readonly ticks: number }
  | { readonly what: "entropy"; readonly bytes: Uint8Array };

export type VmCommand =
  /**
   * Run freely: every request, output, deadline and halt becomes an exit. With `until` the machine
   * stops at that step, or earlier when the guest waits: then `reached` comes, without outputs. A
   * shadow runs beside the machine that is the VM: what it takes from its host is no live act.
   */
  | { readonly do: "run"; readonly until?: number; readonly isShadow?: boolean }
  /** Run to exactly `until` and stop there, silently; the last step's requests take `answers`. */
  | { readonly do: "replay"; readonly until: number; readonly answers: readonly Answer[] }
  /** Apply an asynchronous entry before the next step. */
  | { readonly do: "inject"; readonly entry: Entry; readonly cost: VmCost }
  /** Answer the request at which the machine stands. */
  | { readonly do: "answer"; readonly answer: Answer; readonly cost: VmCost }
  /** Give the VM at most so much of its CPU, in per cent. */
  | { readonly do: "limit"; readonly percent: number }
  /** The VM may use so many per cent of its CPU, whatever else limits it. */
  | { readonly do: "share"; readonly percent: number }
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  /** `why`: what ended the guest, when somebody wanted it to end. */
  | { readonly do: "halt"; readonly why?: string };

/** What a VM command costs on the host: the declared cost of recording or replaying so many bytes. */
export interface VmCost {
  readonly kind: "record" | "replay" | "none";
  readonly bytes: number;
}

export type MemoryCommand =
  /** From now on it is known which pages are written; none are, so far. */
  | { readonly do: "track" }
  | { readonly do: "untrack" }
  /** All pages that hold anything, or those written since they were last read or taken. */
  | { readonly do: "read"; readonly which: "all" | "written" }
  /** Pages dirtied since the last one, and of the others those that `also` names. */
  | { readonly do: "take"; readonly also?: readonly number[] }
  /** Before the first page of another machine: nothing of an earlier one stays, but perhaps its disk. */
  | { readonly do: "clear"; readonly keepsDisk?: boolean }
  /** Without `machine`: pages only, and the machine is no whole one yet. */
  | ({ readonly do: "put"; readonly machine?: Uint8Array } & Contents);

export type Effect =
  /** To the peer of the configuration, where `to` does not name another host. */
  | {
      readonly kind: "send";
      readonly channel: Channel;
      readonly bytes: Uint8Array;
      readonly to?: string;
    }
  /** Whether the host reads the log channel to this host (or to the peer): an unread one closes its window. */
  | { readonly kind: "read-channel"; readonly isOpen: boolean; readonly from?: string }
  /** Replaces a timer of the same name. `at` is a reading of this host's clock. */
  | { readonly kind: "set-timer"; readonly timer: string; readonly at: number }
  | { readonly kind: "cancel-timer"; readonly timer: string }
  | { readonly kind: "vm"; readonly command: VmCommand }
  | { readonly kind: "memory"; readonly command: MemoryCommand }
  /** Let an output go: a frame to the network, bytes to the console, a command to the disk. */
  | {
      readonly kind: "release";
      readonly ordinal: number;
      readonly output: Output;
      readonly isAgain: boolean;
    }
  /** The host packs or unpacks so many bytes of the log: its machine goes on that much later. */
  | { readonly kind: "pack" | "unpack"; readonly bytes: number }
  | { readonly kind: "drop"; readonly ordinals: readonly number[] }
  /** A read of the backup's own: nothing of it shows, and its data is the protocol's. */
  | { readonly kind: "own-read"; readonly request: DiskRequest }
  /** Tell the network that the VM's address is here now. */
  | { readonly kind: "announce" }
  | { readonly kind: "test-and-set"; readonly generation: number }
  /** Asks the storage to admit this pair as the next generation (D11). */
  | {
      readonly kind: "open";
      readonly generation: number;
      readonly primary: string;
      readonly backup: string;
    }
  /** Reads the storage's record of the VM. */
  | { readonly kind: "inquire" }
  /** From now on this node's disk commands carry this generation. */
  | { readonly kind: "enter-generation"; readonly generation: number }
  /** The operator is told that what was commanded is done. */
  | {
      readonly kind: "confirm";
      readonly command: OperatorCommand["do"];
      readonly result: "done" | "refused";
    }
  | { readonly kind: "claim"; readonly claim: Claim }
  /** A rare path ran: for coverage. */
  | { readonly kind: "mark"; readonly name: string };

/** What a protocol may look at during a step. */
export interface StepContext {
  /** This host's clock, ns. */
  readonly now: number;
  /** Drifts as the clock does, but nobody sets it: for durations, ns. */
  readonly uptime: number;
  /** Steps that the local machine has executed. */
  readonly count: number;
  readonly isWaiting: boolean;
  /** The guest's timer deadline in guest ticks, if it set one. */
  readonly guestDeadline: number | undefined;
  /** Disk commands that the guest issued and whose completion it has not seen, in issue order. */
  pendingDisk(): readonly DiskRequest[];
}

export interface ReplicaConfig {
  readonly self: string;
  readonly peer: string;
  readonly generation: number;
  /**
   * `alone`: it has the VM and no backup. `spare`: a host without a VM, which may be given a copy of
   * one. Their peer is "".
   */
  readonly role: "primary" | "backup" | "alone" | "spare";
  readonly params: FtParams;
  readonly rules: FtRules;
  /** This host's clock at the start, ns. */
  readonly hostClock: number;
  /** StepContext.uptime at the start. */
  readonly hostUptime: number;
  /** Guest clock at the start, in ticks. */
  readonly guestTicks: number;
  /** For a protocol that draws lots: chance of its own, out of the run's seed. */
  readonly seed?: string;
}

export interface Protocol {
  readonly name: string;
  /** `replay`: claims of log entries that the white-box checkers understand. `other`: judged by world facts alone. */
  readonly family: "replay" | "other";
  /** White-box checkers of what this protocol does not promise: a machine that stalls by design. */
  readonly waives?: readonly string[];
  /** It can copy a running VM to a spare host and go on with a new backup there. */
  readonly copies?: boolean;
  /** It knows what to do where each host has a disk of its own. */
  readonly ownDisks?: boolean;
  create(config: ReplicaConfig): Replica;
}

export interface Replica {
  step(input: Input, context: StepContext): readonly Effect[];
  /** Who draws lots draws from another stream from here on. */
  reseed?(label: string): void;
  /** Plain data; restore(snapshot()) must go on identically. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
