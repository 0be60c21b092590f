// The WebAssembly core for tests; built by `npm run build`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CoreExports, VmRuntime } from "../../src/vm/runtime.ts";

export function loadTestRuntime(): VmRuntime {
  const file = join(import.meta.dirname, "..", "..", "dist", "vm", "core.wasm");
  const module = new WebAssembly.Module(readFileSync(file));
  return new VmRuntime({
    instantiate: (env) =>
      new WebAssembly.Instance(module, { env: { ...env } }).exports as unknown as CoreExports,
  });
}
