// The shared storage server: blocks, commands in flight, and one durable record a VM that holds the
// generation, its two members and who won its test-and-set (R-5.1, R-5.5 to, D11).
//
// A fence token is (generation, owner). Until generation g's test-and-set is applied its primary is
// accepted; afterwards only the winner. Others get `fenced`, reads too. Everything is judged when a
// command is applied, which is when it takes effect, not when it arrives.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, NO_TIME } from "../base/time.ts";
import type { Kernel } from "./kernel.ts";
import type { StorageBody, StorageCommand, StorageReply, StorageStatus } from "./storage-wire.ts";

export const SECTOR_BYTES = 512;

/** Decisions that the specification names; each can be switched off to show why it is there (D13). */
export interface StorageRules {
  /** H-1: commands of a superseded owner are refused. */
  readonly fencing: boolean;
  /** the record survives a restart of the server. */
  readonly durableFlag: boolean;
  /** a retry by the owner gets the same answer again. */
  readonly ownerTaggedFlag: boolean;
}

export interface StorageOptions {
  readonly sectors: number;
  /** Uniform in [latencyMin, latencyMax] for block commands. */
  readonly latencyMin: Duration;
  readonly latencyMax: Duration;
  /** For test-and-set and open: a write to the metadata block. */
  readonly recordLatency: Duration;
}

/** The server's world facts, told to whoever watches. */
export interface StorageObserver {
  applied(command: StorageCommand, result: "ok" | "fenced" | "error" | "repeated"): void;
  testAndSet(command: StorageCommand, result: "won" | "lost", isFirst: boolean): void;
  opened(command: StorageCommand, result: "won" | "lost"): void;
}

interface VmRecord {
  generation: number;
  primary: string;
  backup: string;
  /** Owner of this generation's test-and-set, once applied. */
  winner: string | undefined;
}

interface StorageState {
  incarnation: number;
  blocks: Map<number, Uint8Array>;
  records: Map<string, VmRecord>;
  /** Tags in flight or answered, by session: a retry of either is not applied twice. */
  seen: Map<string, StorageStatus | "in-flight">;
  isDown: boolean;
}

interface ApplyPayload {
  readonly incarnation: number;
  readonly command: StorageCommand;
}

export interface StorageSnapshot {
  readonly state: StorageState;
  readonly prng: PrngSnapshot;
}

/** Answers remembered for retries; far more than an initiator keeps in flight. */
const SEEN_MAX = 4096;
const ZERO_SECTOR = new Uint8Array(SECTOR_BYTES);
const NO_DATA = new Uint8Array(0);

