// The border between the WebAssembly core and TypeScript. The caller compiles and instantiates:
// the simulated zone has no WebAssembly object (style 9).

/** What the core calls. Values of an access travel in two words of memory (layout.ts). */
export interface CoreImports {
  mmioLoad(address: number, size: number): number;
  mmioStore(address: number, size: number): number;
  /** A call from supervisor mode to the firmware in the emulator. */
  firmwareCall(): number;
  /** The 32-bit equivalent of a compressed instruction, which the core keeps. */
  expand(half: number): number;
  /** A jump target is hot: its pc (signed), where its bytes are, and the views it is reached in. */
  hot(pc: number, host: number, dataView: number, fetchView: number): void;
}

export interface CoreMemory {
  readonly buffer: ArrayBuffer;
}

/** Compiled code: where to start and the steps left; returns the steps left then (core/tiers.ts). */
export type RegionFunction = (entry: number, left: bigint) => bigint;

export interface CoreTable {
  grow(by: number): number;
  set(index: number, value: RegionFunction | null): void;
}

export interface CoreExports {
  readonly memory: CoreMemory;
  /** Functions of compiled regions; index 0 is none. */
  readonly table: CoreTable;
  /** Sizes the pool: the most 4 KiB pages it may ever hold. */
  initialize(maxPages: number): void;
  run(limit: number): number;
  flushAll(): void;
  flushStores(): void;
  /** Host address of a guest page, or 0 (the shared zero page) when it was never written. */
  pageForRead(guestPage: number): number;
  /** Host address of a private copy of a guest page, or -1 when the pool is exhausted. */
  pageForWrite(guestPage: number): number;
  retainTop(top: number, leaves: number): void;
  releaseTop(top: number, leaves: number): void;
  hashRam(leaves: number): void;
  hashBytes(address: number, length: number): void;
  trackDirty(isOn: number): void;
  takeDirty(firstPage: number, lastPage: number, out: number): number;
  pagesInUse(): number;
  pagesTotal(): number;
  readCsr(number: number): number;
  /** Visits until a jump target is hot (a seed draws them at random), and steps of a run for which it matters. */
  setTiers(threshold: number, seed: number, shortestRun: number): void;
  forgetTargets(): void;
  readonly multiplyAdd: MultiplyAdd;
  /** Stores to this pool page are seen from now on. */
  markCode(id: number): void;
  /** Ends waiting when an enabled interrupt is pending. */
  settle(): void;
  /** For a debugger: core/seek.ts. */
  nextPc(): void;
  physicalOf(address: bigint): number;
  armWatches(): void;
  changedWatch(): number;
  seek(limit: number): number;
}

/** What compiled code imports. */
export interface RegionImports {
  readonly memory: CoreMemory;
  readonly multiplyAdd: MultiplyAdd;
}

/** Operands and result as bits of doubles, or of a single in the result (core/float/multiply.ts). */
type MultiplyAdd = (a: bigint, b: bigint, c: bigint, isSingle: number, rm: number) => bigint;

/** Exports of a module of compiled code: "0", "1" and so on. */
export type Regions = Readonly<Record<string, RegionFunction>>;

/** Supplied by the caller: `{ instantiate: (env) => new WebAssembly.Instance(module, { env }).exports }`. */
export interface CoreModule {
  instantiate(imports: CoreImports): CoreExports;
  /**
   * The same for compiled guest code. Without it there is only the interpreter: a run is the same,
   * and takes longer.
   */
  readonly compile?: (bytes: Uint8Array, env: RegionImports) => Regions;
}
