// For tests: a runtime around dist/vm/core.wasm, and machines that run a few words.

import { readFileSync } from "node:fs";
import type {
  CoreExports,
  CoreModule,
  JitOptions,
  MachineConfig,
  Regions,
} from "../../../src/vm/runtime.ts";
import { VmRuntime } from "../../../src/vm/runtime.ts";
import type { Machine } from "../../../src/vm/machine.ts";

const CORE = new WebAssembly.Module(
  readFileSync(new URL("../../../dist/vm/core.wasm", import.meta.url)),
);

export const RAM = 0x80000000;

export const CONFIG: MachineConfig = {
  ramBytes: 8 << 20,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  diskSectors: 1024,
  firmware: "none",
  rules: { bounceBuffers: true },
};

export const CORE_MODULE: CoreModule = {
  instantiate: (env) =>
    new WebAssembly.Instance(CORE, { env: { ...env } }).exports as unknown as CoreExports,
  compile: (bytes, env) => {
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    return new WebAssembly.Instance(module, {
      env: { ...env } as unknown as WebAssembly.ModuleImports,
    }).exports as unknown as Regions;
  },
};

export function newRuntime(maxPages?: number, jit?: JitOptions | false): VmRuntime {
  return new VmRuntime(CORE_MODULE, {
    ...(maxPages === undefined ? {} : { maxPages }),
    ...(jit === undefined ? {} : { jit }),
  });
}

/** A fresh machine with a program at the start of RAM, where pc points. */
export function machineWith(
  program: Uint8Array,
  runtime: VmRuntime = newRuntime(),
  config: MachineConfig = CONFIG,
): Machine {
  const machine = runtime.createMachine(config);
  machine.writeMemory(RAM, program);
  return machine;
}
