// The shared storage server: blocks (storage-disk.ts), and a durable record of each VM (vm-record.ts),
// which says whose commands are done; others get `fenced`, reads too. Everything is judged when a
// command is applied, which is when it takes effect, not when it arrives (storage-queue.ts).
//
// What faults may do to it is storage-faults.ts, and when they do, storage-dice.ts.

import { clonePlain } from "../base/clone.ts";
import type { Prng } from "../base/prng.ts";
import { after, type Duration, NO_TIME } from "../base/time.ts";
import type { Kernel } from "./kernel.ts";
import { StorageDice, type StorageDiceSnapshot } from "./storage-dice.ts";
import {
  copyDisk,
  type DiskState,
  emptyDisk,
  flushDisk,
  loseCache,
  readSectors,
  SECTOR_BYTES,
  writeSectors,
} from "./storage-disk.ts";
import type { StorageBite, StorageFaults } from "./storage-faults.ts";
import { type DueCommand, StorageQueue, type StorageQueueSnapshot } from "./storage-queue.ts";
import {
  encodeRecord,
  type StorageBody,
  type StorageCommand,
  type StorageReply,
  type StorageStatus,
} from "./storage-wire.ts";
import {
  type FlagRules,
  isAdmitted,
  isMember,
  openNext,
  testAndSet,
  type VmRecord,
} from "./vm-record.ts";

/** Decisions that the specification names; each can be switched off to show why it is there (D13). */
export interface StorageRules extends FlagRules {
  /** H-1: commands of a superseded owner are refused. */
  readonly fencing: boolean;
  /** the record survives a restart of the server. */
  readonly durableFlag: boolean;
}

export interface StorageOptions {
  /** The actor that gets its events. */
  readonly actor: string;
  readonly sectors: number;
  /** Uniform in [latencyMin, latencyMax] for block commands. */
  readonly latencyMin: Duration;
  readonly latencyMax: Duration;
  /** For test-and-set, open and inquiries: the metadata block. */
  readonly recordLatency: Duration;
  /** Writes are durable only after a flush. */
  readonly hasVolatileCache: boolean;
  /** A read that fails may leave a part of its data in memory. */
  readonly failedReadsLeaveData: boolean;
}

/** "torn": only some of a write's sectors were written when the power went. */
export type ApplyResult = "ok" | "fenced" | "error" | "repeated" | "torn";

/** The server's world facts, told to whoever watches. */
export interface StorageObserver {
  applied(command: StorageCommand, result: ApplyResult): void;
  testAndSet(command: StorageCommand, result: "won" | "lost", isFirst: boolean): void;
  opened(command: StorageCommand, result: "won" | "lost"): void;
  memberRead(command: StorageCommand, result: "ok" | "fenced" | "error"): void;
  /** What the sectors of a command held before and after it took effect: only where it is asked for. */
  touched?(command: StorageCommand, before: Uint8Array, after: Uint8Array): void;
}

type BlockBody = Extract<StorageBody, { kind: "read" | "write" | "flush" }>;
type MemberReadBody = Extract<StorageBody, { kind: "member-read" }>;

interface StorageState {
  records: Map<string, VmRecord>;
  /** Writes were lost with the cache, and nobody was told yet. */
  owesError: boolean;
  isDown: boolean;
}

export interface StorageSnapshot {
  readonly state: StorageState;
  readonly queue: StorageQueueSnapshot;
  readonly dice: StorageDiceSnapshot;
  readonly disk: DiskState;
}

const NO_DATA = new Uint8Array(0);
/** Kinds of events that the server schedules for itself. */
const EVENT_APPLY = "apply";
const EVENT_LATE = "late";

export class Storage {
  readonly #kernel: Kernel;
  readonly #options: StorageOptions;
  readonly #rules: StorageRules;
  readonly #queue: StorageQueue;
  readonly #dice: StorageDice;
  readonly #observer: StorageObserver;
  readonly #reply: (to: string, reply: StorageReply) => void;
  #state: StorageState;
  #disk: DiskState;

