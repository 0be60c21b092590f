// Makes the report's script: src/page with Vega, Vega-Lite and vega-embed as one classic script in
// dist/page/page.js, and beside it the hash by which a page's policy allows exactly this script.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "dist", "page");

const result = await build({
  entryPoints: [join(root, "src", "page", "main.ts")],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  platform: "browser",
  target: "es2022",
  // The file must not depend on the encoding that a server or an editor guesses.
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
});
const text = result.outputFiles[0].text;

// Inside a script element these would end it, or begin what only a comment's end would end.
for (const stop of ["</script", "<!--", "\r"])
  if (text.includes(stop))
    throw new Error(
      `dist/page/page.js contains ${JSON.stringify(stop)}: it cannot stand in a page`,
    );

mkdirSync(out, { recursive: true });
writeFileSync(join(out, "page.js"), text);
const hash = `sha256-${createHash("sha256").update(text).digest("base64")}`;
writeFileSync(join(out, "page.js.sha256"), `${hash}\n`);
