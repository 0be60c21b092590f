// The whole build: the WebAssembly core, the TypeScript projects, the page's script.

import { execFileSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";

const steps = [
  ["node", ["src/vm/build-core.mjs"]],
  ["node", ["node_modules/typescript/bin/tsc", "-b", "src/cli", "src/page"]],
  ["node", ["scripts/bundle-page.mjs"]],
];

for (const [command, args] of steps) {
  if (!existsSync(args[0])) throw new Error(`build: ${args[0]} is missing`);
  const started = performance.now();
  execFileSync(command, args, { stdio: "inherit" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`build: ${args.at(-1)} ${seconds} s`);
}

linkOwnCommand();

/** `npx ftsim` in a checkout finds the command at once, instead of installing the package to itself. */
function linkOwnCommand() {
  const link = "node_modules/.bin/ftsim";
  if (process.platform === "win32" || !existsSync("node_modules/.bin")) return;
  rmSync(link, { force: true });
  symlinkSync("../../bin/ftsim.js", link);
}
