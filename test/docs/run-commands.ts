// Every command of the documentation does what the documentation says: its exit code, and the lines of
// its output that are quoted there. The documents are dealt out to several files of tests, since a
// document's commands build on one another and are run one after the other.

import { type ChildProcess, fork } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandsOf, commandsOutside, documents, firstMissing } from "./documents.ts";

const PATIENCE = 120_000;

/** The `hand`-th of `hands` equal shares, from 0. */
export function describeCommands(hand: number, hands: number): void {
  const own = dealt(hands)[hand] ?? [];
  // Commands write reports/ and read files of the documentation: they run beside a copy of those.
  const folder = mkdtempSync(join(tmpdir(), "ftsim-docs-"));
  cpSync("docs", join(folder, "docs"), { recursive: true });
  const shell = fork(resolve("test/docs/shell.mjs"), [], { cwd: folder });
  afterAll(async () => {
    shell.disconnect();
    await once(shell, "exit");
    rmSync(folder, { recursive: true, force: true });
  });
  const commands = own.flatMap(commandsOf);

  describe("the documentation", () => {
    it("has commands", () => {
      expect(commands.length).toBeGreaterThan(15);
    });

    it("has them where they are run", () => {
      expect(own.flatMap(commandsOutside)).toEqual([]);
    });

    for (const { file, line, args, exit, shown } of commands)
      it(`${file}:${line} ftsim ${args.join(" ")}`, { timeout: PATIENCE }, async () => {
        const { status, output } = await ftsim(shell, args);
        expect(status, output.slice(-2_000)).toBe(exit);
        expect(firstMissing(output, shown), output).toBeUndefined();
      });
  });
}

/** The longest first, each to whoever has the least. */
function dealt(hands: number): readonly (readonly string[])[] {
  const shares = Array.from({ length: hands }, () => ({ files: [] as string[], commands: 0 }));
  const known = documents().map((file) => ({ file, commands: commandsOf(file).length }));
  for (const { file, commands } of known.toSorted((a, b) => b.commands - a.commands)) {
    const least = Math.min(...shares.map((share) => share.commands));
    const share = shares.find((one) => one.commands === least)!;
    share.files.push(file);
    share.commands += commands;
  }
  return shares.map(({ files }) => files);
}

function ftsim(
  shell: ChildProcess,
  args: readonly string[],
): Promise<{ status: number; output: string }> {
  return new Promise((done, fail) => {
    const end = (code: number | null): void =>
      fail(new Error(`the shell ended with ${code} while it ran ${args.join(" ")}`));
    shell.once("exit", end);
    shell.once("message", (answer: { status: number; output: string }) => {
      shell.off("exit", end);
      done(answer);
    });
    shell.send(args);
  });
}
