// One WebAssembly instance and one page pool that all machines of a world share (design D5).

import type { MachineConfig } from "./config.ts";
import type { CoreModule } from "./core-api.ts";
import { CoreHost } from "./core-host.ts";
import type { JitOptions, JitStatistics } from "./jit/compiler.ts";
import { Machine } from "./machine.ts";
import type { MachineSnapshot } from "./snapshot.ts";

export type { MachineConfig, VmRules } from "./config.ts";
export type { JitOptions } from "./jit/compiler.ts";
export type { CoreExports, CoreImports, CoreModule, RegionImports, Regions } from "./core-api.ts";
export { PoolExhausted } from "./core-host.ts";
export type { MachineSnapshot } from "./snapshot.ts";

export interface VmRuntimeOptions {
  /** The most 4 KiB pages the pool may hold; 786,432 (3 GiB) unless told. */
  readonly maxPages?: number;
  /** When to compile guest code; false: never. What a run does is the same, how long it takes is not. */
  readonly jit?: JitOptions | false;
}

/**
 * Measured (bench/run.mjs, bench/vm.mjs): the short slices of a pair in lock step are better
 * interpreted, and code that was seen for longer is compiled better.
 */
const DEFAULT_JIT: JitOptions = { threshold: 20_000, seed: 0, shortestRun: 50_000 };

export class VmRuntime {
  readonly #host: CoreHost;

  constructor(module: CoreModule, options: VmRuntimeOptions = {}) {
    const { jit = DEFAULT_JIT, maxPages } = options;
    this.#host = new CoreHost(module, maxPages, jit === false ? undefined : jit);
  }

  /** What was compiled so far; undefined without a second tier. */
  get jitStatistics(): JitStatistics | undefined {
    return this.#host.jit?.statistics;
  }

  createMachine(config: MachineConfig): Machine {
    return Machine.create(this.#host, config);
  }

  machineFrom(snapshot: MachineSnapshot): Machine {
    return Machine.from(this.#host, snapshot);
  }

  /** Pages of 4 KiB held by live machines and snapshots. */
  get pagesInUse(): number {
    return this.#host.exports.pagesInUse();
  }

  /** Pages of 4 KiB that the pool has room for without growing. */
  get pagesTotal(): number {
    return this.#host.exports.pagesTotal();
  }
}
