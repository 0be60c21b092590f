#!/usr/bin/env node
// The committed entry point: runs the built command line, or says in one line that it is not built.

import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("ftsim: dist/ is missing; build it with: npm run build\n");
  process.exitCode = 70;
}
