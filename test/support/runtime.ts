// The WebAssembly core for tests; built by `npm run build`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CoreExports, VmRuntime } from "../../src/vm/runtime.ts";

export function loadTestRuntime(maxPages?: number): VmRuntime {
  const file = join(import.meta.dirname, "..", "..", "dist", "vm", "core.wasm");
  const module = new WebAssembly.Module(readFileSync(file));
  const instantiate = (env: object): CoreExports =>
    new WebAssembly.Instance(module, { env: { ...env } }).exports as unknown as CoreExports;
  return new VmRuntime({ instantiate }, maxPages === undefined ? {} : { maxPages });
}
