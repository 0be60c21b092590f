// One machine: a RISC-V hart with RAM and devices. It counts steps and knows no time (design D4).
//
// A position is (N, before | during). run() stops at exactly a count, or earlier with the reason.
// Entries are applied between steps, before step N; answers belong to step N itself. Interrupts are
// taken right before a step is executed and never at the end of one, so the state at a count does
// not depend on who looked at it, or on how the run was sliced.

import { assert } from "../base/assert.ts";
import { ok, type Result } from "../base/result.ts";
import { checkConfig, type MachineConfig } from "./config.ts";
import { type CoreHost, PoolExhausted, type Tenant } from "./core-host.ts";
import { Board } from "./devices/board.ts";
import { loadBus, storeBus } from "./devices/bus.ts";
import { resetClint, timerDeadline } from "./devices/clint.ts";
import { deliver } from "./devices/deliver.ts";
import { EMPTY_IO } from "./devices/io-state.ts";
import { readTohost } from "./devices/htif.ts";
import { diskBuffer, landDisk } from "./devices/virtio-blk.ts";
import { takeDirty, writtenPages } from "./page-lists.ts";
import { type LoadedElf, parseElf } from "./elf.ts";
import { exitOf, haltExit } from "./exit-of.ts";
import type { DiskRequest, Entry, Exit } from "./exit.ts";
import * as layout from "./layout.ts";
import { layOutLinux, type LinuxProgram } from "./linux-image.ts";
import { callFirmware, startKernel } from "./sbi.ts";
import {
  copyIn,
  copyOut,
  emptyBlock,
  MachineSnapshot,
  releasePages,
  retainPages,
  type SavedMachine,
  type StateBlock,
} from "./snapshot.ts";
import { hashState } from "./state-hash.ts";
import { armStops, hitOf, type Seek, type Stops, type Watch } from "./stops.ts";
import type { VirtualMachine } from "./virtual-machine.ts";
import { StateWords } from "./state-words.ts";
import { decodeState, encodeState, sameConfig } from "./state-codec.ts";

/** V8 does not replace a running WebAssembly frame: the loop must return for the fast tier to start. */
const CHUNK_STEPS = 2_000_000;
const MACHINE_MODE = 3;

export class Machine implements Tenant, VirtualMachine {
  readonly config: MachineConfig;
  readonly #host: CoreHost;
  readonly #board: Board;
  /** Where the state is while another machine is in the core. */
  readonly #block: StateBlock;
  readonly #words: StateWords;
  #isTracking: boolean;
  #isReleased: boolean;
  #isBroken: boolean;

  private constructor(host: CoreHost, config: MachineConfig, saved: SavedMachine) {
    this.config = config;
    this.#host = host;
    this.#board = new Board(host, config, saved.io);
    this.#board.want = saved.want;
    this.#block = saved.block;
    this.#words = new StateWords(host, this, saved.block);
    this.#isTracking = saved.isTracking;
    this.#isReleased = false;
    this.#isBroken = false;
  }

  static create(host: CoreHost, config: MachineConfig): Machine {
    checkConfig(config);
    const block = emptyBlock(config);
    const saved = { block, io: EMPTY_IO, want: undefined, isTracking: false };
    const machine = new Machine(host, config, saved);
    host.activate(machine);
    machine.#reset();
    return machine;
  }

  static from(host: CoreHost, snapshot: MachineSnapshot): Machine {
    assert(snapshot.isAlive && snapshot.belongsTo(host), "no snapshot of this runtime");
    retainPages(host, snapshot.saved.block);
    const block = snapshot.saved.block.slice();
    return new Machine(host, snapshot.config, { ...snapshot.saved, block });
  }

  /** Steps attempted since power-on. */
  get count(): number {
    return this.#words.count(layout.COUNT);
  }

  /** Stands behind a wfi with no enabled interrupt pending. */
  get isWaiting(): boolean {
    return this.#words.word(layout.WAITING) !== 0;
  }

