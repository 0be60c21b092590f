// A machine whose program is a script instead of instructions: for runs that are about the protocol
// only (ADR 12). It stops where the RISC-V machine stops, asks what that one asks, and everything that
// comes in leaves its mark together with the step at which it did: at another step it is another
// machine, with other answers.
//
// Steps of work do nothing but count; a phase of the script is one step.

import { assert } from "../base/assert.ts";
import { utf8Encode } from "../base/bytes.ts";
import { Digest, hashBytes } from "../base/digest.ts";
import { ok, type Result } from "../base/result.ts";
import { checkConfig, type MachineConfig } from "./config.ts";
import type { DiskRequest, Entry, Exit, Output } from "./exit.ts";
import type { Arrival, Script, ScriptDesk } from "./script.ts";
import { PAGE_BYTES, ScriptRam } from "./script-ram.ts";
import {
  decodeScripted,
  encodeScripted,
  mixScripted,
  type ScriptedDisk,
  type ScriptedState,
} from "./scripted-state.ts";
import type { VirtualMachine, VmSnapshot } from "./virtual-machine.ts";

const SECTOR_BYTES = 512;
const NO_BYTES = new Uint8Array(0);
const LIMIT: Exit = { kind: "limit" };
const WAIT: Exit = { kind: "wait" };
const DEADLINE: Exit = { kind: "deadline" };
/** Where the first phase lies for whoever asks for a pc. */
const FIRST_PHASE = 0x1000;

export class ScriptedMachine implements VirtualMachine {
  readonly config: MachineConfig;
  readonly #script: Script;
  readonly #ram: ScriptRam;
  readonly #desk: ScriptDesk;
  #state: ScriptedState;
  /** Of the step under way. */
  #outputs: Output[];
  #isDeadline: boolean;
  #want: "time" | number | undefined;
  #isReleased: boolean;

  private constructor(
    script: Script,
    config: MachineConfig,
    saved: { readonly state: ScriptedState; readonly ram: ScriptRam },
  ) {
    this.config = config;
    this.#script = script;
    this.#state = { ...saved.state };
    this.#ram = saved.ram.copy();
    this.#desk = this.#openDesk();
    this.#outputs = [];
    this.#isDeadline = false;
    this.#want = undefined;
    this.#isReleased = false;
  }

  static create(script: Script, config: MachineConfig): ScriptedMachine {
    checkConfig(config);
    const ram = new ScriptRam(config.ramBytes);
    return new ScriptedMachine(script, config, { state: POWERED_ON, ram });
  }

  get count(): number {
    return this.#state.count;
  }

  get isWaiting(): boolean {
    return this.#state.isWaiting;
  }

  get isAlive(): boolean {
    return !this.#isReleased;
  }

