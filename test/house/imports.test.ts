// Fence 1 of determinism and of the house: the compiler. In a temporary copy that has our compiler
// options and tiny files, every ordered pair of folders is probed with a value and a type import, and
// the compiler must accept exactly what scripts/import-map.json and its references' references allow;
// what a host offers must not exist for the compiler in the simulated zone. A reference of a reference
// passes the compiler, so the imports in our own sources are compared with the map one by one.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importMap, ROOT, sourcesOf } from "./house.ts";

const MAP = importMap();
const FOLDERS = [...MAP.keys()];
const KINDS = ["value", "type"] as const;
/** Folders that a host or a browser may show up in. */
const HOST_ZONE = new Set(["cli", "api", "picture", "page", "app"]);
const TSC = join(ROOT, "node_modules", ".bin", "tsc");

const HOST_APIS: ReadonlyMap<string, string> = new Map([
  ["timers", "export const x: unknown = setTimeout;"],
  ["microtasks", "export const x: unknown = queueMicrotask;"],
  ["process", "export const x: unknown = process;"],
  ["console", "export const x: unknown = console;"],
  ["buffer", "export const x: unknown = Buffer;"],
  ["performance", "export const x: unknown = performance;"],
  ["crypto", "export const x: unknown = crypto;"],
  ["text-encoder", "export const x: unknown = TextEncoder;"],
  ["structured-clone", "export const x: unknown = structuredClone;"],
  ["web-assembly", "export const x: unknown = WebAssembly;"],
  ["fetch", "export const x: unknown = fetch;"],
  ["document", "export const x: unknown = document;"],
  ["node-fs", 'import { readFileSync } from "node:fs";\nexport const x: unknown = readFileSync;'],
  ["node-import", 'import "node:fs";'],
]);

