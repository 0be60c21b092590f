// The house's rules, each over every file that it applies to and each over a sample that breaks it.
// How much was looked at is printed, and a rule that looked at nothing fails.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importMap, pathsOf, readSource, ROOT, type Source } from "./house.ts";
import { BLOB_BYTES_MAX, FILE_LINES_MAX, FUNCTION_LINES_MAX, RULES } from "./rules.ts";

/** Made by a build. */
const SOURCES: readonly Source[] = pathsOf("")
  .filter((path) => !/\.(tsbuildinfo|tgz)$/.test(path))
  .map(readSource);

function sample(path: string, text: string): Source {
  return { path, text, bytes: text.length };
}

const long = (lines: number): string => "  work();\n".repeat(lines);
/** For each rule a clean sample and bad ones; pieced together so that the rules do not find them. */
const SAMPLES: ReadonlyMap<string, readonly [Source, readonly Source[]]> = new Map([
  [
    "nothing is left for later",
    [
      sample("src/a.ts", "// A method to do it.\n"),
      [
        sample("src/a.ts", `x; // ${"TO" + "DO"}: y\n`),
        sample("docs/a.md", `# A\n${"FIX" + "ME"}\n`),
      ],
    ],
  ],
  [
    "every test runs, or says why not",
    [
      sample("a.test.ts", "it.skipIf(noTool)('x', f); it.each(a)('x', f); it.fails('x', f)\n"),
      [
        sample("a.test.ts", `${"it" + ".on" + "ly"}('x', f)\n`),
        sample("a.test.ts", `${"describe" + ".sk" + "ip"}('x', f)\n`),
        sample("a.test.ts", `${"it" + ".each" + ".sk" + "ip"}('x', f)\n`),
      ],
    ],
  ],
  [
    "no package registry is named",
    [
      sample("a.json", '{ "registry": "faults", "npm": "ci" }\n'),
      [
        sample("a.json", `"https://${"registry" + ".example"}.org/x"\n`),
        sample("a.md", `https://www.${"npm" + "js.com"}/\n`),
      ],
    ],
  ],
  [
    "file names are kebab-case",
    [
      sample("docs/adr/0001-protocol-interface.md", ""),
      [sample("src/ft/vmFt.ts", ""), sample("src/Kernel.ts", ""), sample("src/a_b/c.ts", "")],
    ],
  ],
  [
    "files are short",
    [
      sample("a.ts", "\n".repeat(FILE_LINES_MAX)),
      [sample("a.ts", "\n".repeat(FILE_LINES_MAX + 1))],
    ],
  ],
  [
    "functions are short",
    [
      sample("src/a.ts", `function f(): void {\n${long(FUNCTION_LINES_MAX)}\n  // why\n}\n`),
      [
        sample("src/a.ts", `export function f(): void {\n${long(FUNCTION_LINES_MAX + 1)}}\n`),
        sample("src/a.ts", `class A {\n  #f(): void {\n${long(FUNCTION_LINES_MAX + 1)}  }\n}\n`),
      ],
    ],
  ],
  [
    "a file says first what it is",
    [sample("src/a.ts", "// What it is.\n"), [sample("src/a.ts", 'import "./b.ts";\n')]],
  ],
  [
    "a document has one title, and it comes first",
    [
      sample("a.md", "# A\n\n## B\n```\n# a comment\n```\n"),
      [sample("a.md", "## A\n"), sample("a.md", "# A\n# B\n"), sample("a.md", "text\n# A\n")],
    ],
  ],
  [
    "no barrels: the file that owns a thing is imported",
    [
      sample("src/a.ts", 'export const b = 1;\nexport { a } from "./a.ts";\n'),
      [
        sample("src/a.ts", 'export const b = 1;\nexport * from "./b.ts";\n'),
        sample("src/a.ts", 'export { b } from "./b.ts";\n'),
        sample("src/a.ts", 'export type { B } from "./b.ts";\n'),
      ],
    ],
  ],
  [
    "no default exports",
    [
      sample("src/a.ts", "export const fallback = 1;\n"),
      [sample("src/a.ts", "export default 1;\n"), sample("src/a.ts", "export { a as default };\n")],
    ],
  ],
  [
    "no large files",
    [
      { path: "a.png", text: "", bytes: BLOB_BYTES_MAX },
      [{ path: "a.png", text: "", bytes: BLOB_BYTES_MAX + 1 }],
    ],
  ],
]);

describe.each(RULES.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  it("everywhere", () => {
    const looked = SOURCES.filter(({ path }) => rule.applies(path));
    const problems = looked.flatMap((source) =>
      rule.problems(source).map((problem) => `${source.path}: ${problem}`),
    );
    process.stdout.write(`tidy: ${looked.length} files, ${name}\n`);
    expect(problems).toEqual([]);
    expect(looked.length).toBeGreaterThan(0);
  });

  it("is a rule that can fail", () => {
    const [clean, bad] = SAMPLES.get(name) ?? [undefined, []];
    expect(clean && rule.applies(clean.path) && rule.problems(clean)).toEqual([]);
    expect(bad.length).toBeGreaterThan(0);
    for (const source of bad) {
      expect(rule.applies(source.path), source.path).toBe(true);
      expect(rule.problems(source), source.text.slice(0, 60)).not.toEqual([]);
    }
  });
});

/** The table of ARCHITECTURE.md: "| `ft` | base, vm, net | ... |". */
function drawnMap(text: string): ReadonlyMap<string, readonly string[]> {
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)];
  return new Map(
    rows.map(([, folder = "", list = ""]) => [
      folder,
      list.trim() === "nothing" ? [] : list.split(",").map((name) => name.trim()),
    ]),
  );
}

describe("the map of imports", () => {
  it("in ARCHITECTURE.md is the one that the compiler is given", () => {
    const drawn = drawnMap(readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8"));
    expect([...drawn]).toEqual([...importMap()]);
  });

  it("is read out of a table that can be wrong", () => {
    expect([...drawnMap("| `a` | nothing | x |\n| `b` | a, c | y |\n")]).toEqual([
      ["a", []],
      ["b", ["a", "c"]],
    ]);
  });
});

describe("the platform", () => {
  it("is Node 20 or newer, here and in package.json", () => {
    expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(20);
    const { engines, dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
    expect(engines!["node"]).toMatch(/^>=\s*20\b/);
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.length).toBeGreaterThan(0);
    for (const [name, version] of versions) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
