// What happened, as data. A fact has a witness: `world` facts are emitted by the testbed, the switch,
// the storage server, a client or a machine's port (what really left, arrived, was executed or
// applied); `claim` facts are what a replica says about itself. Safety is judged on world facts, so
// a protocol that lies in its claims is still caught.
//
// Order is the order of emission; `time` is virtual time in nanoseconds and never decreases.
// The codec (codec.ts) writes one fact a line; this union is its schema, versioned there.

import type { OpEvent } from "./op.ts";

export type NodeName = string;
export type OutputClass = "network" | "console" | "disk";
export type Role = "PRIMARY" | "BACKUP" | "SUSPECT" | "TAS_WAIT" | "GOING_LIVE" | "SOLO" | "HALTED";

/** What crossed a machine's port. `before`: applied between steps, before step `count`; `during`: in it. */
export type CrossingKind =
  | "timer"
  | "net-rx"
  | "disk-done"
  | "uart-rx"
  | "time"
  | "entropy"
  | "output";

/** How a peer shows that it lives. */
export type PeerSignal = "heartbeat" | "log" | "ack";

/** ns: see the fact "heard". */
export const HEARD_EVERY = 50_000_000;

/** How the reason of a machine-stop begins when the guest, or its operator, ended it. */
export const POWER_OFF = "power-off";

/** Faults that are none: somebody asked for it. */
export const OPERATIONS: ReadonlySet<string> = new Set(["move", "power-off", "cpu-share"]);

interface World {
  readonly witness: "world";
  readonly time: number;
}

interface Claim {
  readonly witness: "claim";
  readonly time: number;
  readonly node: NodeName;
  readonly generation: number;
}

/** The TCP segment inside a released Ethernet frame; absent when the frame is something else. */
export interface SegmentSummary {
  /** "client address:port" of the connection's far end. */
  readonly connection: string;
  readonly sequence: number;
  /** Payload bytes; SYN and FIN are not counted. */
  readonly length: number;
  readonly payloadHash: string;
  readonly flags: string;
}

/** `stays-out`: a host that restarted has read the record of the VM and takes no part in it. */
export type HostChange =
  | "crash"
  | "restart"
  | "stays-out"
  | "pause"
  | "resume"
  | "stall"
  | "unstall"
  | "speed"
  | "alarm"
  | "clock";

