// One WebAssembly instance and one page pool that all machines of a world share (design D5).

import type { MachineConfig } from "./config.ts";
import type { CoreModule } from "./core-api.ts";
import { CoreHost } from "./core-host.ts";
import { Machine } from "./machine.ts";
import type { MachineSnapshot } from "./snapshot.ts";

export type { Firmware, MachineConfig, VmRules } from "./config.ts";
export type { CoreExports, CoreImports, CoreModule } from "./core-api.ts";
export { PoolExhausted } from "./core-host.ts";
export type { MachineSnapshot } from "./snapshot.ts";

export interface VmRuntimeOptions {
  /** The most 4 KiB pages the pool may hold; 786,432 (3 GiB) unless told. */
  readonly maxPages?: number;
}

export class VmRuntime {
  readonly #host: CoreHost;

  constructor(module: CoreModule, options: VmRuntimeOptions = {}) {
    this.#host = new CoreHost(module, options.maxPages);
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
