// The whole build: the WebAssembly core, the TypeScript projects, the schema, the page's script.
//
// A step whose inputs are the ones of its last success is left out: `npx ftsim` in a checkout runs
// `prepare` before its first command, and nobody should wait for a build that changes nothing.
// `npm run build -- --force` takes every step; so does a build after `rm -rf dist`.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const everywhere = ["package-lock.json", "scripts/build.mjs"];
const typescript = ["src", "tsconfig.json", "tsconfig.base.json"];
const steps = [
  {
    command: ["src/vm/build-core.mjs"],
    inputs: ["src/vm/core", "src/vm/layout.ts", "src/vm/build-core.mjs"],
  },
  {
    command: ["node_modules/typescript/bin/tsc", "-b", "src/cli", "src/api", "src/page", "src/app"],
    inputs: typescript,
  },
  {
    command: ["scripts/bundle-program.mjs"],
    inputs: [...typescript, "scripts/bundle-program.mjs"],
  },
  { command: ["scripts/write-schema.mjs"], inputs: [...typescript, "scripts/write-schema.mjs"] },
  { command: ["scripts/bundle-page.mjs"], inputs: [...typescript, "scripts/bundle-page.mjs"] },
];
/** Of src/page/main.ts and all that it imports. */
const BUNDLE = join("dist", "page", "page.js");
const isForced = process.argv.includes("--force");

for (const { command, inputs } of steps) {
  const [script, ...args] = command;
  const stamp = `dist/.built/${script.replaceAll("/", "-")}`;
  const digest = digestOf([...everywhere, ...inputs]);
  if (!isForced && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) continue;
  const started = performance.now();
  execFileSync(process.execPath, [script, ...args], { stdio: "inherit" });
  mkdirSync("dist/.built", { recursive: true });
  writeFileSync(stamp, digest);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`build: ${command.at(-1)} ${seconds} s`);
}

removeLeftOvers();

/** What the compiler once made of a source that is gone would go into the package. */
function removeLeftOvers() {
  const folders = readdirSync("src").filter((name) => existsSync(join("dist", name)));
  for (const file of folders.flatMap((name) => filesUnder(join("dist", name)))) {
    const made = /^dist.(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(file);
    if (made === null || file === BUNDLE) continue;
    if (!existsSync(join("src", `${made[1]}.ts`))) rmSync(file);
  }
}

/** One digest of the names and bytes of every file at and under these paths. */
function digestOf(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesUnder)) {
    const bytes = readFileSync(file);
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  if (!existsSync(path)) throw new Error(`build: ${path} is missing`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}
