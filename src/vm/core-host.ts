// The one WebAssembly instance, its memory views and the question which machine is in it. Memory may
// grow at any call into the core, which detaches views (their length becomes 0): every view is taken
// through here.

import { assert } from "../base/assert.ts";
import { expandCompressed } from "./compressed.ts";
import type { CoreExports, CoreImports, CoreModule } from "./core-api.ts";
import { Jit, type JitOptions } from "./jit/compiler.ts";
import { MMIO_FAULT, RVC, RVC_UNKNOWN } from "./layout.ts";

/** The page pool has no room: release snapshots or machines, or give the runtime a larger pool. */
export class PoolExhausted extends Error {
  override readonly name: string = "PoolExhausted";
  constructor(maxPages: number) {
    super(`page pool exhausted: all ${maxPages} pages of 4 KiB are in use`);
  }
}

/** What can be in the core: a machine. */
export interface Tenant {
  /** Copies its state out of the core's fixed blocks. */
  suspend(): void;
  /** Copies its state into them. */
  resume(): void;
  mmioLoad(address: number, size: number): number;
  mmioStore(address: number, size: number): number;
  firmwareCall(): number;
}

const DEFAULT_MAX_PAGES = 786_432;
const MOST_PAGES = 1_040_000;
const HALFWORDS = 65_536;

export class CoreHost {
  readonly exports: CoreExports;
  readonly maxPages: number;
  readonly #jit: Jit | undefined;
  #active: Tenant | undefined;
  #bytes: Uint8Array;
  #words: Uint32Array;

  constructor(module: CoreModule, maxPages: number = DEFAULT_MAX_PAGES, jit?: JitOptions) {
    assert(maxPages > 0 && maxPages <= MOST_PAGES, () => `bad pool size ${maxPages}`);
    const imports: CoreImports = {
      mmioLoad: (address, size) => this.#active?.mmioLoad(address >>> 0, size) ?? MMIO_FAULT,
      mmioStore: (address, size) => this.#active?.mmioStore(address >>> 0, size) ?? MMIO_FAULT,
      firmwareCall: () => this.#active?.firmwareCall() ?? MMIO_FAULT,
      expand: expandCompressed,
      hot: (pc, host, data, fetch) => this.#jit?.hot(pc, host >>> 0, { data, fetch }),
    };
    this.exports = module.instantiate(imports);
    this.maxPages = maxPages;
    this.#active = undefined;
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#words = new Uint32Array(this.exports.memory.buffer);
    this.exports.initialize(maxPages);
    this.#words.fill(RVC_UNKNOWN, RVC >> 2, (RVC >> 2) + HALFWORDS);
    if (jit !== undefined && module.compile !== undefined)
      this.#jit = new Jit(this, module.compile, jit);
  }

  /** Of the second tier, if there is one. */
  get jit(): Jit | undefined {
    return this.#jit;
  }

  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#retake();
    return this.#bytes;
  }

  get words(): Uint32Array {
    if (this.#words.length === 0) this.#retake();
    return this.#words;
  }

  isActive(tenant: Tenant): boolean {
    return this.#active === tenant;
  }

  activate(tenant: Tenant): void {
    if (this.#active === tenant) return;
    this.#active?.suspend();
    this.#active = tenant;
    tenant.resume();
    this.exports.flushAll();
  }

  /** The tenant gave up its pages: nothing of it is to be copied out. */
  vacate(tenant: Tenant): void {
    if (this.#active === tenant) this.#active = undefined;
  }

  #retake(): void {
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#words = new Uint32Array(this.exports.memory.buffer);
  }
}