  constructor(
    kernel: Kernel,
    options: StorageOptions,
    rules: StorageRules,
    prng: Prng,
    observer: StorageObserver,
    reply: (to: string, reply: StorageReply) => void,
  ) {
    this.#kernel = kernel;
    this.#options = options;
    this.#rules = rules;
    this.#observer = observer;
    this.#reply = reply;
    this.#queue = new StorageQueue();
    this.#dice = new StorageDice(prng);
    this.#disk = emptyDisk();
    this.#state = { records: new Map(), owesError: false, isDown: false };
  }

  /** Sets up what was there before the run: the disk's content and generation 1's members. */
  prepare(
    vm: string,
    primary: string,
    backup: string,
    blocks: ReadonlyMap<number, Uint8Array>,
  ): void {
    for (const [sector, data] of blocks) this.#disk.blocks.set(sector, data);
    this.#state.records.set(vm, { generation: 1, primary, backup, winner: undefined });
  }

  /** A command has arrived. It takes effect after the device's latency. */
  handleCommand(command: StorageCommand): void {
    const late = this.#queue.takeDelay(command);
    if (late === undefined) {
      this.#accept(command);
      return;
    }
    this.#dice.bite("command-delayed");
    this.#schedule(late, EVENT_LATE, command);
  }

  /** The kernel's own events: a command takes effect now, atomically, or comes out of the fabric. */
  handleEvent(kind: string, payload: unknown): void {
    if (kind === EVENT_LATE) this.#accept(payload as StorageCommand);
    else if (kind === EVENT_APPLY) this.#handleApply(payload as DueCommand);
  }

