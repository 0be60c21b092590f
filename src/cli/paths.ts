// Where things lie beside the built code: the package's root, its scenarios, guests and core.

import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** dist/cli/ and dist/program/ are two levels below the package. */
export const PACKAGE_ROOT: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const BIN_FILE: string = join(PACKAGE_ROOT, "bin", "ftsim.js");
export const SCENARIOS_DIR: string = join(PACKAGE_ROOT, "scenarios");
export const LABS_DIR: string = join(PACKAGE_ROOT, "labs");
export const GUESTS_DIR: string = join(PACKAGE_ROOT, "guests");
export const CORE_FILE: string = join(PACKAGE_ROOT, "dist", "vm", "core.wasm");
export const PAGE_FILE: string = join(PACKAGE_ROOT, "dist", "page", "page.js");

/** A thread's program, by its name in scripts/bundle-program.mjs. */
export const workerFile = (name: string): URL =>
  pathToFileURL(join(PACKAGE_ROOT, "dist", "program", `${name}-worker.js`));