  get isHalted(): boolean {
    return this.#words.word(layout.HALTED) !== 0;
  }

  /** False once it was released, or broken by a full page pool in the middle of a step. */
  get isAlive(): boolean {
    return !this.#isReleased && !this.#isBroken;
  }

  get pc(): bigint {
    return this.#words.big(layout.PC);
  }

  /** Where the next step is executed: in a handler, if an interrupt is taken before it. */
  get nextPc(): bigint {
    this.#enter();
    this.#host.exports.nextPc();
    return this.#words.big(layout.RESULT_LOW);
  }

  get privilege(): 0 | 1 | 3 {
    const level = this.#words.word(layout.PRIVILEGE);
    return level === MACHINE_MODE ? MACHINE_MODE : level === 1 ? 1 : 0;
  }

  register(index: number): bigint {
    assert(index >= 0 && index < 32, () => `no register x${index}`);
    return this.#words.big(layout.X + 8 * index);
  }

  /** The 64 bits of a floating-point register; a single is NaN-boxed. */
  floatRegister(index: number): bigint {
    assert(index >= 0 && index < 32, () => `no register f${index}`);
    return this.#words.big(layout.F + 8 * index);
  }

  /** A debugger's hand: "x1" to "x31", "f0" to "f31", "pc". */
  setRegister(name: string, value: bigint): void {
    this.#enter();
    const [, file, index] = /^([xf])(\d+)$/.exec(name) ?? [];
    assert(
      name === "pc" || (file !== undefined && Number(index) < 32),
      () => `no register ${name}`,
    );
    if (name === "x0") return;
    const base = file === "x" ? layout.X : layout.F;
    this.#words.setBig(name === "pc" ? layout.PC : base + 8 * Number(index), value);
  }

