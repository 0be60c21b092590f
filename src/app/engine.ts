// The engine in a browser: what the command line reads from files comes here as bytes and texts.
// It makes no difference to a run (test/page.outside.test.ts compares the digests).

import type { GuestImage } from "../testbed/boot.ts";
import { BootCache } from "../testbed/run.ts";
import {
  type CoreExports,
  type CoreImports,
  type RegionImports,
  type Regions,
  VmRuntime,
} from "../vm/runtime.ts";

/** guests/NAME/guest.json, as far as a run needs it. */
export interface GuestText {
  readonly name: string;
  readonly title: string;
  readonly ramBytes: number;
  readonly ready: string;
  readonly port: number;
}

/** Everything beside the scripts, as scripts/bundle-site.mjs lists it. */
export interface Catalogue {
  readonly version: string;
  readonly scenarios: readonly { readonly name: string; readonly text: string }[];
  readonly guests: readonly { readonly file: string; readonly manifest: GuestText }[];
}

export function createEngine(
  core: WebAssembly.Module,
  guests: ReadonlyMap<string, GuestImage>,
): BootCache {
  const runtime = new VmRuntime({
    instantiate: (env: CoreImports) =>
      new WebAssembly.Instance(core, { env: { ...env } }).exports as unknown as CoreExports,
    compile: compileRegions,
  });
  return new BootCache(runtime, guests);
}

/** Compiles guest code that is hot (vm/jit): synchronously, which a worker may. */
function compileRegions(bytes: Uint8Array, env: RegionImports): Regions {
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  return new WebAssembly.Instance(module, {
    env: { ...env } as unknown as WebAssembly.ModuleImports,
  }).exports as unknown as Regions;
}