export class Storage {
  readonly #kernel: Kernel;
  readonly #options: StorageOptions;
  readonly #rules: StorageRules;
  readonly #prng: Prng;
  readonly #observer: StorageObserver;
  readonly #reply: (to: string, reply: StorageReply) => void;
  #state: StorageState;

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
    this.#state = {
      incarnation: 1,
      blocks: new Map(),
      records: new Map(),
      seen: new Map(),
      isDown: false,
    };
  }

  /** Sets up what was there before the run: the disk's content and generation 1's members. */
  prepare(
    vm: string,
    primary: string,
    backup: string,
    blocks: ReadonlyMap<number, Uint8Array>,
  ): void {
    for (const [sector, data] of blocks) this.#state.blocks.set(sector, data);
    this.#state.records.set(vm, { generation: 1, primary, backup, winner: undefined });
  }

  /** A command has arrived. It takes effect after the device's latency. */
  handleCommand(command: StorageCommand): void {
    if (this.#state.isDown) return;
    const key = seenKey(command);
    const earlier = this.#state.seen.get(key);
    if (earlier === "in-flight") return;
    if (earlier !== undefined && command.body.kind === "write") {
      this.#observer.applied(command, "repeated");
      this.#answer(command, earlier, NO_DATA);
      return;
    }
    this.#remember(key, "in-flight");
    const payload: ApplyPayload = { incarnation: this.#state.incarnation, command };
    const due = after(this.#kernel.now, this.#latencyOf(command.body));
    this.#kernel.schedule(due, "storage", "apply", payload);
  }

  /** The kernel's "apply" event: the command takes effect now, atomically. */
  handleApply(payload: unknown): void {
    const { incarnation, command } = payload as ApplyPayload;
    if (incarnation !== this.#state.incarnation) return;
    const [status, data] = this.#apply(command);
    this.#remember(seenKey(command), status);
    this.#answer(command, status, data);
  }

  /** Power loss and return: commands in flight and retry memory are gone, blocks and record stay. */
  restart(): void {
    this.#state.incarnation += 1;
    this.#state.seen = new Map();
    this.#state.isDown = false;
    if (!this.#rules.durableFlag)
      for (const record of this.#state.records.values()) record.winner = undefined;
  }

  get isDown(): boolean {
    return this.#state.isDown;
  }

  setDown(isDown: boolean): void {
    if (isDown) this.#state.incarnation += 1;
    this.#state.isDown = isDown;
  }

  read(sector: number, sectorCount: number): Uint8Array {
    const data = new Uint8Array(sectorCount * SECTOR_BYTES);
    for (let i = 0; i < sectorCount; i++)
      data.set(this.#state.blocks.get(sector + i) ?? ZERO_SECTOR, i * SECTOR_BYTES);
    return data;
  }

  get sectors(): number {
    return this.#options.sectors;
  }

  snapshot(): StorageSnapshot {
    return {
      state: {
        ...clonePlain({ ...this.#state, blocks: undefined }),
        blocks: new Map(this.#state.blocks),
      },
      prng: this.#prng.snapshot(),
    };
  }

  restore(snapshot: StorageSnapshot): void {
    const { state } = snapshot;
    this.#state = { ...clonePlain({ ...state, blocks: undefined }), blocks: new Map(state.blocks) };
    this.#prng.restore(snapshot.prng);
  }

  #apply(command: StorageCommand): readonly [StorageStatus, Uint8Array] {
    const { body } = command;
    switch (body.kind) {
      case "test-and-set":
        return [this.#testAndSet(command, body), NO_DATA];
      case "open":
        return [this.#open(command, body), NO_DATA];
      case "read":
      case "write":
      case "flush":
        return this.#applyBlocks(command, body);
    }
  }

  #applyBlocks(
    command: StorageCommand,
    body: Extract<StorageBody, { kind: "read" | "write" | "flush" }>,
  ): readonly [StorageStatus, Uint8Array] {
    if (this.#rules.fencing && !this.#isAdmitted(command)) {
      this.#observer.applied(command, "fenced");
      return ["fenced", NO_DATA];
    }
    if (!this.#isInRange(body)) {
      this.#observer.applied(command, "error");
      return ["error", NO_DATA];
    }
    if (body.kind === "write") this.#write(body.sector, body.data);
    this.#observer.applied(command, "ok");
    return ["ok", body.kind === "read" ? this.read(body.sector, body.sectorCount) : NO_DATA];
  }

  /** D11: who may touch the disk now. */
  #isAdmitted(command: StorageCommand): boolean {
    const record = this.#state.records.get(command.vm);
    if (record === undefined) return false;
    const { generation, owner } = command.fence;
    if (owner !== (record.winner ?? record.primary)) return false;
    // What the owner had in flight when it opened the next generation stays valid.
    const isOwnEarlier = generation + 1 === record.generation && owner === record.primary;
    return generation === record.generation || isOwnEarlier;
  }

  #testAndSet(
    command: StorageCommand,
    body: Extract<StorageBody, { kind: "test-and-set" }>,
  ): "won" | "lost" {
    const record = this.#state.records.get(command.vm);
    const isCurrent = record !== undefined && record.generation === body.generation;
    const isMember = record?.primary === body.owner || record?.backup === body.owner;
    const isFirst = isCurrent && isMember && record.winner === undefined;
    if (isFirst) record.winner = body.owner;
    const isOwner = isCurrent && record.winner === body.owner;
    const result = isFirst || (isOwner && this.#rules.ownerTaggedFlag) ? "won" : "lost";
    this.#observer.testAndSet(command, result, isFirst);
    return result;
  }

  /** D11: admission of a new backup, a compare-and-set allowed to the owner of the generation. */
  #open(command: StorageCommand, body: Extract<StorageBody, { kind: "open" }>): "won" | "lost" {
    const record = this.#state.records.get(command.vm);
    const isRepeat =
      record?.generation === body.generation &&
      record.primary === body.primary &&
      record.backup === body.backup;
    const isNext =
      record !== undefined &&
      record.generation + 1 === body.generation &&
      (record.winner ?? record.primary) === body.primary;
    if (isNext) {
      record.generation = body.generation;
      record.primary = body.primary;
      record.backup = body.backup;
      record.winner = undefined;
    }
    const result = isNext || isRepeat ? "won" : "lost";
    this.#observer.opened(command, result);
    return result;
  }

  #write(sector: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += SECTOR_BYTES)
      this.#state.blocks.set(sector + at / SECTOR_BYTES, data.slice(at, at + SECTOR_BYTES));
  }

  #isInRange(body: StorageBody): boolean {
    if (body.kind === "read")
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
    if (body.kind === "test-and-set" || body.kind === "open") return this.#options.recordLatency;
    const { latencyMin, latencyMax } = this.#options;
    return latencyMax === NO_TIME
      ? NO_TIME
      : (this.#prng.between(latencyMin, latencyMax) as Duration);
  }

  #remember(key: string, status: StorageStatus | "in-flight"): void {
    const { seen } = this.#state;
    seen.delete(key);
    seen.set(key, status);
    if (seen.size <= SEEN_MAX) return;
    for (const oldest of seen.keys()) {
      seen.delete(oldest);
      break;
    }
  }

  #answer(command: StorageCommand, status: StorageStatus, data: Uint8Array): void {
    this.#reply(command.initiator, { session: command.session, tag: command.tag, status, data });
  }
}

function seenKey(command: StorageCommand): string {
  return `${command.initiator}/${command.session}/${command.tag}`;
}
