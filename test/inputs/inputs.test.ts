// Goal: whatever ftsim is given, it runs it to a verdict or refuses it in one line with exit 64.
// Method: wrong inputs drawn from right ones, some in this process and some by the real binary; many
// more with `npm run campaign:inputs`. And the judge itself is judged.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";
import { judge } from "./judge.ts";

const SCRIPT = join(ROOT, "scripts", "campaign-inputs.mjs");
const LONG = 300_000;

describe("wrong inputs", () => {
  it.each([
    ["in one process", 400, []],
    ["by the real binary", 24, ["--binary"]],
  ])(
    "are taken right %s",
    (_, count, more) => {
      const words = [SCRIPT, "--seed", "tests", "--count", String(count), ...more];
      const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
      process.stdout.write(stdout);
      expect(stdout).toMatch(
        new RegExp(`^${count} inputs: [1-9]\\d* run to a verdict, .* 0 wrong$`, "m"),
      );
      expect(status).toBe(0);
    },
    LONG,
  );
});

describe("the judge", () => {
  const answer = (exit: number, stderr: string, milliseconds = 1) => ({
    exit,
    stderr,
    milliseconds,
  });

  it("accepts a verdict and a refusal", () => {
    expect(judge(answer(1, ""))).toBe("accepted");
    expect(judge(answer(64, "ftsim: s.yaml:3:1: unknown key x\n"))).toBe("rejected");
  });

  it.each([
    ["an error of ftsim's own", answer(70, "ftsim: a bug in ftsim itself: x\n")],
    ["a stack trace", answer(64, "TypeError: x\n    at y (z.js:1:1)\n")],
    ["silence", answer(64, "")],
    ["two lines", answer(64, "ftsim: a\nb\n")],
    ["another's words", answer(64, "node: bad option\n")],
    ["a long time", answer(0, "", 2_001)],
  ])("rejects %s", (_, bad) => {
    expect(judge(bad)).toHaveProperty("wrong");
  });
});