  get pc(): bigint {
    return BigInt(FIRST_PHASE + 4 * this.#state.phase);
  }

  get privilege(): 3 {
    return 3;
  }

  run(limit: number): Exit {
    const state = this.#state;
    assert(!this.#isReleased, "the machine was released");
    assert(Number.isSafeInteger(limit), () => `bad limit ${limit}`);
    assert(limit >= state.count, () => `limit ${limit} is behind count ${state.count}`);
    if (limit === state.count) return LIMIT;
    this.#want = undefined;
    this.#outputs = [];
    this.#isDeadline = false;
    for (;;) {
      if (state.halted !== "") return this.#haltExit();
      if (state.isWaiting) return WAIT;
      const steps = Math.min(state.work, limit - state.count);
      state.work -= steps;
      state.count += steps;
      if (state.count === limit) return LIMIT;
      const exit = this.#step();
      if (exit !== undefined) return exit;
      if (state.count === limit) return LIMIT;
    }
  }

  answerTime(ticks: bigint | number): void {
    assert(this.#want === "time", "no clock reading was asked for");
    const digest = this.#beginTrace("time");
    digest.integer(Number(ticks));
    this.#endTrace(digest);
    this.#want = undefined;
    this.#state.ticks = Number(ticks);
    this.#state.isAnswered = true;
  }

  answerEntropy(bytes: Uint8Array): void {
    const want = this.#want;
    assert(typeof want === "number", "no entropy was asked for");
    assert(bytes.length === want, () => `asked for ${want} bytes, got ${bytes.length}`);
    const digest = this.#beginTrace("entropy");
    digest.bytes(bytes);
    this.#endTrace(digest);
    this.#want = undefined;
    this.#state.entropy = bytes.slice();
    this.#state.isAnswered = true;
  }

  apply(entry: Entry): void {
    const state = this.#state;
    assert(!this.#isReleased, "the machine was released");
    assert(!state.isAnswered, () => `${entry.kind} applied between an answer and its step`);
    if (state.halted !== "") return;
    this.#want = undefined;
    this.#traceEntry(entry);
    const arrived = this.#arrivals(entry);
    if (arrived.length === 0) return;
    state.arrivals = [...state.arrivals, ...arrived];
    state.isWaiting = false;
  }

  timerDeadline(): number | undefined {
    return this.#state.deadline;
  }

  pendingDisk(): readonly DiskRequest[] {
    return this.#state.pending.map(({ request }) => request);
  }

  landDiskData(ioId: number, data: Uint8Array): void {
    assert(!this.config.rules.bounceBuffers, "landDiskData with bounce buffers");
    this.#ram.storeBytes(this.#pending(ioId).word, data);
  }

  diskBuffer(ioId: number): Uint8Array {
    return this.#ram.loadBytes(this.#pending(ioId).word, SECTOR_BYTES);
  }

  stateHash(): string {
    const digest = new Digest();
    digest.text(this.#script.name);
    digest.integer(this.config.ramBytes);
    digest.integer(this.config.diskSectors);
    const [a, b] = this.#ram.hash;
    digest.word(a);
    digest.word(b);
    mixScripted(digest, this.#state);
    return digest.toString();
  }

  snapshot(): ScriptedSnapshot {
    return new ScriptedSnapshot({ ...this.#state }, this.#ram.copy(), (saved) => {
      return new ScriptedMachine(this.#script, this.config, saved);
    });
  }

  restore(snapshot: VmSnapshot): void {
    assert(!this.#isReleased, "a released machine cannot be restored");
    assert(snapshot instanceof ScriptedSnapshot, "no snapshot of a scripted machine");
    this.#state = { ...snapshot.state };
    this.#ram.copyFrom(snapshot.ram);
    this.#want = undefined;
    this.#outputs = [];
  }

  fork(): ScriptedMachine {
    return new ScriptedMachine(this.#script, this.config, { state: this.#state, ram: this.#ram });
  }

  release(): void {
    assert(!this.#isReleased, "a machine was released twice");
    this.#isReleased = true;
  }

  trackDirty(on: boolean): void {
    this.#ram.track(on);
  }

  takeDirtyPages(): readonly number[] {
    return this.#ram.takeDirty();
  }

  writtenPages(): readonly number[] {
    return this.#ram.written();
  }

  readPage(index: number): Uint8Array {
    return this.#ram.readPage(index);
  }

  writePage(index: number, bytes: Uint8Array): void {
    this.#ram.writePage(index, bytes);
  }

  exportState(): Uint8Array {
    return encodeScripted(this.#script.name, this.#state);
  }

  importState(bytes: Uint8Array): Result<void> {
    const decoded = decodeScripted(this.#script.name, bytes);
    if (!decoded.ok) return decoded;
    this.#state = decoded.value;
    this.#want = undefined;
    return ok(undefined);
  }

  // ---- steps

  /** The step at which it stands; undefined: nothing that anybody must be told. */
  #step(): Exit | undefined {
    const state = this.#state;
    const phase = this.#script.phases[state.phase];
    assert(phase !== undefined, () => `no phase ${state.phase}`);
    const { needs } = phase;
    if (needs !== undefined && !state.isAnswered) {
      this.#want = needs;
      return needs === "time"
        ? { kind: "request", what: "time" }
        : { kind: "request", what: "entropy", length: needs };
    }
    state.count += 1;
    phase.run(this.#desk);
    state.isAnswered = false;
    if (state.halted !== "") return this.#haltExit();
    if (this.#outputs.length > 0) return { kind: "output", outputs: this.#outputs };
    if (this.#isDeadline) return DEADLINE;
    return state.isWaiting ? WAIT : undefined;
  }

  #haltExit(): Exit {
    return { kind: "halt", reason: { kind: "fault", detail: this.#state.halted } };
  }

  #openDesk(): ScriptDesk {
    return {
      load: (word) => this.#ram.load(word),
      store: (word, value) => this.#ram.store(word, value),
      take: () => this.#take(),
      ticks: () => this.#state.ticks,
      entropy: () => this.#state.entropy,
      trace: () => this.#state.traceA,
      print: (text) => void this.#outputs.push({ class: "console", bytes: utf8Encode(text) }),
      transmit: (bytes) => void this.#outputs.push({ class: "network", bytes }),
      writeSector: (sector, word) => this.#issue("write", sector, word),
      readSector: (sector, word) => this.#issue("read", sector, word),
      setTimer: (ticks) => {
        this.#state.deadline = ticks;
        this.#isDeadline = true;
      },
      goTo: (phase, work) => {
        this.#state.phase = phase;
        this.#state.work = work;
      },
      wait: () => {
        this.#state.isWaiting = true;
      },
      halt: (why) => {
        this.#state.halted = why;
      },
    };
  }

  #take(): Arrival | undefined {
    const { arrivals } = this.#state;
    if (arrivals.length > 0) this.#state.arrivals = arrivals.slice(1);
    return arrivals[0];
  }

  #issue(op: "read" | "write", sector: number, word: number): number {
    const { config } = this;
    assert(sector >= 0 && sector < config.diskSectors, () => `sector ${sector} is no sector`);
    const ioId = this.#state.nextIoId;
    const isCopied = op === "write" && config.rules.bounceBuffers;
    const data = isCopied ? this.#ram.loadBytes(word, SECTOR_BYTES) : NO_BYTES;
    const pages = [Math.floor((4 * word) / PAGE_BYTES)];
    const request: DiskRequest = { ioId, op, sector, sectorCount: 1, data, pages };
    this.#state.nextIoId = ioId + 1;
    this.#state.pending = [...this.#state.pending, { request, word }];
    this.#outputs.push({ class: "disk", request });
    return ioId;
  }

  // ---- what comes in

  #arrivals(entry: Entry): readonly Arrival[] {
    switch (entry.kind) {
      case "timer":
        if (this.#state.deadline === undefined) return [];
        this.#state.deadline = undefined;
        return [{ kind: "timer" }];
      case "net-rx":
        return entry.frames.map((bytes) => ({ kind: "frame", bytes }));
      case "uart-rx":
        return [{ kind: "byte", byte: entry.byte }];
      case "disk-done":
        return this.#diskDone(entry);
    }
  }

  /** What a read brought goes into RAM with its completion, or was there before. */
  #diskDone(entry: Extract<Entry, { kind: "disk-done" }>): readonly Arrival[] {
    const { ioId, status, data } = entry;
    const pending = this.#pending(ioId);
    if (this.config.rules.bounceBuffers) this.#ram.storeBytes(pending.word, data);
    this.#state.pending = this.#state.pending.filter((one) => one !== pending);
    return [{ kind: "disk-done", ioId, isOk: status === "ok" }];
  }

  #pending(ioId: number): ScriptedDisk {
    const pending = this.#state.pending.find(({ request }) => request.ioId === ioId);
    assert(pending !== undefined, () => `no disk command ${ioId} is under way`);
    return pending;
  }

  #traceEntry(entry: Entry): void {
    const digest = this.#beginTrace(entry.kind);
    if (entry.kind === "net-rx") for (const frame of entry.frames) digest.text(hashBytes(frame));
    if (entry.kind === "disk-done") digest.text(`${entry.ioId} ${entry.status}`);
    if (entry.kind === "uart-rx") digest.word(entry.byte);
    this.#endTrace(digest);
  }

  /** The step at which something comes in is a part of what it does. */
  #beginTrace(what: string): Digest {
    const { traceA, traceB, count } = this.#state;
    const digest = new Digest();
    digest.word(traceA);
    digest.word(traceB);
    digest.integer(count);
    digest.text(what);
    return digest;
  }

  #endTrace(digest: Digest): void {
    const { a, b } = digest.snapshot();
    this.#state.traceA = a;
    this.#state.traceB = b;
  }
}

const POWERED_ON: ScriptedState = {
  count: 0,
  phase: 0,
  work: 0,
  isWaiting: false,
  halted: "",
  traceA: 0,
  traceB: 0,
  ticks: 0,
  entropy: NO_BYTES,
  isAnswered: false,
  deadline: undefined,
  nextIoId: 1,
  pending: [],
  arrivals: [],
};

class ScriptedSnapshot implements VmSnapshot {
  readonly state: ScriptedState;
  readonly ram: ScriptRam;
  readonly #make: (saved: ScriptedSnapshot) => ScriptedMachine;

  constructor(
    state: ScriptedState,
    ram: ScriptRam,
    make: (saved: ScriptedSnapshot) => ScriptedMachine,
  ) {
    this.state = state;
    this.ram = ram;
    this.#make = make;
  }

  createMachine(): ScriptedMachine {
    return this.#make(this);
  }

  /** It holds nothing that others would miss. */
  release(): void {}
}
