// docs/extending.md: each of its diffs applies to a fresh copy of the sources, is as small as the text
// says, builds, and does what the commands below it show. Needs git and the guests' compiler.

import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandsOf, type DocumentedCommand, EXTENDING, firstMissing } from "./documents.ts";

const ROOT = resolve(".");
/** History, what others installed, what runs left behind, and what nobody builds from. */
const NOT_COPIED = [".git", "node_modules", "reports", "bench", "docs", "lint", "test"];

const folder = mkdtempSync(join(tmpdir(), "ftsim-extending-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

interface Part {
  readonly title: string;
  readonly diff: string;
  /** Files that the text shows, by name: a block of YAML whose first line is a comment with it. */
  readonly files: ReadonlyMap<string, string>;
  readonly commands: readonly DocumentedCommand[];
}

const parts = partsOf(readFileSync(EXTENDING, "utf8"));

describe("what the documentation adds", () => {
  it("is a fault, a scenario, a checker and a guest command", () => {
    expect(parts.map(({ title }) => title)).toEqual([
      "A fault",
      "A scenario",
      "A checker",
      "A command of the probe guest",
    ]);
  });

  it.each(parts)("$title: one new file, and one entry in one other", ({ diff }) => {
    const files = diff.split("diff --git ").slice(1);
    const changed = files.filter((file) => !file.includes("new file mode"));
    expect(files.length - changed.length).toBe(1);
    expect(changed.length).toBeLessThanOrEqual(1);
    for (const file of changed) {
      const lines = file.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
      const entries = lines.filter((line) => !line.startsWith("+import "));
      expect(entries.length).toBe(1);
      expect(lines.every((line) => line.startsWith("+"))).toBe(true);
    }
  });

  it.each(parts)("$title: works", { timeout: 300_000 }, ({ title, diff, files, commands }) => {
    const copy = join(folder, title.replaceAll(" ", "-"));
    copySources(copy);
    execFileSync("git", ["apply", "-"], { cwd: copy, input: diff });
    for (const [name, text] of files) writeFileSync(join(copy, name), text);
    execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: copy });
    if (diff.includes(" b/guests/")) execFileSync("sh", ["guests/build.sh"], { cwd: copy });

    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expectShown(copy, command);
    for (const [noun, name] of listed(diff))
      expect(ftsim(copy, ["list", noun]).output).toMatch(new RegExp(`^${name} `, "m"));
  });
});

function partsOf(text: string): readonly Part[] {
  const commands = commandsOf(EXTENDING);
  let line = 1;
  const found: Part[] = [];
  for (const section of text.split(/^(?=## )/m)) {
    const from = line;
    line += section.split("\n").length - 1;
    const [diff] = blocks(section, "diff");
    if (diff === undefined) continue;
    const files = blocks(section, "yaml").map(
      (yaml) => [/^# (\S+)/.exec(yaml)?.[1] ?? "", yaml] as const,
    );
    found.push({
      title: /^## (.*)/.exec(section)?.[1] ?? "",
      diff,
      files: new Map(files),
      commands: commands.filter((command) => command.line >= from && command.line < line),
    });
  }
  return found;
}

function blocks(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...text.matchAll(fence)].map(([, body]) => body ?? "");
}

function copySources(to: string): void {
  for (const name of readdirSync(ROOT))
    if (!NOT_COPIED.includes(name)) cpSync(join(ROOT, name), join(to, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"));
}

function expectShown(cwd: string, { args, exit, shown }: DocumentedCommand): void {
  const { status, output } = ftsim(cwd, args);
  expect(status, output.slice(-2_000)).toBe(exit);
  expect(firstMissing(output, shown), output).toBeUndefined();
}

/** What `ftsim list` must know after it: ["faults", "congestion"]. */
function listed(diff: string): readonly (readonly [string, string])[] {
  const [, folderName, file] = /\+\+\+ b\/(\S+)\/(\S+)\.\w+\n@@ -0,0/.exec(diff) ?? [];
  if (folderName === undefined || file === undefined) return [];
  const nouns = new Map([
    ["src/faults/kinds", "faults"],
    ["scenarios", "scenarios"],
    ["src/checkers", "checkers"],
  ]);
  const noun = nouns.get(folderName);
  return noun === undefined ? [] : [[noun, file]];
}

function ftsim(cwd: string, args: readonly string[]): { status: number | null; output: string } {
  const options = { cwd, encoding: "utf8", maxBuffer: 64 * 1_048_576 } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(cwd, "bin/ftsim.js"), ...args],
    options,
  );
  return { status, output: stdout + stderr };
}
