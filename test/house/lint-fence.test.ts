// Fence 2 of determinism: the linter. Every line of the hazards must be flagged by the rule that it
// names, no line of the controls by any: a linter that was upgraded and matches nothing fails here.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "./house.ts";

const FIXTURES = join(ROOT, "test", "lint-fixtures");

interface Report {
  readonly number_of_files: number;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

let copy = "";
let report: Report;

/** The fixtures stand where the rules of the simulated zone apply, under our own configuration. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "ftsim-lint-"));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  cpSync(join(ROOT, "lint"), join(copy, "lint"), { recursive: true });
  cpSync(join(ROOT, ".oxlintrc.json"), join(copy, ".oxlintrc.json"));
  mkdirSync(join(copy, "src", "sim"), { recursive: true });
  for (const file of ["hazards.ts", "controls.ts"])
    cpSync(join(FIXTURES, file), join(copy, "src", "sim", file));
  const options = { ...compilerOptions(), lib: ["ES2023", "DOM"], types: ["node"], noEmit: true };
  writeFileSync(
    join(copy, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["src"] }),
  );
  const oxlint = join(ROOT, "node_modules", ".bin", "oxlint");
  const { stdout, stderr } = spawnSync(oxlint, ["--type-aware", "-f", "json", "src"], {
    cwd: copy,
    encoding: "utf8",
  });
  try {
    report = JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`oxlint printed no report:\n${stdout}\n${stderr}`);
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function compilerOptions(): object {
  const { compilerOptions: options } = JSON.parse(
    readFileSync(join(ROOT, "tsconfig.base.json"), "utf8"),
  ) as { readonly compilerOptions: object };
  return { ...options, composite: false, declarationMap: false, isolatedDeclarations: false };
}

/** Line number to the names of the rules that flagged it: "ftsim(safe-math)" is "safe-math". */
function flagged(file: string): ReadonlyMap<number, ReadonlySet<string>> {
  const lines = new Map<number, Set<string>>();
  for (const { code, filename, labels } of report.diagnostics) {
    if (!filename.endsWith(file)) continue;
    const line = labels[0]?.span.line ?? 0;
    const rule = /\(([^)]+)\)/.exec(code)?.[1] ?? code;
    lines.set(line, (lines.get(line) ?? new Set()).add(rule));
  }
  return lines;
}

describe("the linter", () => {
  it("looked at both fixtures", () => {
    expect(report.number_of_files).toBe(2);
  });

  it("flags every line of the hazards, by the rule that the line names", () => {
    const lines = readFileSync(join(FIXTURES, "hazards.ts"), "utf8").split("\n");
    const found = flagged("hazards.ts");
    const missed: string[] = [];
    let looked = 0;
    for (const [index, text] of lines.entries()) {
      const rule = /^(?!\/\/).*\/\/ ([a-z-]+)$/.exec(text)?.[1];
      if (rule === undefined) {
        expect(text === "" || text.startsWith("//"), `line ${index + 1} names no rule`).toBe(true);
        continue;
      }
      looked += 1;
      if (found.get(index + 1)?.has(rule) !== true)
        missed.push(`${text}   [${[...(found.get(index + 1) ?? [])].join()}]`);
    }
    process.stdout.write(`lint: ${looked} hazards, ${looked - missed.length} flagged\n`);
    expect(missed).toEqual([]);
    expect(looked).toBeGreaterThanOrEqual(45);
    expect([...found.keys()].every((line) => line > 1 && line <= looked + 1)).toBe(true);
  });

  it("flags no line of the controls", () => {
    expect([...flagged("controls.ts")].map(([line, rules]) => [line, ...rules])).toEqual([]);
  });

  it("applies the same rules to every folder of the simulated zone and not to the command line", () => {
    const { overrides } = JSON.parse(readFileSync(join(ROOT, ".oxlintrc.json"), "utf8")) as {
      readonly overrides: readonly { readonly files: readonly string[] }[];
    };
    const zone = /\{(.*)\}/.exec(overrides[0]?.files[0] ?? "")?.[1]?.split(",") ?? [];
    const map = JSON.parse(
      readFileSync(join(ROOT, "scripts", "import-map.json"), "utf8"),
    ) as object;
    expect([...zone, "api", "app", "cli", "page", "picture"].sort()).toEqual(
      Object.keys(map).sort(),
    );
  });
});