export type WorldFact = World &
  (
    | {
        readonly kind: "run";
        /** `end` closes every history: liveness is judged there. */
        readonly phase: "start" | "healed" | "end";
        readonly hosts: readonly NodeName[];
      }
    /** From here on all chance is drawn from other streams, keyed by the label. */
    | { readonly kind: "reseed"; readonly label: string }
    | {
        readonly kind: "host";
        readonly node: NodeName;
        readonly what: HostChange;
        readonly detail: string;
      }
    | {
        readonly kind: "fault";
        readonly fault: string;
        /** `skipped`: it would have gone beyond the run's budget and did not strike. */
        readonly phase: "start" | "end" | "skipped";
        readonly target: string;
        /** In words, for people. */
        readonly detail: string;
      }
    | {
        /** At the end, one for each kind that struck: what it did to packets, commands or hosts. */
        readonly kind: "fault-fired";
        readonly fault: string;
        readonly strikes: number;
        readonly bites: number;
      }
    | {
        /** A machine begins at the ready mark (or from a clone) on a node. */
        readonly kind: "machine-start";
        readonly node: NodeName;
        readonly count: number;
        readonly stateHash: string;
      }
    | {
        /** The whole state of this machine was taken, to be put into another one: the clone point. */
        readonly kind: "state-take";
        readonly node: NodeName;
        readonly count: number;
        /** So many outputs it has performed: those of a lower ordinal are in the copy. */
        readonly outputs: number;
        readonly stateHash: string;
      }
    | {
        /**
         * The state of another node's machine was put into this one: from here on its past is
         * that one's. Equal hashes: nothing is missing. `source` "": a state that nobody had.
         */
        readonly kind: "state-put";
        readonly node: NodeName;
        readonly source: NodeName;
        readonly count: number;
        readonly sourceHash: string;
        readonly stateHash: string;
      }
    | {
        /** The cluster service named a host for the backup of this generation. */
        readonly kind: "placement";
        readonly generation: number;
        readonly primary: NodeName;
        readonly backup: NodeName;
      }
    | {
        /** The operator asked, and was told, that what was asked is done or will not be. */
        readonly kind: "operator";
        readonly node: NodeName;
        readonly command: "move" | "power-off" | "cpu-share";
        readonly result: "asked" | "done" | "refused";
      }
    | {
        /**
         * A machine executes nothing any more: crashed host, halted replica, or guest power-off
         * (`why` then begins with POWER_OFF).
         */
        readonly kind: "machine-stop";
        readonly node: NodeName;
        readonly count: number;
        readonly why: string;
      }
    | {
        /**
         * Something crossed a machine's port. `index` counts from the ready mark, the same on every
         * machine that executes the same history. `stateHash` is the machine's hash just after it
         * ("" where the hash interval skipped it).
         */
        readonly kind: "crossing";
        readonly node: NodeName;
        readonly index: number;
        readonly crossing: CrossingKind;
        readonly phase: "before" | "during";
        readonly count: number;
        readonly pc: string;
        readonly privilege: number;
        readonly valueHash: string;
        readonly stateHash: string;
        /** disk-done: which I/O; -1 otherwise. */
        readonly ioId: number;
        /** disk-done: what the guest is told of it; "" otherwise. */
        readonly ioStatus: "" | "ok" | "error";
        /** time: the ticks that the guest read; -1 otherwise. */
        readonly ticks: number;
        /** True when the value came from this node's own host, not from a log. */
        readonly isLive: boolean;
      }
    | {
        /** A machine performed its `ordinal`-th output since the ready mark (held or suppressed, whatever comes later). */
        readonly kind: "output";
        readonly node: NodeName;
        readonly ordinal: number;
        readonly outputClass: OutputClass;
        readonly count: number;
        readonly hash: string;
        /** disk: the command; otherwise null. Reads are inputs, not outputs, but are recorded here too. */
        readonly disk: DiskSummary | null;
      }
    | {
        /** Bits left a host: a frame on the wire, a command to storage, bytes on the console. */
        readonly kind: "release";
        readonly node: NodeName;
        /** -1: the machine of this node never performed such an output. */
        readonly ordinal: number;
        readonly outputClass: OutputClass;
        /** Steps that the node's machine had executed by now. */
        readonly count: number;
        readonly hash: string;
        readonly length: number;
        readonly segment: SegmentSummary | null;
        readonly disk: DiskSummary | null;
        /** True for a re-issue of a pending I/O or a RESEND at go-live. */
        readonly isAgain: boolean;
      }
    | {
        /**
         * A message of the peer was read by this host. Thinned: of each signal one in HEARD_EVERY, so
         * that the last sign of life is at most that much younger than the last fact. `log`: entries
         * and PROGRESS, at the backup; `ack`: acks and requests, at the primary.
         */
        readonly kind: "heard";
        readonly node: NodeName;
        /** The host that it is a sign of life of. */
        readonly from: NodeName;
        readonly signal: PeerSignal;
      }
    | {
        /** A host stops or begins again to read its end of the log channel: the window closes, opens. */
        readonly kind: "log-window";
        readonly node: NodeName;
        readonly isOpen: boolean;
      }
    | {
        /** The VM on a host may use so much of its CPU from now on, as its replica wanted. */
        readonly kind: "cpu-limit";
        readonly node: NodeName;
        readonly percent: number;
      }
    | {
        /**
         * About once a second, per host: bytes and messages that it put into the log channel since
         * `since`, and what crossed its machine's port meanwhile. `signals`: timer, console, writes
         * that completed; `answers`: time and randomness that the guest asked for;
         * `receives`: groups of frames, with an interrupt each.
         */
        readonly kind: "log-traffic";
        readonly node: NodeName;
        readonly since: number;
        readonly sentBytes: number;
        readonly sentMessages: number;
        readonly receives: number;
        readonly receivedFrames: number;
        readonly receivedBytes: number;
        readonly reads: number;
        readonly readBytes: number;
        readonly signals: number;
        readonly answers: number;
        readonly outputs: number;
      }
    | {
        /**
         * Just before a `log-traffic`, where messages were packed: what it would have sent
         * without that.
         */
        readonly kind: "log-packed";
        readonly node: NodeName;
        readonly plainBytes: number;
        readonly sentBytes: number;
      }
    | {
        /**
         * The data of a disk read has reached a host. `before` and `after`: hashes of the guest
         * memory that the read is meant for, around that moment.
         */
        readonly kind: "disk-transfer";
        readonly node: NodeName;
        readonly ioId: number;
        readonly before: string;
        readonly after: string;
      }
    | { readonly kind: "announce"; readonly node: NodeName; readonly mac: string }
    | { readonly kind: "switch-learn"; readonly mac: string; readonly port: string }
    | {
        /** The storage server applied (or refused) a command. */
        readonly kind: "disk-apply";
        readonly node: NodeName;
        readonly fenceGeneration: number;
        readonly fenceOwner: NodeName;
        readonly disk: DiskSummary;
        /** `torn`: power went when only some of its sectors were written. */
        readonly result: "ok" | "fenced" | "error" | "repeated" | "torn";
      }
    | {
        /**
         * Which pages of guest memory the disk command touches that this node releases next, under this
         * number. Told only where a scenario asks for races in memory.
         */
        readonly kind: "disk-memory";
        readonly node: NodeName;
        readonly ioId: number;
        readonly pages: readonly number[];
      }
    | {
        /** The storage server answered a read of a host that follows the VM. */
        readonly kind: "member-read";
        readonly node: NodeName;
        readonly fenceGeneration: number;
        readonly fenceOwner: NodeName;
        readonly disk: DiskSummary;
        readonly result: "ok" | "fenced" | "error";
      }
    | {
        /**
         * A host sent a command to a disk of its own. That disk is part of the VM on this
         * host: it is no output, and nothing leaves. `isAgain`: it had failed.
         */
        readonly kind: "disk-issue";
        readonly node: NodeName;
        readonly disk: DiskSummary;
        readonly isAgain: boolean;
      }
    | {
        /**
         * What the sectors of a read or a write held on a host's own disk, before it took effect and
         * after: equal on both hosts' disks, since they are written to in one order (INV-41).
         */
        readonly kind: "disk-content";
        readonly node: NodeName;
        readonly ioId: number;
        readonly sector: number;
        readonly sectorCount: number;
        readonly before: string;
        readonly after: string;
      }
    | {
        /**
         * A machine begins on a host with a disk of its own: what the source's disk held at the clone
         * point (at the start of the run: now), and what this one holds now. `source` "": nobody's.
         */
        readonly kind: "disk-copy";
        readonly node: NodeName;
        readonly source: NodeName;
        readonly sourceHash: string;
        readonly contentHash: string;
      }
    | {
        readonly kind: "test-and-set";
        readonly generation: number;
        readonly owner: NodeName;
        readonly result: "won" | "lost";
        /** False when this only repeats an earlier answer to the same owner. */
        readonly isFirst: boolean;
      }
    | {
        readonly kind: "open-generation";
        readonly generation: number;
        /** Who asked: the owner of the generation before. */
        readonly opener: NodeName;
        readonly primary: NodeName;
        readonly backup: NodeName;
        readonly result: "won" | "lost";
      }
    | {
        /** A node of the cluster was asked for its vote: who may end this generation, or open it. */
        readonly kind: "vote";
        readonly node: NodeName;
        readonly what: "flag" | "open";
        readonly generation: number;
        readonly candidate: NodeName;
        readonly isGranted: boolean;
      }
    | {
        /** An arbiter other than the storage gave a generation to a node, or refused it. */
        readonly kind: "arbiter-answer";
        readonly arbiter: "third-party" | "majority";
        readonly what: "flag" | "open";
        readonly generation: number;
        readonly owner: NodeName;
        /** Of how many nodes it had the votes; 0 of a third party. */
        readonly votes: number;
        readonly result: "won" | "lost";
      }
    | { readonly kind: "storage-restart" }
    | { readonly kind: "client"; readonly event: OpEvent }
    | {
        /** A client's application read bytes of a connection: running total and digest so far. */
        readonly kind: "client-read";
        readonly client: string;
        readonly connection: string;
        readonly total: number;
        readonly digest: string;
      }
    | {
        readonly kind: "client-connection";
        readonly client: string;
        readonly connection: string;
        readonly what: "connected" | "closed" | "reset" | "timeout" | "refused";
      }
    | {
        /** A datagram that a client's application sent, or was given. */
        readonly kind: "client-datagram";
        readonly client: string;
        readonly direction: "sent" | "received";
        readonly text: string;
      }
    | {
        /** The oracle compared what a client read with what a machine that never failed would have sent. */
        readonly kind: "stream-compared";
        readonly client: string;
        readonly connection: string;
        readonly bytes: number;
        /** First differing offset, or -1 when the client's bytes are a prefix of the reference's. */
        readonly differsAt: number;
      }
    | {
        /** The oracle replayed the surviving lineage on a reference machine. */
        readonly kind: "reference";
        readonly node: NodeName;
        readonly steps: number;
        readonly positions: number;
        /** First crossing index whose hash differed, or -1. */
        readonly differsAt: number;
      }
    | {
        /**
         * A fork of the world in which the primary died in the gap after this event: what the backup
         * made of it. No part of the run's identity.
         */
        readonly kind: "counterfactual";
        readonly event: number;
        readonly killed: NodeName;
        readonly survivor: NodeName;
        /** False: it did not show itself alive within the bound. */
        readonly isLive: boolean;
        /** Outputs that the dead had let out and that were compared. */
        readonly released: number;
        /** Ordinal of the first that the survivor had not performed with the same bytes; -1: none. */
        readonly missing: number;
        /** Index of the last crossing that both executed and hashed; -1: none. */
        readonly position: number;
        /** The same where the states differ there; -1: equal. */
        readonly differsAt: number;
      }
    | {
        /** What the disk holds at the end, judged against acknowledged writes. */
        readonly kind: "disk-audit";
        readonly records: number;
        readonly acknowledged: number;
        readonly found: number;
        /** The first acknowledged write that a recovery from this disk would not find, or "". */
        readonly missing: string;
      }
  );