let copy = "";
let probes = 0;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "ftsim-imports-"));
  cpSync(join(ROOT, "tsconfig.base.json"), join(copy, "tsconfig.base.json"));
  writeFileSync(join(copy, "package.json"), '{"type":"module","private":true}');
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const folder of FOLDERS) {
    mkdirSync(join(copy, "src", folder), { recursive: true });
    cpSync(join(ROOT, "src", folder, "tsconfig.json"), join(copy, "src", folder, "tsconfig.json"));
    for (const kind of KINDS)
      writeFileSync(own(folder, kind), `export const ${kind}: string = "${folder}";\n`);
  }
  const references = FOLDERS.map((folder) => ({ path: `src/${folder}` }));
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ files: [], references }));
  const built = spawnSync(TSC, ["-b"], { cwd: copy, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the clean copy does not build:\n${built.stdout}`);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
  process.stdout.write(`imports: ${probes} probes in ${FOLDERS.length} folders\n`);
});

function own(folder: string, kind: string): string {
  return join(copy, "src", folder, `own-${kind}.ts`);
}

/** The compiler's complaints about one folder of the copy, with these files in it. */
function complaintsWith(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  const path = (name: string): string => join(copy, "src", folder, name);
  for (const [name, text] of files) writeFileSync(path(name), text);
  probes += files.size;
  // In the same build mode that the project uses; the folders it refers to are built already.
  const { stdout, status } = spawnSync(TSC, ["-b", `src/${folder}`], {
    cwd: copy,
    encoding: "utf8",
  });
  for (const name of files.keys()) rmSync(path(name));
  const lines = stdout.split("\n").filter((line) => /error TS\d+/.test(line));
  expect(status === 0, `${folder}: exit code and complaints agree`).toBe(lines.length === 0);
  // TS6307 and TS6059 name the imported file; other errors stand in the probe itself.
  return stdout.split(/\n(?=\S)/);
}

function importProbes(from: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const to of FOLDERS)
    if (to !== from)
      for (const kind of KINDS)
        files.set(
          `probe-${to}-${kind}.ts`,
          kind === "value"
            ? `import { value } from "../${to}/own-value.ts";\nexport const probe: string = value;\n`
            : `import type { type as it } from "../${to}/own-type.ts";\nexport type Probe = typeof it;\n`,
        );
  return files;
}

describe("the compiler", () => {
  it.each(FOLDERS)("lets %s import exactly what the map says", (from) => {
    const complaints = complaintsWith(from, importProbes(from)).join("\n");
    const accepted = FOLDERS.filter((to) => to !== from).map((to) => [
      to,
      ...KINDS.map(
        (kind) => !new RegExp(`\\b(src/|\\.\\./)${to}/own-${kind}\\.ts`).test(complaints),
      ),
    ]);
    const expected = FOLDERS.filter((to) => to !== from).map((to) => {
      const isAllowed = closure(from).has(to);
      return [to, isAllowed, isAllowed];
    });
    expect(accepted).toEqual(expected);
  });

  it.each(FOLDERS.filter((folder) => !HOST_ZONE.has(folder)))("knows no host in %s", (folder) => {
    const files = new Map(
      [...HOST_APIS].map(([name, text]) => [`host-${name}.ts`, `${bareImports(folder)}${text}\n`]),
    );
    const complaints = complaintsWith(folder, files).join("\n");
    const missed = [...HOST_APIS.keys()].filter((name) => !complaints.includes(`host-${name}.ts`));
    expect(missed, "host APIs that the compiler lets through").toEqual([]);
  });
});

/** What a folder's references reach: the compiler does not stop at the first step. */
function closure(from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    for (const to of MAP.get(folder) ?? [])
      if (!found.has(to)) {
        found.add(to);
        visit(to);
      }
  };
  visit(from);
  return found;
}

describe("the sources", () => {
  // The command line may look into sub-folders: it lists what is there.
  it("import what the map says, and no sub-folder of another folder", () => {
    const wrong: string[] = [];
    let looked = 0;
    for (const folder of FOLDERS)
      for (const { path, text } of sourcesOf(`src/${folder}`)) {
        if (/\.test\.ts$|\.mjs$/.test(path)) continue;
        for (const [, target] of text.matchAll(/from "(\.[^"]+)"/g)) {
          looked += 1;
          const [root, to, ...rest] = posix.join(dirname(path), target as string).split("/");
          if (root !== "src" || to === folder) continue;
          if (!MAP.get(folder)!.includes(to as string)) wrong.push(`${path} imports ${target}`);
          if (rest.length > 1 && folder !== "cli")
            wrong.push(`${path} imports ${target}, which is private to ${to}`);
        }
      }
    process.stdout.write(`imports: ${looked} in our sources\n`);
    expect(looked).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  });
});

/** Packages that a folder really imports, as type imports: their declarations must bring no host in. */
function bareImports(folder: string): string {
  const names = new Set<string>();
  for (const { path, text } of sourcesOf(`src/${folder}`))
    if (!/\.test\.ts$|\/core\/|\.mjs$/.test(path))
      for (const match of text.matchAll(/from "([a-z@][^":]*)"/g)) names.add(match[1] as string);
  return [...names].map((name) => `import type {} from "${name}";\n`).join("");
}

describe("references", () => {
  it("of every folder are what the map says", () => {
    const onDisk = readdirSync(join(ROOT, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(onDisk.sort()).toEqual([...FOLDERS].sort());
    for (const [folder, allowed] of MAP) {
      const references = referencesOf(`src/${folder}/tsconfig.json`);
      expect([folder, references.sort()]).toEqual([
        folder,
        allowed.map((name) => `../${name}`).sort(),
      ]);
    }
  });

  it("of the root and of the tests reach every folder", () => {
    const all = FOLDERS.map((folder) => `src/${folder}`).sort();
    expect(
      referencesOf("tsconfig.json")
        .filter((path) => path.startsWith("src/"))
        .sort(),
    ).toEqual(all);
    expect(referencesOf("tsconfig.test.json").sort()).toEqual(all);
  });

  it("have no cycle: the arrows point one way", () => {
    const done = new Set<string>();
    while (done.size < FOLDERS.length) {
      const next = FOLDERS.find(
        (folder) => !done.has(folder) && MAP.get(folder)!.every((to) => done.has(to)),
      );
      expect(next, `a cycle among ${FOLDERS.filter((f) => !done.has(f)).join(", ")}`).toBeDefined();
      done.add(next!);
    }
  });

  it("keep the simulator and the machine apart, and checkers away from both", () => {
    expect(MAP.get("sim")).not.toContain("vm");
    expect(MAP.get("vm")).not.toContain("sim");
    for (const reader of ["checkers", "report"])
      for (const inside of ["sim", "vm", "ft", "testbed"])
        expect(MAP.get(reader)).not.toContain(inside);
  });
});

function referencesOf(file: string): string[] {
  const { references } = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as {
    readonly references: readonly { readonly path: string }[];
  };
  return references.map(({ path }) => path);
}
