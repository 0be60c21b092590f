// The border between the WebAssembly core and TypeScript. The caller compiles and instantiates:
// the simulated zone has no WebAssembly object (style 9).

/** What the core calls. Values of an access travel in two words of memory (layout.ts). */
export interface CoreImports {
  mmioLoad(address: number, size: number): number;
  mmioStore(address: number, size: number): number;
  /** A call from supervisor mode to the firmware in the emulator. */
  firmwareCall(): number;
}

export interface CoreMemory {
  readonly buffer: ArrayBuffer;
}

export interface CoreExports {
  readonly memory: CoreMemory;
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
  /** Ends waiting when an enabled interrupt is pending. */
  settle(): void;
  /** For a debugger: core/seek.ts. */
  nextPc(): void;
  physicalOf(address: bigint): number;
  armWatches(): void;
  changedWatch(): number;
  seek(limit: number): number;
}

/** Supplied by the caller: `{ instantiate: (env) => new WebAssembly.Instance(module, { env }).exports }`. */
export interface CoreModule {
  instantiate(imports: CoreImports): CoreExports;
}
