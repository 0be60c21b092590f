// Every command of the documentation does what the documentation says: its exit code, and the lines of
// its output that are quoted there.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandsOf, commandsOutside, documents, firstMissing } from "./documents.ts";

// Commands write reports/ and read files of the documentation: they run beside a copy of those.
const folder = mkdtempSync(join(tmpdir(), "ftsim-docs-"));
cpSync("docs", join(folder, "docs"), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = documents().flatMap(commandsOf);

describe("the documentation", () => {
  it("has commands", () => {
    expect(commands.length).toBeGreaterThan(15);
  });

  it("has them where they are run", () => {
    expect(documents().flatMap(commandsOutside)).toEqual([]);
  });

  for (const { file, line, args, exit, shown } of commands)
    it(`${file}:${line} ftsim ${args.join(" ")}`, { timeout: 60_000 }, async () => {
      const { status, output } = await ftsim(args);
      expect(status, output.slice(-2_000)).toBe(exit);
      expect(firstMissing(output, shown), output).toBeUndefined();
    });
});

function ftsim(args: readonly string[]): Promise<{ status: number; output: string }> {
  const binary = resolve("bin/ftsim.js");
  return new Promise((done) => {
    const options = { cwd: folder, maxBuffer: 64 * 1_048_576 };
    execFile(process.execPath, [binary, ...args], options, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