  /** The value of a CSR, whatever the privilege; undefined when there is none, and for `time`. */
  csr(number: number): bigint | undefined {
    this.#enter();
    if (this.#host.exports.readCsr(number) === 0) return undefined;
    return this.#words.big(layout.RESULT_LOW);
  }

  /** Loads a program into RAM; pc = entry, a0 = a1 = 0 (hart 0, no device tree). */
  loadElf(elf: Uint8Array): Result<LoadedElf> {
    this.#enter();
    const parsed = parseElf(elf, layout.RAM_BASE, this.config.ramBytes);
    if (!parsed.ok) return parsed;
    const { segments, ...loaded } = parsed.value;
    for (const { address, bytes } of segments) this.#board.memory.write(address, bytes);
    this.#words.setBig(layout.PC, loaded.entry);
    return ok(loaded);
  }

  /** Loads a kernel and what it boots with; the hart stands at its entry, in supervisor mode. */
  loadLinux(program: LinuxProgram): Result<void> {
    assert(this.config.firmware === "sbi", "a kernel in a machine without firmware");
    this.#enter();
    const layOut = layOutLinux(program, this.config.ramBytes);
    if (!layOut.ok) return layOut;
    const { segments, entry, deviceTree } = layOut.value;
    for (const { address, bytes } of segments) this.#board.memory.write(address, bytes);
    startKernel(this.#words, entry, deviceTree);
    this.#host.exports.flushAll();
    return ok(undefined);
  }

  /** Executes steps until count = limit, or until something else ends it. */
  run(limit: number): Exit {
    this.#begin(limit);
    if (limit === this.count) return { kind: "limit" };
    for (;;) {
      const goal = Math.min(limit, this.count + CHUNK_STEPS);
      const stop = this.#runCore(goal);
      if (stop === layout.STOP_LIMIT && goal < limit) continue;
      return this.#explain(stop);
    }
  }

  /** run() for a debugger: ends behind the first step that hits one of the stops, too. Much slower. */
  seek(limit: number, stops: Stops): Seek {
    this.#begin(limit);
    if (limit === this.count) return { exit: { kind: "limit" }, hit: undefined };
    armStops(this.#host, stops);
    try {
      const stop = this.#host.exports.seek(limit);
      return { exit: this.#explain(stop), hit: hitOf(this.#host, stops.watches) };
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /** The first watch whose bytes `change` changes. */
  changes(watches: readonly Watch[], change: () => void): Watch | undefined {
    this.#enter();
    armStops(this.#host, { breakpoints: [], watches });
    change();
    return watches[this.#host.exports.changedWatch()];
  }

  /** Supplies the reading of the clock in ticks of 100 ns (10 MHz), after its request exit. */
  answerTime(ticks: bigint | number): void {
    this.#enter();
    assert(this.#board.want?.kind === "time", "no clock reading was asked for");
    const value = BigInt(ticks);
    assert(value >= 0n && value < 1n << 64n, () => `bad clock reading ${ticks}`);
    this.#words.setBig(layout.ANSWERED, 1n);
    this.#words.setBig(layout.ANSWER, value);
    this.#board.want = undefined;
  }

  /** Supplies exactly as many bytes as the request exit asked for. */
  answerEntropy(bytes: Uint8Array): void {
    this.#enter();
    const want = this.#board.want;
    assert(want?.kind === "entropy", "no entropy was asked for");
    assert(
      bytes.length === want.length,
      () => `asked for ${want.length} bytes, got ${bytes.length}`,
    );
    this.#board.io = { ...this.#board.io, entropy: bytes.slice() };
    this.#board.want = undefined;
  }

  /**
   * Applies an entry before step N = count. Not between an answer and the run that uses it: the
   * answer belongs to step N, which has then begun. After an unanswered request exit it takes the
   * question back: run again, step N may have become another one. A halted machine ignores entries.
   */
  apply(entry: Entry): void {
    this.#enter();
    const hasAnswer =
      this.#words.word(layout.ANSWERED) !== 0 || this.#board.io.entropy !== undefined;
    assert(!hasAnswer, () => `${entry.kind} applied between an answer and its step`);
    if (this.isHalted) return;
    this.#board.want = undefined;
    try {
      deliver(this.#board, entry);
    } catch (error) {
      throw this.#broken(error);
    }
    this.#host.exports.settle();
  }

  /**
   * mtimecmp in ticks of 100 ns while a timer entry is owed for it: undefined when it was delivered
   * already, and when it lies beyond 2^53 (all ones: never).
   */
  timerDeadline(): number | undefined {
    this.#enter();
    return timerDeadline(this.#board, this.#words.word(layout.MIP));
  }

  /** Issued by the guest, completion not applied; in issue order. */
  pendingDisk(): readonly DiskRequest[] {
    return this.#board.io.pending.map(({ request }) => request);
  }

  /** Rule bounceBuffers off: read data reaches guest memory before the completion entry. */
  landDiskData(ioId: number, data: Uint8Array): void {
    assert(!this.config.rules.bounceBuffers, "landDiskData with bounce buffers");
    this.#enter();
    landDisk(this.#board, ioId, data);
  }

  /** What the guest's buffer of a pending request holds now; to look at, and all there is without bounce buffers. */
  diskBuffer(ioId: number): Uint8Array {
    this.#enter();
    return diskBuffer(this.#board, ioId);
  }

  /**
   * 16 hexadecimal digits over registers, CSRs, reservation, waiting and pending bits, devices,
   * pending I/O and RAM. Equal for equal architectural states, whatever the history.
   */
  stateHash(): string {
    this.#enter();
    return hashState(this.#host, this.config, this.#board.io);
  }

  snapshot(): MachineSnapshot {
    return new MachineSnapshot(this.#host, this.config, this.#save(), (snapshot) =>
      Machine.from(this.#host, snapshot),
    );
  }

  /** Goes back to a snapshot of a machine with the same configuration. */
  restore(snapshot: MachineSnapshot): void {
    assert(!this.#isReleased, "a released machine cannot be restored");
    assert(snapshot.isAlive && snapshot.belongsTo(this.#host), "no snapshot of this runtime");
    assert(sameConfig(snapshot.config, this.config), "a snapshot of another configuration");
    retainPages(this.#host, snapshot.saved.block);
    this.#dropPages();
    this.#block.set(snapshot.saved.block);
    this.#board.io = snapshot.saved.io;
    this.#board.want = snapshot.saved.want;
    this.#board.outputs = [];
    this.#isTracking = snapshot.saved.isTracking;
    this.#isBroken = false;
  }

  /** A second machine in the same state; it must be released too. */
  fork(): Machine {
    return new Machine(this.#host, this.config, this.#save());
  }

  release(): void {
    assert(!this.#isReleased, "a machine was released twice");
    this.#dropPages();
    this.#isReleased = true;
  }

  /** A copy of guest physical memory; the range must lie in RAM. */
  readMemory(address: number, length: number): Uint8Array {
    this.#enter();
    return this.#board.memory.read(address, length);
  }

  /**
   * Where a virtual address lies in RAM at the current privilege; undefined: nowhere. Looks at page
   * tables without touching them, and asks nobody's permission.
   */
  physicalOf(address: bigint): number | undefined {
    this.#enter();
    const physical = this.#host.exports.physicalOf(BigInt.asIntN(64, address));
    return physical < 0 ? undefined : physical;
  }

  writeMemory(address: number, bytes: Uint8Array): void {
    this.#enter();
    this.#board.memory.write(address, bytes);
  }

  /** On: starts with no page dirty. */
  trackDirty(on: boolean): void {
    this.#enter();
    this.#isTracking = false;
    this.#host.exports.trackDirty(0);
    takeDirty(this.#host, this.config);
    this.#isTracking = on;
    this.#host.exports.trackDirty(on ? 1 : 0);
  }

  /** Guest pages (0 = the first page of RAM) written since the last call, ascending. */
  takeDirtyPages(): readonly number[] {
    assert(this.#isTracking, "dirty pages are not tracked");
    this.#enter();
    return takeDirty(this.#host, this.config);
  }

  /** Guest pages with anything but zeros in them, ascending. */
  writtenPages(): readonly number[] {
    this.#enter();
    return writtenPages(this.#host, this.config);
  }

  readPage(index: number): Uint8Array {
    return this.readMemory(layout.RAM_BASE + index * layout.PAGE_BYTES, layout.PAGE_BYTES);
  }

  writePage(index: number, bytes: Uint8Array): void {
    assert(bytes.length === layout.PAGE_BYTES, "a page has 4096 bytes");
    this.writeMemory(layout.RAM_BASE + index * layout.PAGE_BYTES, bytes);
  }

  /** Everything but RAM, as versioned bytes. */
  exportState(): Uint8Array {
    const block = emptyBlock(this.config);
    this.#copyTo(block);
    return encodeState(this.config, { words: block, io: this.#board.io });
  }

  /** Takes over what exportState gave; RAM stays as it is. */
  importState(bytes: Uint8Array): Result<void> {
    this.#enter();
    const decoded = decodeState(this.config, bytes);
    if (!decoded.ok) return decoded;
    const block = emptyBlock(this.config);
    copyOut(this.#host, block);
    block.set(decoded.value.words);
    copyIn(this.#host, block);
    this.#host.exports.flushAll();
    this.#board.io = decoded.value.io;
    this.#board.want = undefined;
    return ok(undefined);
  }

  /** suspend, resume and what follows are for the core host. */
  suspend(): void {
    copyOut(this.#host, this.#block);
  }

  resume(): void {
    copyIn(this.#host, this.#block);
    const words = this.#host.words;
    words[layout.RAM_PAGES >> 2] = this.config.ramBytes / layout.PAGE_BYTES;
    words[layout.FIRMWARE >> 2] = this.config.firmware === "sbi" ? 1 : 0;
    words[layout.ACCESSED_DIRTY_FAULT >> 2] = this.config.accessedDirty === "fault" ? 1 : 0;
    words.fill(0xffffffff, layout.WATCHED_PAGE >> 2, (layout.WATCHED + 8) >> 2);
    const { tohost } = this.config;
    if (tohost !== undefined) {
      words[layout.WATCHED_PAGE >> 2] = Math.floor((tohost - layout.RAM_BASE) / layout.PAGE_BYTES);
      this.#words.setBig(layout.WATCHED, BigInt(tohost));
    }
    this.#host.exports.trackDirty(this.#isTracking ? 1 : 0);
  }

  firmwareCall(): number {
    return callFirmware(this.#board);
  }

  mmioLoad(address: number, size: number): number {
    return loadBus(this.#board, address, size);
  }

  mmioStore(address: number, size: number): number {
    return storeBus(this.#board, address, size);
  }

  #enter(): void {
    assert(this.isAlive, "the machine was released or is broken");
    this.#host.activate(this);
  }

  #begin(limit: number): void {
    this.#enter();
    assert(Number.isSafeInteger(limit), () => `bad limit ${limit}`);
    assert(limit >= this.count, () => `limit ${limit} is behind count ${this.count}`);
    if (limit === this.count) return;
    const board = this.#board;
    board.want = undefined;
    board.outputs = [];
    board.isDeadline = false;
  }

  #reset(): void {
    this.#words.setBig(layout.PC, BigInt(layout.RAM_BASE));
    this.#words.setBig(layout.PRIVILEGE, BigInt(MACHINE_MODE));
    // The last entry of the memory protection leaves everything open until firmware says otherwise.
    this.#words.setBig(layout.PMPADDR + 8 * 15, (1n << 54n) - 1n);
    this.#words.setBig(layout.PMPCFG + 8, 0x1fn << 56n);
    this.#host.exports.flushAll();
    resetClint(this.#board);
  }

  #runCore(goal: number): number {
    try {
      return this.#host.exports.run(goal);
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /** A device met a full pool halfway: what it has done cannot be taken back, but by restore(). */
  #broken(error: unknown): unknown {
    if (error instanceof PoolExhausted) this.#isBroken = true;
    return error;
  }

  #explain(stop: number): Exit {
    const board = this.#board;
    if (stop === layout.STOP_POOL) throw new PoolExhausted(this.#host.maxPages);
    if (stop === layout.STOP_TIME) board.want = { kind: "time" };
    if (this.isHalted) return this.#haltExit();
    return exitOf(stop, board);
  }

  #haltExit(): Exit {
    if (this.#words.word(layout.HALTED) === layout.HALTED_BY_TEST)
      return { kind: "halt", reason: { kind: "tohost", value: readTohost(this.#board) } };
    const cause = this.#words.big(layout.MCAUSE);
    const isPowerOff = this.#words.word(layout.HALTED) === 1;
    return haltExit({ isPowerOff, pc: this.pc, cause, epc: this.#words.big(layout.MEPC) });
  }

  #copyTo(block: StateBlock): void {
    assert(this.isAlive, "the machine was released or is broken");
    if (this.#host.isActive(this)) copyOut(this.#host, block);
    else block.set(this.#block);
  }

  /** The state with one more reference to its pages. */
  #save(): SavedMachine {
    const block = emptyBlock(this.config);
    this.#copyTo(block);
    retainPages(this.#host, block);
    // From now on a store must copy: hot entries of the store TLB would write to shared pages.
    if (this.#host.isActive(this)) this.#host.exports.flushStores();
    const { io, want } = this.#board;
    return { block, io, want, isTracking: this.#isTracking };
  }

  /** Gives up the pages and leaves the core; the block is undefined afterwards. */
  #dropPages(): void {
    if (this.#host.isActive(this)) copyOut(this.#host, this.#block);
    this.#host.vacate(this);
    releasePages(this.#host, this.#block);
  }
}
