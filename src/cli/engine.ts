// Brings the files that the simulated zone needs but may not open: the WebAssembly core and the
// guests' ELFs.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CoreExports, CoreImports, CoreModule, Regions } from "../vm/runtime.ts";
import { VmRuntime, type VmRuntimeOptions } from "../vm/runtime.ts";
import type { GuestImage } from "../testbed/boot.ts";
import { SCRIPTED_GUESTS } from "../testbed/scripted/guests.ts";
import { BootCache } from "../testbed/run.ts";
import { openBootStore } from "./debian/boot-store.ts";
import { loadDebianGuests } from "./debian/guests.ts";
import { CORE_FILE, GUESTS_DIR } from "./paths.ts";
import { UsageError } from "./usage-error.ts";

export function createEngine(): BootCache {
  return new BootCache(createRuntime(), loadGuests(), openBootStore());
}

export function createRuntime(options: VmRuntimeOptions = {}): VmRuntime {
  return new VmRuntime(loadCore(), options);
}

function loadCore(): CoreModule {
  const module = new WebAssembly.Module(readFileSync(CORE_FILE));
  return {
    instantiate: (env: CoreImports) =>
      new WebAssembly.Instance(module, { env }).exports as CoreExports,
    compile: (bytes, env) => {
      const regions = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
      return new WebAssembly.Instance(regions, { env }).exports as Regions;
    },
  };
}

/** Every folder of guests/ with a guest.json, and what is built from Debian's packages. */
export function loadGuests(): ReadonlyMap<string, GuestImage> {
  const guests = new Map<string, GuestImage>();
  for (const folder of readdirSync(GUESTS_DIR).sort()) {
    const manifest = join(GUESTS_DIR, folder, "guest.json");
    if (existsSync(manifest)) guests.set(folder, loadGuest(folder, manifest));
  }
  for (const [name, guest] of loadDebianGuests()) guests.set(name, guest);
  for (const [name, guest] of SCRIPTED_GUESTS) guests.set(name, guest);
  return guests;
}

function loadGuest(folder: string, manifest: string): GuestImage {
  const text = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly name: string;
    readonly title: string;
    readonly elf: string;
    readonly ramBytes: number;
    readonly ready: string;
    readonly port: number;
    readonly udpPort?: number;
  };
  const file = join(GUESTS_DIR, folder, text.elf);
  if (!existsSync(file)) throw new UsageError(`${file}: missing; build it with guests/build.sh`);
  const { name, title, ramBytes, ready, port, udpPort } = text;
  const elf = new Uint8Array(readFileSync(file));
  const datagrams = udpPort === undefined ? {} : { udpPort };
  return { name, title, ramBytes, ready, port, ...datagrams, program: { kind: "elf", elf } };
}
