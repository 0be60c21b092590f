// The shared storage server: blocks, commands in flight, and a durable record of each VM
// (vm-record.ts), which says whose commands are done; others get `fenced`, reads too. Everything is
// judged when a command is applied, which is when it takes effect, not when it arrives.
//
// What faults may do to it is storage-faults.ts.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, NO_TIME } from "../base/time.ts";
import { happens, type Periods } from "./chance.ts";
import type { Kernel } from "./kernel.ts";
import { forget, forgetInFlight, lookUp, remember, type RetryMemory } from "./retry-memory.ts";
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
import { NO_STORAGE_FAULTS, type StorageBite, type StorageFaults } from "./storage-faults.ts";
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

interface ApplyPayload {
  readonly incarnation: number;
  readonly command: StorageCommand;
}

interface StorageState {
  incarnation: number;
  records: Map<string, VmRecord>;
  memory: RetryMemory;
  /** Commands that have arrived and not taken effect, in order of arrival. */
  inFlight: StorageCommand[];
  /** Commands that were due while the server stalled. */
  parked: ApplyPayload[];
  /** Of which initiators the next write is kept in the fabric, and for how long. */
  delayNext: { readonly initiator: string; readonly by: Duration }[];
  /** Writes were lost with the cache, and nobody was told yet. */
  owesError: boolean;
  isDown: boolean;
  faults: StorageFaults;
  periods: Periods;
  bites: Map<StorageBite, number>;
}

export interface StorageSnapshot {
  readonly state: StorageState;
  readonly disk: DiskState;
  readonly prng: PrngSnapshot;
}

const NO_DATA = new Uint8Array(0);
/** Kinds of events that the server schedules for itself. */
const EVENT_APPLY = "apply";
const EVENT_LATE = "late";

