// Compiles the AssemblyScript core to dist/vm/core.wasm: `node src/vm/build-core.mjs`.
// The same source and the same compiler give the same bytes.

/* oxlint-disable no-restricted-imports -- a build script: nothing of it is in the simulated zone */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const out = join(root, "dist", "vm");
mkdirSync(out, { recursive: true });

// 586 pages of 64 KiB: the fixed part (layout.ts) and a first 4 MiB of pool; it grows on demand.
const memory = ["--initialMemory", "586", "--maximumMemory", "65536"];
const optimization = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--use", "abort=", "--exportTable"];
const files = ["src/vm/core/index.ts", "--baseDir", root, "--outFile", "dist/vm/core.wasm"];
// 201: usize and i32 are one type in wasm32, which is all that this core will ever be.
const options = [...files, ...memory, ...optimization, "--disableWarning", "201"];
const { error } = await asc.main([...options, ...process.argv.slice(2)], {
  stderr: process.stderr,
});
if (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
