// Makes dist/site: a static page that runs the engine in a Web Worker. Any file server will do. What
// it fetches is its own: two scripts, a style sheet, the core, the guests, and the scenarios' texts.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "dist", "site");

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "guests"), { recursive: true });
await build({
  entryPoints: {
    app: join(root, "src", "app", "main.ts"),
    worker: join(root, "src", "app", "worker.ts"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
});
copyFileSync(join(root, "src", "app", "index.html"), join(out, "index.html"));
// One palette for reports and for the page.
const { ROOT_STYLE } = await import(
  pathToFileURL(join(root, "dist", "report", "html-style.js")).href
);
writeFileSync(
  join(out, "app.css"),
  `${ROOT_STYLE}\n${readFileSync(join(root, "src", "app", "app.css"), "utf8")}`,
);
copyFileSync(join(root, "dist", "vm", "core.wasm"), join(out, "core.wasm"));
const { SCRIPTED_GUESTS } = await import(
  pathToFileURL(join(root, "dist", "testbed", "scripted", "guests.js")).href
);
const carried = guests();
writeFileSync(
  join(out, "catalogue.json"),
  JSON.stringify({
    version: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
    scenarios: scenarios(carried),
    guests: carried,
  }),
);

/** Those whose guest the page has: what is built from another system's packages stays at home. */
function scenarios(carried) {
  const here = new Set([
    ...SCRIPTED_GUESTS.keys(),
    ...carried.map(({ manifest }) => manifest.name),
  ]);
  const folder = join(root, "scenarios");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => ({
      name: file.slice(0, -".yaml".length),
      text: readFileSync(join(folder, file), "utf8"),
    }))
    .filter(({ text }) => here.has(/^guest: *(\S+)/m.exec(text)?.[1] ?? "kv"));
}

/** As the command line finds them: every folder with a guest.json. */
function guests() {
  const folder = join(root, "guests");
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, "guest.json")))
    .map((name) => {
      const manifest = JSON.parse(readFileSync(join(folder, name, "guest.json"), "utf8"));
      copyFileSync(join(folder, name, manifest.elf), join(out, "guests", `${name}.elf`));
      return { file: `guests/${name}.elf`, manifest };
    });
}