/** A disk command as the world sees it. Sectors are 512 bytes. */
export interface DiskSummary {
  readonly ioId: number;
  readonly op: "read" | "write" | "flush";
  readonly sector: number;
  readonly sectorCount: number;
  readonly dataHash: string;
}

export type ClaimFact = Claim &
  (
    | { readonly kind: "role"; readonly role: Role; readonly reason: string }
    | {
        readonly kind: "log-append";
        readonly lsn: number;
        readonly entry: string;
        readonly count: number;
        readonly phase: "before" | "during";
        readonly group: number;
        readonly isGroupEnd: boolean;
        readonly hash: string;
        readonly bytes: number;
      }
    /** The log of a copied machine goes on behind this entry. */
    | { readonly kind: "log-begin"; readonly lsn: number }
    | { readonly kind: "log-buffered"; readonly lsn: number; readonly hash: string }
    | { readonly kind: "log-ack-send"; readonly through: number; readonly executed: number }
    | { readonly kind: "log-ack-receive"; readonly through: number; readonly executed: number }
    | { readonly kind: "log-replay"; readonly lsn: number; readonly count: number }
    | {
        readonly kind: "output-hold";
        readonly ordinal: number;
        readonly outputClass: OutputClass;
        readonly lsn: number;
        /** lsn of the end of the entry's group: what the Output Rule waits for (H-5). */
        readonly groupEnd: number;
      }
    | {
        readonly kind: "output-release";
        readonly ordinal: number;
        readonly outputClass: OutputClass;
        readonly lsn: number;
        readonly heldFor: number;
      }
    | {
        readonly kind: "output-suppress";
        readonly ordinal: number;
        readonly outputClass: OutputClass;
        readonly lsn: number;
        readonly hash: string;
      }
    | { readonly kind: "suspect"; readonly reason: string; readonly silence: number }
    | { readonly kind: "test-and-set-request"; readonly attempt: number }
    | { readonly kind: "test-and-set-result"; readonly result: "won" | "lost" }
    /** Smoothed, ns. */
    | { readonly kind: "lag"; readonly lag: number; readonly bufferedEntries: number }
    | {
        readonly kind: "copy";
        /** The guest stands still from `pause` to `resume`; `admitted`: the next generation has begun. */
        readonly stage: "begin" | "round" | "pause" | "resume" | "aborted";
        readonly target: NodeName;
        readonly round: number;
        readonly pages: number;
        readonly detail: string;
      }
    /** The VM may use so much of its CPU from now on, per cent. */
    | { readonly kind: "throttle"; readonly percent: number; readonly lag: number }
    | { readonly kind: "stalled"; readonly isStalled: boolean; readonly bufferedBytes: number }
    | {
        readonly kind: "diverged";
        readonly detail: string;
        /** The entries that it took for a group and was replaying just then; -1: none. */
        readonly lsn: number;
        readonly through: number;
      }
  );

export type Fact = WorldFact | ClaimFact;
export type FactOf<K extends Fact["kind"]> = Extract<Fact, { readonly kind: K }>;
