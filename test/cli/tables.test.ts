// `ftsim tables` and `--sweep-param` as a person meets them. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-tables-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8" });
}

describe("ftsim tables", () => {
  it("measures a table, says its costs first, and exits by what holds", {
    timeout: 120_000,
  }, () => {
    const { status, stdout, stderr } = ftsim("tables", "3", "--seeds", "1");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Costs, declared once/);
    expect(stdout.indexOf("FITTED ON")).toBeLessThan(stdout.indexOf("TAB-3"));
    expect(stdout).toMatch(/1000 Hz \(RHEL5\) +1\.\d\d +1\.43 +0\.\d\d/);
    expect(stdout).toMatch(/holds {10}increasing: /);
    expect(stdout.split("\n").filter((line) => line.length > 110)).toEqual([]);
    expect(status).toBe(0);
    const page = readFileSync(join(folder, "reports", "tables-3", "report.html"), "utf8");
    expect(page).toContain("<svg");
    expect(page).not.toContain("<script");
    expect(existsSync(join(folder, "reports", "tables-3", "tables.json"))).toBe(true);
  });

  it("says the same in every thread, as one document", { timeout: 120_000 }, () => {
    const args = ["tables", "TAB-3", "--seeds", "2", "--no-report", "--json"];
    const one = ftsim(...args, "--workers", "1");
    const two = ftsim(...args, "--workers", "2");
    expect(two.stdout).toBe(one.stdout);
    const { tables, seeds } = JSON.parse(one.stdout) as {
      readonly tables: readonly { readonly number: number; readonly problems: unknown[] }[];
      readonly seeds: readonly string[];
    };
    expect(tables).toMatchObject([{ number: 3, problems: [] }]);
    expect(seeds).toEqual(["1", "2"]);
  });

  it.each([
    [["tables", "99"], /no table 99; expected 1 to 8/],
    [["tables", "first"], /no table first/],
    [["tables", "3", "--seeds", "0"], /--seeds 0: expected a number from 1 to 100/],
    [["tables", "3", "--workers", "many"], /--workers many: expected a number/],
    [["run", "counter", "--sweep-param", "log-link.rtt"], /expected e\.g\. log-link\.rtt=/],
    [["run", "counter", "--sweep-param", "log-link.rtt=9ms..1ms"], /lesser value first/],
    [["run", "counter", "--sweep-param", "nothing=1..2"], /unknown key nothing/],
    [["run", "counter", "--sweep-param", "log-link.rtt=1ms..2ms", "--steps", "x"], /--steps x/],
    [["run", "counter", "--sweep-param", "log-link.rtt=1..2"], /rtt/],
  ])("%j is refused in one line", (args, words) => {
    const { status, stdout, stderr } = ftsim(...args);
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(status).toBe(64);
  });
});

describe("ftsim run --sweep-param", () => {
  it("measures a scenario at every value", { timeout: 120_000 }, () => {
    const sweep = "log-link.rtt=1ms..100ms";
    const set = ["--set", "workload.for=800ms", "--set", "workload.rate=50/s"];
    const over = ["--sweep-param", sweep, "--steps", "3"];
    const { status, stdout } = ftsim("run", "all-is-well", "--seed", "1", ...set, ...over);
    expect(status, stdout).toBe(0);
    const medians = [...stdout.matchAll(/^ {2}(1ms|10ms|100ms) +(\d+\.\d+)/gm)];
    expect(medians.map(([, value]) => value)).toEqual(["1ms", "10ms", "100ms"]);
    const [near = 0, , far = 0] = medians.map(([, , median]) => Number(median));
    // An answer waits for the log's round trip.
    expect(far - near).toBeGreaterThan(90);
    expect(stdout).toContain(`--sweep-param ${sweep} --steps 3`);
    const page = join(folder, "reports", "all-is-well-over-log-link.rtt", "report.html");
    expect(readFileSync(page, "utf8")).toContain("<svg");
  });
});
