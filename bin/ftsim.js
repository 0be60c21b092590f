#!/usr/bin/env node
// The committed entry point: runs the built command line, or says in one line that it is not built.

import { existsSync } from "node:fs";

const entry = new URL("../dist/program/ftsim.js", import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write("ftsim: dist/ is missing; build it with: npm run build\n");
  process.exitCode = 70;
}