export class Storage {
  readonly #kernel: Kernel;
  readonly #options: StorageOptions;
  readonly #rules: StorageRules;
  readonly #prng: Prng;
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
    this.#prng = prng;
    this.#observer = observer;
    this.#reply = reply;
    this.#disk = emptyDisk();
    this.#state = {
      incarnation: 1,
      records: new Map(),
      memory: new Map(),
      inFlight: [],
      parked: [],
      delayNext: [],
      owesError: false,
      isDown: false,
      faults: NO_STORAGE_FAULTS,
      periods: new Map(),
      bites: new Map(),
    };
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
    const late = this.#takeDelay(command);
    if (late === undefined) this.#accept(command);
    else
      this.#kernel.schedule(
        after(this.#kernel.now, late),
        this.#options.actor,
        EVENT_LATE,
        command,
      );
  }

  /** The kernel's own events: a command takes effect now, atomically, or comes out of the fabric. */
  handleEvent(kind: string, payload: unknown): void {
    if (kind === EVENT_LATE) this.#accept(payload as StorageCommand);
    else if (kind === EVENT_APPLY) this.#handleApply(payload as ApplyPayload);
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
    this.#state.incarnation += 1;
    this.#state.inFlight = [];
    this.#state.parked = [];
    forgetInFlight(this.#state.memory);
  }

  // ---- faults

  get faults(): StorageFaults {
    return this.#state.faults;
  }

  /** What is wrong with it from now on; a stall that ends lets everything take effect, in order. */
  setFaults(faults: StorageFaults): void {
    const wasStalled = this.#state.faults.isStalled;
    this.#state.faults = faults;
    this.#state.periods.clear();
    if (!wasStalled || faults.isStalled) return;
    const { parked } = this.#state;
    this.#state.parked = [];
    for (const payload of parked)
      this.#kernel.schedule(this.#kernel.now, this.#options.actor, EVENT_APPLY, payload);
  }

  /** The next write of this initiator stays in the fabric, whatever becomes of the initiator. */
  delayNextWrite(initiator: string, by: Duration): void {
    this.#state.delayNext.push({ initiator, by });
  }

  /**
   * The power goes, of the server ("" for everybody) or of one initiator, in the middle of writes of
   * several sectors: some of their sectors are written, the rest is not (SCN-53).
   */
  tearWrites(initiator: string): void {
    const isHit = (command: StorageCommand): boolean =>
      initiator === "" || command.initiator === initiator;
    for (const command of this.#state.inFlight.filter(isHit)) {
      const { body } = command;
      if (body.kind !== "write" || !this.#isInRange(body) || body.data.length <= SECTOR_BYTES)
        continue;
      if (this.#rules.fencing && !isAdmitted(this.#recordOf(command), command.fence)) continue;
      this.#abandon(command);
      const takes = this.#tornSectors(body.data.length / SECTOR_BYTES);
      writeSectors(this.#disk, command, { isCached: false, takes });
      this.#bite("torn");
      this.#observer.applied(command, "torn");
    }
  }

  /** The cache loses power: writes since the last flush are undone, and the next flush says so. */
  loseCache(): void {
    const lost = loseCache(this.#disk);
    for (const command of lost) {
      forget(this.#state.memory, command);
      this.#bite("cache-lost");
    }
    if (lost.length > 0) this.#state.owesError = true;
  }

  /** How many commands a fault hit in this way. */
  bites(bite: StorageBite): number {
    return this.#state.bites.get(bite) ?? 0;
  }

  snapshot(): StorageSnapshot {
    return {
      state: clonePlain(this.#state),
      disk: copyDisk(this.#disk),
      prng: this.#prng.snapshot(),
    };
  }

  restore(snapshot: StorageSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#disk = copyDisk(snapshot.disk);
    this.#prng.restore(snapshot.prng);
  }

  // ---- commands

  #accept(command: StorageCommand): void {
    const { memory, inFlight, incarnation, isDown } = this.#state;
    if (isDown) {
      this.#bite("outage");
      return;
    }
    const earlier = lookUp(memory, command);
    if (earlier === "in-flight" || earlier === "stale") return;
    if (earlier !== "new" && command.body.kind === "write") {
      this.#observer.applied(command, "repeated");
      this.#answer(command, earlier, NO_DATA);
      return;
    }
    remember(memory, command, "in-flight");
    inFlight.push(command);
    const payload: ApplyPayload = { incarnation, command };
    const due = after(this.#kernel.now, this.#latencyOf(command.body));
    this.#kernel.schedule(due, this.#options.actor, EVENT_APPLY, payload);
  }

  #handleApply(payload: ApplyPayload): void {
    const { incarnation, command } = payload;
    if (incarnation !== this.#state.incarnation || !this.#isInFlight(command)) return;
    if (this.#state.faults.isStalled) {
      this.#bite("stalled");
      this.#state.parked.push(payload);
      return;
    }
    this.#leave(command);
    const [status, data] = this.#apply(command);
    remember(this.#state.memory, command, status);
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

  #applyBlocks(
    command: StorageCommand,
    body: Extract<StorageBody, { kind: "read" | "write" | "flush" }>,
  ): readonly [StorageStatus, Uint8Array] {
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

  #touchedBy(body: Extract<StorageBody, { kind: "read" | "write" | "flush" }>): Uint8Array {
    if (this.#observer.touched === undefined || body.kind === "flush") return NO_DATA;
    const sectors = body.kind === "read" ? body.sectorCount : body.data.length / SECTOR_BYTES;
    return this.read(body.sector, sectors);
  }

  /** of a member of the generation, while nobody has won its flag. It changes nothing. */
  #applyMemberRead(
    command: StorageCommand,
    body: Extract<StorageBody, { kind: "member-read" }>,
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
    return data.subarray(0, this.#prng.between(1, data.length));
  }

  /** By a fault; or a flush after the cache was lost, since what it promises is not true any more. */
  #fails({ body, initiator }: StorageCommand): boolean {
    if (body.kind === "flush" && this.#state.owesError) {
      this.#state.owesError = false;
      return true;
    }
    const { errorsOf } = this.#state.faults;
    const isHit = (errorsOf === "" || errorsOf === initiator) && this.#happens("errors");
    if (isHit) this.#bite("errored");
    return isHit;
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
    if (this.#happens("lostReplies")) {
      this.#bite("reply-lost");
      return;
    }
    this.#reply(command.initiator, { session: command.session, tag: command.tag, status, data });
  }

  // ---- in flight

  #isInFlight(command: StorageCommand): boolean {
    return this.#state.inFlight.some((other) => isSame(other, command));
  }

  #leave(command: StorageCommand): void {
    this.#state.inFlight = this.#state.inFlight.filter((other) => !isSame(other, command));
  }

  /** It never takes effect; a retry is a new command. */
  #abandon(command: StorageCommand): void {
    this.#leave(command);
    forget(this.#state.memory, command);
  }

  #powerOff(): void {
    const { inFlight } = this.#state;
    for (let lost = inFlight.length; lost > 0; lost--) this.#bite("outage");
    this.abort();
  }

  #takeDelay(command: StorageCommand): Duration | undefined {
    if (command.body.kind !== "write") return undefined;
    const { delayNext } = this.#state;
    const found = delayNext.find(({ initiator }) => initiator === command.initiator);
    if (found === undefined) return undefined;
    this.#state.delayNext = delayNext.filter((other) => other !== found);
    this.#bite("command-delayed");
    return found.by;
  }

  /** A prefix or any subset, at least one sector and not all of them. */
  #tornSectors(sectors: number): (index: number) => boolean {
    const isPrefix = this.#prng.below(2) === 0;
    const written = this.#prng.between(1, sectors - 1);
    if (isPrefix) return (index) => index < written;
    const first = this.#prng.below(sectors);
    return (index) => (index - first + sectors) % sectors < written;
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
    const { slowTimes } = this.#state.faults;
    if (slowTimes > 1) this.#bite("slowed");
    return (this.#usualLatencyOf(body) * slowTimes) as Duration;
  }

  #usualLatencyOf(body: StorageBody): Duration {
    const { latencyMin, latencyMax, recordLatency } = this.#options;
    if (body.kind === "test-and-set" || body.kind === "open" || body.kind === "inquire")
      return recordLatency;
    return latencyMax === NO_TIME
      ? NO_TIME
      : (this.#prng.between(latencyMin, latencyMax) as Duration);
  }

  #happens(name: "errors" | "lostReplies"): boolean {
    const { faults, periods } = this.#state;
    return happens(periods, this.#prng, { name, chance: faults[name], now: this.#kernel.now });
  }

  #bite(bite: StorageBite): void {
    this.#state.bites.set(bite, this.bites(bite) + 1);
  }
}

function isSame(a: StorageCommand, b: StorageCommand): boolean {
  return a.initiator === b.initiator && a.session === b.session && a.tag === b.tag;
}
