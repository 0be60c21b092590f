// `ftsim vm`, and what a person is told where the Debian guests were never built: the built command
// line in a folder of its own, with a cache of its own that is empty. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-vm-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "bin", "ftsim.js"), ...args],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
    },
  );
  return { status, stdout, stderr };
}

function expectUsageError(args: readonly string[], words: RegExp): void {
  const { status, stdout, stderr } = ftsim(...args);
  expect(stderr).toMatch(words);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect([status, stdout]).toEqual([64, ""]);
}

describe("ftsim vm", () => {
  it("boots a guest with its console on the terminal, twice the same, and keeps nothing of it", () => {
    const [one, two] = [ftsim("vm", "boot", "--guest", "kv"), ftsim("vm", "boot", "--guest", "kv")];
    expect(one.status).toBe(0);
    expect(one.stdout).toMatch(
      /kv ready\nready kv at step [\d,]+, 0\.\d{3} s of its time, state [0-9a-f]{16}\n$/,
    );
    expect(two.stdout).toBe(one.stdout);
    expect(existsSync(join(folder, "cache"))).toBe(false);
    const quiet = ftsim("vm", "boot", "--guest", "kv", "--quiet").stdout;
    expect(quiet).toBe(one.stdout.slice(one.stdout.lastIndexOf("ready kv")));
  });

  it("stops at a step, or after so much of the guest's time", () => {
    const early = ftsim("vm", "boot", "--guest", "kv", "--limit", "1_000");
    expect(early.stdout).toMatch(/^not ready at step 1,000, state [0-9a-f]{16}\n$/);
    const steps = ftsim("vm", "run", "--guest", "kv", "--limit", "1000").stdout;
    const ready = ftsim("vm", "boot", "--guest", "kv", "--quiet").stdout;
    const stepOf = (text: string): number =>
      Number(/at step ([\d,]+)/.exec(text)?.[1]?.replaceAll(",", ""));
    expect(stepOf(steps) - stepOf(ready)).toBe(1_000);
    expect(ftsim("vm", "run", "--guest", "kv", "--for", "2s").stdout).toMatch(
      /, 2\.\d{3} s of its/,
    );
  });

  it("does the same on either tier", () => {
    const arms = ["interpreter", "jit"].map((tier) =>
      ftsim("vm", "boot", "--guest", "kv", "--tier", tier),
    );
    expect(arms[0]?.stdout).toMatch(/ready kv at step/);
    expect(arms[1]?.stdout).toBe(arms[0]?.stdout);
    expectUsageError(
      ["vm", "boot", "--guest", "kv", "--tier", "x"],
      /--tier x: expected interpreter/,
    );
  });

  it("puts a machine into a file and goes on from there as if it never had been", () => {
    const saved = ftsim("vm", "snapshot", "--guest", "kv", "--for", "1s", "--out", "kv.vm");
    expect(saved.stdout).toMatch(/^kv\.vm: [\d,]+ bytes, kv at step /);
    const resumed = ftsim("vm", "run", "--from", "kv.vm", "--limit", "50000").stdout;
    const again = ftsim("vm", "run", "--from", "kv.vm", "--limit", "50000").stdout;
    expect(again).toBe(resumed);
    expect(resumed).toMatch(/^stopped kv at step /);
  });

  it("refuses what it cannot use in one line", () => {
    expectUsageError(
      ["vm", "boot"],
      /--guest NAME is missing; expected one of cpu, kv, oltp, probe/,
    );
    expectUsageError(["vm", "boot", "--guest", "kb"], /no guest kb \(did you mean kv\?\)/);
    expectUsageError(
      ["vm", "run", "--guest", "kv", "--limit", "x"],
      /--limit x: expected a number/,
    );
    expectUsageError(["vm", "run", "--guest", "kv", "--for", "x"], /--for x: /);
    expectUsageError(["vm", "run", "--from", "none.vm"], /none\.vm: no such file/);
    expectUsageError(["vm", "run", "--from", process.execPath], /not a machine of ftsim's/);
    expectUsageError(["vm", "run", "--guest", "kv", "--from", "x"], /either --guest or --from/);
    expectUsageError(["vm", "snapshot", "--guest", "kv"], /--out FILE is missing/);
  });
});

describe("without Debian guests", () => {
  it("says in one line how to build them", () => {
    const line = /guest debian-redis: not built: build it with `npm run guests:debian`/;
    expectUsageError(["run", "redis-failover", "--seed", "1"], line);
    expectUsageError(["verify", "redis-failover", "--seed", "1"], line);
    expectUsageError(["vm", "boot", "--guest", "debian-redis"], line);
    expectUsageError(["vm", "run", "--guest", "debian-redis"], line);
  });

  it("says in one line which tool is missing for building them", () => {
    const cache = join(folder, "cache");
    const { status, stderr } = spawnSync(process.execPath, ["scripts/guests-debian.mjs"], {
      cwd: ROOT,
      encoding: "utf8",
      env: { PATH: "/nowhere", XDG_CACHE_HOME: cache },
    });
    expect(stderr).toBe("guests:debian: apt-get is not installed\n");
    expect([status, existsSync(cache)]).toEqual([64, false]);
  });

  it("lists them all the same", () => {
    expect(ftsim("list", "guests").stdout).toMatch(
      /^debian-redis +128 MiB +Debian's redis-server/m,
    );
  });
});
