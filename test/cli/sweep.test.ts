// `ftsim sweep` as a person meets it: a small sweep of a real scenario, one that finds a planted bug
// and says how to see it from scratch, the same certificate for any number of workers, bad input in
// one line. Needs `npm run build`.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Certificate } from "../../src/report/sweep-certificate.ts";
import { ROOT } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");
const FLAGS = ["faults=[]", "workload.for=500ms", "recovery=100ms"].flatMap((one) => [
  "--set",
  one,
]);
const SWEEP = ["sweep", "failover", "--seed", "5", ...FLAGS, "--tail", "300ms"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-sweep-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(args: readonly string[]) {
  const { FTSIM_SEED: _, ...env } = process.env;
  return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8", env });
}

function certificateIn(name: string): Certificate {
  const text = readFileSync(join(folder, name, "certificate.json"), "utf8");
  return JSON.parse(text) as Certificate;
}

describe("ftsim sweep", () => {
  it("tries every boundary on every host, counts twice, and is the same with any number of workers", () => {
    const window = ["--window", "400ms..400700us", "--recheck", "1"];
    const one = ftsim([...SWEEP, ...window, "--jobs", "1", "--out", "one"]);
    expect(one.stdout).toMatch(/^AS EXPECTED {3}\d+ branches: \d+ valid, 0 outage/m);
    expect(one.stdout).toMatch(/from scratch {5}1 branch run again without a fork, equal digests/);
    expect(one.status).toBe(0);
    const certificate = certificateIn("one");
    const { boundaries, tried, equal, off, kinds, isCountedAlike, outcomes } = certificate;
    expect(boundaries).toBeGreaterThan(2);
    expect(tried + equal + off).toBe(boundaries * 2);
    expect(outcomes.valid).toBe(tried);
    expect(isCountedAlike).toBe(true);
    for (const { happened, recounted } of kinds) expect(recounted).toBe(happened);
    expect(readFileSync(join(folder, "one", "sweep.html"), "utf8")).toContain("<svg");
    const two = ftsim([...SWEEP, ...window, "--jobs", "2", "--out", "two"]);
    expect(two.status).toBe(0);
    expect(certificateIn("two")).toEqual(certificate);
  });

  it("finds a planted bug that the unforked run does not show, and says how to see it from scratch", () => {
    const window = ["--window", "400ms..408ms", "--nodes", "h1", "--recheck", "0"];
    const found = ftsim([...SWEEP, ...window, "--without", "reissue", "--out", "bad"]);
    expect(found.status).toBe(1);
    const certificate = certificateIn("bad");
    expect(certificate.base.verdict).toBe("valid");
    expect(certificate.unexpected).toBeGreaterThan(0);
    const { finding, command, branch } = certificate.first!;
    expect(finding).toContain("reissue");
    const words = command.replaceAll("'", "").split(" ").slice(2);
    const again = ftsim([...words, "--no-report", "--quiet"]);
    expect(again.stdout).toContain(`digest ${branch.digest}`);
    expect(again.stdout).toMatch(/^INVALID/);
    expect(again.status).toBe(1);
  });

  it("strikes with any fault, and a second time, the same for any number of workers", () => {
    const window = ["--window", "400ms..401ms", "--recheck", "3", "--sample", "1/2"];
    const strikes = ["--fault", "pause on=h1", "--fault", "loss chance=30% on=log-link"];
    const second = ["--second", "crash on=h2", "--second", "slow to=5% for=40ms on=h1"];
    const args = [...SWEEP, ...window, ...strikes, ...second];
    const one = ftsim([...args, "--jobs", "1", "--out", "pairs"]);
    expect(one.stdout).toMatch(/^AS EXPECTED {3}\d+ branches: /m);
    expect(one.stdout).toMatch(
      /from scratch {5}3 branches run again without a fork, equal digests/,
    );
    expect(one.status).toBe(0);
    const certificate = certificateIn("pairs");
    expect(certificate.drawn).toBe(1);
    expect(certificate.second!.strikes.map(({ strike }) => strike)).toEqual([
      "crash h2",
      "slow h1 to=5% for 40 ms",
    ]);
    expect(certificate.tried).toBeGreaterThan(4);
    expect(certificate.doesNotCover.join()).toContain("a third strike");
    const two = ftsim([...args, "--jobs", "2", "--out", "pairs2"]);
    expect(two.status).toBe(0);
    expect(certificateIn("pairs2")).toEqual(certificate);
  });

  it("leaves a certificate of what was done when it is interrupted", async () => {
    const args = [...SWEEP, "--window", "300ms..480ms", "--jobs", "1", "--out", "cut"];
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder });
    // Its first line on stderr comes when branches are under way.
    await new Promise((resolve) => child.stderr.once("data", resolve));
    child.kill("SIGINT");
    const status = await new Promise((resolve) => child.once("exit", resolve));
    expect(status).toBe(130);
    const { isComplete, tried, verdict } = certificateIn("cut");
    expect([isComplete, verdict]).toEqual([false, "as expected"]);
    expect(tried).toBeGreaterThan(0);
  });

  it.each([
    [["sweep", "split-brain"], /--window A\.\.B: expected/],
    [["sweep", "failover", "--window", "1s"], /--window 1s: expected A\.\.B/],
    [["sweep", "failover", "--window", "2s..1s"], /ends before it begins/],
    [["sweep", "failover", "--window", "1s..60s"], /faults strike only before/],
    [["sweep", "failover", "--window", "600ms..700ms", "--nodes", "h9"], /no host h9/],
    [
      ["sweep", "failover", "--window", "600ms..700ms", "--fault", "flood"],
      /no fault flood; expected all/,
    ],
    [["sweep", "failover", "--window", "600ms..700ms", "--fault", "pause on=h9"], /no node h9/],
    [
      ["sweep", "failover", "--window", "600ms..700ms", "--fault", "slow to=9"],
      /slow to=9: to: expected/,
    ],
    [
      ["sweep", "failover", "--window", "600ms..700ms", "--fault", "crash for=1s"],
      /crash has no end/,
    ],
    [["sweep", "failover", "--window", "600ms..700ms", "--sample", "0"], /--sample 0: expected/],
    [
      ["sweep", "failover", "--window", "600ms..700ms", "--second", "move"],
      /--second move: no spare/,
    ],
    [["sweep", "failover", "--window", "600ms..700ms", "--jobs", "0"], /--jobs 0: expected/],
    [["sweep", "failover", "--window", "600ms..700ms", "--tail", "long"], /not a duration/],
    [["sweep", "guest-panic", "--window", "600ms..700ms"], /expects another end than valid/],
    [["run", "failover", "--do", "@12~slow~h1"], /slow needs `to: 5%`/],
    [["run", "failover", "--do", "@12~slow~h1~by=5ms~to=5%"], /slow takes no `by`/],
    [["run", "failover", "--do", "@12~slow~h1~at=5ms"], /at=5ms: expected each of to, chance/],
    [["run", "failover", "--counterfactuals", "many"], /--counterfactuals many: expected/],
  ])("%j: one line, exit 64", (args, words) => {
    const { status, stdout, stderr } = ftsim(args);
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(status).toBe(64);
  });
});