  /** Power loss and return: commands in flight are gone; blocks, record and answered tags stay. */
  restart(): void {
    this.#powerOff();
    this.#state.isDown = false;
    if (!this.#rules.durableFlag)
      for (const record of this.#state.records.values()) record.winner = undefined;
  }

  get isDown(): boolean {
    return this.#state.isDown;
  }

  setDown(isDown: boolean): void {
    if (isDown) this.#powerOff();
    this.#state.isDown = isDown;
  }

  read(sector: number, sectorCount: number): Uint8Array {
    return readSectors(this.#disk, sector, sectorCount);
  }

  get sectors(): number {
    return this.#options.sectors;
  }

  /** For who copies it to another disk: disk-blocks.ts. */
  get content(): DiskState {
    return this.#disk;
  }

  /** What has arrived and not taken effect never will: its only initiator has lost its power. */
  abort(): void {
    this.#queue.abort();
  }

  // ---- faults

  get faults(): StorageFaults {
    return this.#dice.faults;
  }

  /** What is wrong with it from now on; a stall that ends lets everything take effect, in order. */
  setFaults(faults: StorageFaults): void {
    const wasStalled = this.faults.isStalled;
    this.#dice.setFaults(faults);
    if (!wasStalled || faults.isStalled) return;
    for (const due of this.#queue.takeParked()) this.#schedule(NO_TIME, EVENT_APPLY, due);
  }

  /** The next write of this initiator stays in the fabric, whatever becomes of the initiator. */
  delayNextWrite(initiator: string, by: Duration): void {
    this.#queue.delayNextWrite(initiator, by);
  }

  /**
   * The power goes, of the server ("" for everybody) or of one initiator, in the middle of writes of
   * several sectors: some of their sectors are written, the rest is not (SCN-53).
   */
  tearWrites(initiator: string): void {
    const isHit = (command: StorageCommand): boolean =>
      initiator === "" || command.initiator === initiator;
    for (const command of this.#queue.inFlight.filter(isHit)) {
      const { body } = command;
      if (body.kind !== "write" || !this.#isInRange(body) || body.data.length <= SECTOR_BYTES)
        continue;
      if (this.#rules.fencing && !isAdmitted(this.#recordOf(command), command.fence)) continue;
      this.#queue.abandon(command);
      const takes = this.#dice.tornSectors(body.data.length / SECTOR_BYTES);
      writeSectors(this.#disk, command, { isCached: false, takes });
      this.#dice.bite("torn");
      this.#observer.applied(command, "torn");
    }
  }

  /** The cache loses power: writes since the last flush are undone, and the next flush says so. */
  loseCache(): void {
    const lost = loseCache(this.#disk);
    for (const command of lost) {
      this.#queue.abandon(command);
      this.#dice.bite("cache-lost");
    }
    if (lost.length > 0) this.#state.owesError = true;
  }

  /** How many commands a fault hit in this way. */
  bites(bite: StorageBite): number {
    return this.#dice.bites(bite);
  }

  snapshot(): StorageSnapshot {
    return {
      state: clonePlain(this.#state),
      queue: this.#queue.snapshot(),
      dice: this.#dice.snapshot(),
      disk: copyDisk(this.#disk),
    };
  }

  restore(snapshot: StorageSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#queue.restore(snapshot.queue);
    this.#dice.restore(snapshot.dice);
    this.#disk = copyDisk(snapshot.disk);
  }

  // ---- commands

  #accept(command: StorageCommand): void {
    if (this.#state.isDown) {
      this.#dice.bite("outage");
      return;
    }
    const earlier = this.#queue.lookUp(command);
    if (earlier === "in-flight" || earlier === "stale") return;
    if (earlier !== "new" && command.body.kind === "write") {
      this.#observer.applied(command, "repeated");
      this.#answer(command, earlier, NO_DATA);
      return;
    }
    const due = this.#queue.enter(command);
    this.#schedule(this.#latencyOf(command.body), EVENT_APPLY, due);
  }

  #handleApply(due: DueCommand): void {
    if (!this.#queue.isStillDue(due)) return;
    if (this.faults.isStalled) {
      this.#dice.bite("stalled");
      this.#queue.park(due);
      return;
    }
    const { command } = due;
    this.#queue.leave(command);
    const [status, data] = this.#apply(command);
    this.#queue.settle(command, status);
    this.#answer(command, status, data);
  }

  #apply(command: StorageCommand): readonly [StorageStatus, Uint8Array] {
    const { body } = command;
    switch (body.kind) {
      case "test-and-set":
        return [this.#testAndSet(command, body), NO_DATA];
      case "open":
        return [this.#open(command, body), NO_DATA];
      case "inquire":
        return this.#inquire(command);
      case "read":
      case "write":
      case "flush":
        return this.#applyBlocks(command, body);
      case "member-read":
        return this.#applyMemberRead(command, body);
    }
  }

  #applyBlocks(command: StorageCommand, body: BlockBody): readonly [StorageStatus, Uint8Array] {
    if (this.#rules.fencing && !isAdmitted(this.#recordOf(command), command.fence)) {
      this.#observer.applied(command, "fenced");
      return ["fenced", NO_DATA];
    }
    if (!this.#isInRange(body) || this.#fails(command)) {
      this.#observer.applied(command, "error");
      return ["error", this.#dataBefore(body)];
    }
    const before = this.#touchedBy(body);
    if (body.kind === "flush") flushDisk(this.#disk);
    if (body.kind === "write") {
      const isCached = this.#options.hasVolatileCache;
      writeSectors(this.#disk, command, { isCached, takes: () => true });
    }
    this.#observer.applied(command, "ok");
    const after = this.#touchedBy(body);
    if (after.length > 0) this.#observer.touched?.(command, before, after);
    return ["ok", body.kind === "read" ? this.read(body.sector, body.sectorCount) : NO_DATA];
  }

  #touchedBy(body: BlockBody): Uint8Array {
    if (this.#observer.touched === undefined || body.kind === "flush") return NO_DATA;
    const sectors = body.kind === "read" ? body.sectorCount : body.data.length / SECTOR_BYTES;
    return this.read(body.sector, sectors);
  }

  /** of a member of the generation, while nobody has won its flag. It changes nothing. */
  #applyMemberRead(
    command: StorageCommand,
    body: MemberReadBody,
  ): readonly [StorageStatus, Uint8Array] {
    if (this.#rules.fencing && !isMember(this.#recordOf(command), command.fence)) {
      this.#observer.memberRead(command, "fenced");
      return ["fenced", NO_DATA];
    }
    if (!this.#isInRange(body) || this.#fails(command)) {
      this.#observer.memberRead(command, "error");
      return ["error", this.#dataBefore(body)];
    }
    this.#observer.memberRead(command, "ok");
    return ["ok", this.read(body.sector, body.sectorCount)];
  }

  /** A read that fails may have brought a part of its data; how much is anybody's guess. */
  #dataBefore(body: StorageBody): Uint8Array {
    if (body.kind !== "read" && body.kind !== "member-read") return NO_DATA;
    if (!this.#options.failedReadsLeaveData || !this.#isInRange(body)) return NO_DATA;
    const data = this.read(body.sector, body.sectorCount);
    return data.subarray(0, this.#dice.between(1, data.length));
  }

  /** By a fault; or a flush after the cache was lost, since what it promises is not true any more. */
  #fails({ body, initiator }: StorageCommand): boolean {
    if (body.kind === "flush" && this.#state.owesError) {
      this.#state.owesError = false;
      return true;
    }
    return this.#dice.failsCommandOf(initiator, this.#kernel.now);
  }

  #testAndSet(
    command: StorageCommand,
    body: Extract<StorageBody, { kind: "test-and-set" }>,
  ): "won" | "lost" {
    const record = this.#recordOf(command);
    const { result, isFirst } = testAndSet(record, body, this.#rules);
    this.#observer.testAndSet(command, result, isFirst);
    return result;
  }

  #open(command: StorageCommand, body: Extract<StorageBody, { kind: "open" }>): "won" | "lost" {
    const result = openNext(this.#recordOf(command), command.initiator, body);
    this.#observer.opened(command, result);
    return result;
  }

  #inquire(command: StorageCommand): readonly [StorageStatus, Uint8Array] {
    const record = this.#recordOf(command);
    if (record === undefined) return ["error", NO_DATA];
    return ["ok", encodeRecord({ ...record, winner: record.winner ?? "" })];
  }

  #recordOf({ vm }: StorageCommand): VmRecord | undefined {
    return this.#state.records.get(vm);
  }

  #answer(command: StorageCommand, status: StorageStatus, data: Uint8Array): void {
    if (this.#dice.losesReply(this.#kernel.now)) return;
    this.#reply(command.initiator, { session: command.session, tag: command.tag, status, data });
  }

  #powerOff(): void {
    for (let lost = this.#queue.inFlight.length; lost > 0; lost--) this.#dice.bite("outage");
    this.abort();
  }

  #isInRange(body: StorageBody): boolean {
    if (body.kind === "read" || body.kind === "member-read")
      return body.sectorCount > 0 && body.sector + body.sectorCount <= this.#options.sectors;
    if (body.kind === "write")
      return (
        body.data.length > 0 &&
        body.data.length % SECTOR_BYTES === 0 &&
        body.sector + body.data.length / SECTOR_BYTES <= this.#options.sectors
      );
    return true;
  }

  #latencyOf(body: StorageBody): Duration {
    const { slowTimes } = this.faults;
    if (slowTimes > 1) this.#dice.bite("slowed");
    return (this.#usualLatencyOf(body) * slowTimes) as Duration;
  }

  #usualLatencyOf(body: StorageBody): Duration {
    const { latencyMin, latencyMax, recordLatency } = this.#options;
    if (body.kind === "test-and-set" || body.kind === "open" || body.kind === "inquire")
      return recordLatency;
    return latencyMax === NO_TIME
      ? NO_TIME
      : (this.#dice.between(latencyMin, latencyMax) as Duration);
  }

  #schedule(delay: Duration, kind: string, payload: unknown): void {
    this.#kernel.schedule(after(this.#kernel.now, delay), this.#options.actor, kind, payload);
  }
}
