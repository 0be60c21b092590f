// `ftsim fuzz` as a person meets it: the same results for any number of workers, killed and resumed, in
// shards and merged; a finding that is confirmed, named and repeated by what is printed; bad input in
// one line. Needs `npm run build`.

import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, SMALL } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");
const FLAGS = [...SMALL, "workload.for=500ms", "recovery=100ms"].flatMap((one) => ["--set", one]);
const SEEDS = ["--seeds", "1..9"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  const { FTSIM_SEED: _, GITHUB_ACTIONS: __, GITHUB_STEP_SUMMARY: ___, ...env } = process.env;
  return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8", env });
}

const fuzz = (...args: readonly string[]) => ftsim("fuzz", "failover", ...FLAGS, ...args);

interface Document {
  readonly seeds: number;
  readonly resultDigest: string;
  readonly exits: Readonly<Record<string, number>>;
  readonly findings: readonly {
    readonly fingerprint: string;
    readonly standing: string;
    readonly seed: string;
    readonly digest: string;
    readonly command: string;
    readonly smallest: { readonly faults: number; readonly command: string } | null;
    readonly confirmation: { readonly isConfirmed: boolean; readonly folder: string };
  }[];
}

function documentIn(out: string): Document {
  return JSON.parse(readFileSync(join(folder, out, "campaign.json"), "utf8")) as Document;
}

describe("the results of a range of seeds", () => {
  let expected = "";

  it("are all as expected, and each is that of `ftsim run`", () => {
    const { status, stdout } = fuzz(...SEEDS, "--jobs", "1", "--out", "one");
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("AS EXPECTED   all 9 seeds");
    expect(stdout).toMatch(/again {4}npx ftsim fuzz failover --seeds 1\.\.9 --set/);
    expected = documentIn("one").resultDigest;
    expect(documentIn("one").exits).toEqual({ 0: 9 });
    const run = ftsim("run", "failover", "--seed", "4", "--quiet", "--no-report", ...FLAGS);
    const digest = / digest (\S+)/.exec(run.stdout)?.[1] ?? "none";
    const lines = readFileSync(join(folder, "one", "results.jsonl"), "utf8").split("\n");
    expect(lines.filter((line) => line.includes(`"seed":"4","digest":"${digest}"`))).toHaveLength(
      1,
    );
  });

  it("are the same with another number of workers", () => {
    expect(fuzz(...SEEDS, "--jobs", "2", "--out", "two").status).toBe(0);
    expect(documentIn("two").resultDigest).toBe(expected);
  });

  it("are the same in three shards, merged", () => {
    const shards = ["1/3", "2/3", "3/3"].map((shard, index) => {
      const { status } = fuzz(...SEEDS, "--shard", shard, "--jobs", "1", "--out", `shard${index}`);
      expect(status).toBe(0);
      expect(documentIn(`shard${index}`).seeds).toBe(3);
      return `shard${index}`;
    });
    expect(ftsim("merge", ...shards, "--out", "merged").status).toBe(0);
    expect(documentIn("merged")).toMatchObject({ seeds: 9, resultDigest: expected });
  });

  it("are the same when the campaign was killed in the middle of a line, and resumed", async () => {
    await killedAfter(3);
    const before = readFileSync(join(folder, "killed", "results.jsonl"), "utf8").split("\n");
    expect(before.length).toBeLessThan(9);
    appendFileSync(join(folder, "killed", "results.jsonl"), '{"seed":"9","dig');
    const { status, stderr } = fuzz(...SEEDS, "--jobs", "1", "--out", "killed", "--resume");
    expect(status, stderr).toBe(0);
    expect(documentIn("killed")).toMatchObject({ seeds: 9, resultDigest: expected });
  });

  /** A campaign that is killed, without a word, when so many of its seeds have ended. */
  function killedAfter(seeds: number): Promise<void> {
    const words = ["fuzz", "failover", ...FLAGS, ...SEEDS, "--jobs", "1", "--out", "killed"];
    const child = spawn(process.execPath, [BIN, ...words], { cwd: folder, stdio: "ignore" });
    const file = join(folder, "killed", "results.jsonl");
    const watch = setInterval(() => {
      if (!existsSync(file)) return;
      if (readFileSync(file, "utf8").split("\n").length > seeds + 1) child.kill("SIGKILL");
    }, 10);
    return new Promise((resolve) => {
      child.on("close", () => {
        clearInterval(watch);
        resolve();
      });
    });
  }
});

describe("a finding", () => {
  it("is confirmed in a process of its own, and repeated by the line that is printed", () => {
    const broken = ["--without", "reissue", "--out", "broken", "--junit", "junit.xml"];
    const { status, stdout } = fuzz("--seeds", "1..6", ...broken);
    expect(status).toBe(1);
    const [finding] = documentIn("broken").findings;
    expect(finding?.confirmation).toMatchObject({ isConfirmed: true });
    expect(stdout).toMatch(/^FAILED {3}\d of 6 seeds/m);
    expect(stdout).toContain("the same in a process of its own");
    expect(stdout).toContain(finding?.command ?? "no command");
    const again = ftsim(...(finding?.command ?? "").split(" ").slice(2), "--quiet", "--no-report");
    expect(again.stdout).toContain(`digest ${finding?.digest ?? "none"}`);
    expect(finding?.smallest?.faults).toBe(1);
    const small = ftsim(...(finding?.smallest?.command ?? "").split(" ").slice(2), "--no-report");
    expect(small.status).toBe(1);
    expect(small.stdout).toContain(`(${(finding?.fingerprint ?? "").split(" ")[0] ?? ""})`);
    const out = finding?.confirmation.folder ?? "";
    expect(existsSync(join(folder, out, "report.html"))).toBe(true);
    expect(readFileSync(join(folder, "junit.xml"), "utf8")).toContain("<failure message=");
  });

  it("of a baseline is known, one that is not there any more is gone", () => {
    const known = readFileSync(join(folder, "broken", "failures.jsonl"), "utf8");
    const baseline = join(folder, "baseline.jsonl");
    appendFileSync(baseline, `${known}{"fingerprint":"INV-99 nothing"}\n`);
    const words = ["--without", "reissue", "--out", "again", "--baseline", baseline, "--no-shrink"];
    const { stdout } = fuzz("--seeds", "1..6", ...words);
    expect(documentIn("again").findings[0]?.standing).toBe("known");
    expect(stdout).toMatch(/gone {9}INV-99 nothing/);
  });

  it("of an earlier version is run first, and fails the campaign while it fails", () => {
    const regressions = ["--regressions", join("broken", "findings"), "--out", "replayed"];
    const { status, stdout } = fuzz("--seeds", "1..1", ...regressions);
    expect(status).toBe(1);
    expect(stdout).toMatch(/regressions {2}\d of \d reproductions? failed/);
  });

  it("beyond the budget is judged by its safety only", () => {
    const { status, stdout } = fuzz("--seeds", "1..2", "--unbounded", "--out", "unbounded");
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("--set budget=unbounded --set expect=safe");
  });
});

describe("marks that are required", () => {
  const missed = (out: string): readonly string[] =>
    (JSON.parse(readFileSync(join(folder, out, "campaign.json"), "utf8")) as Marks).marksMissed;

  it("and were never hit fail the campaign, and are named", () => {
    const { status, stdout } = fuzz("--seeds", "1..2", "--require-marks", "--out", "marks");
    expect(status).toBe(2);
    expect(stdout).toContain("INCOMPLETE   no finding in 2 seeds");
    expect(missed("marks").length).toBeGreaterThan(50);
    for (const name of missed("marks")) expect(stdout).toContain(name);
    expect(stdout).toContain(`npx ftsim explain ${missed("marks")[0] ?? "nothing"}`);
    expect(missed("marks")).not.toContain("pending-disk-io-reissued");
    expect(missed("marks")).not.toContain("whole-copy-counts-for-nothing");
  });

  it("are asked of shards when they are merged", () => {
    const merged = ftsim("merge", "marks", "--require-marks", "--out", "merged-marks");
    expect([merged.status, merged.stdout.includes("INCOMPLETE")]).toEqual([2, true]);
    expect(missed("merged-marks")).toEqual(missed("marks"));
    expect(ftsim("merge", "marks", "--out", "merged-marks").status).toBe(0);
  });

  it("are those of the protocol that runs", () => {
    const words = ["--seeds", "1..1", "--protocol", "colo", "--out", "colo"];
    expect(fuzz(...words, "--require-marks", "--quiet").stdout).toMatch(
      /^INCOMPLETE .*never hit: /,
    );
    expect(missed("colo")).not.toContain("protection-is-back");
    expect(missed("colo")).toContain("half-a-colo-state-dropped");
  });

  interface Marks {
    readonly marksMissed: readonly string[];
  }
});

describe("bad input is one line and exit 64", () => {
  it.each([
    [["--seeds", "9..1"], "--seeds 9..1: expected FIRST..LAST, e.g. 1..1000"],
    [["--protocol", "colo", "--set", "topology.hosts=3"], "protocol colo knows a pair only: "],
    [["--seeds", "1..2", "-n", "2"], "-n and --seeds: expected one of them"],
    [["-n", "0"], "-n 0: expected a whole number from 1 to 1000000000"],
    [["--shard", "4/3"], "--shard 4/3: expected e.g. 2/3, the second of three"],
    [["--time", "soon"], '--time: "soon" is not a duration: expected e.g. 150us, 20ms, 2s'],
    [["--jobs", "many"], "--jobs many: expected a whole number from 1 to 256"],
    [["--baseline", "none"], "--baseline none: no such file; expected a failures.jsonl"],
    [
      ["--regressions", "none"],
      "--regressions none: expected a folder with reproductions (*.json)",
    ],
    [["--out", "empty", "--resume"], "no such file; expected the results of an `ftsim fuzz`"],
    [["--out", "one", "--resume", "--bug", "never-announces"], "of another campaign"],
    [
      ["--out", "one", "--resume", "--seeds", "2..4"],
      "begins with seed 1: expected --seeds 1..LAST",
    ],
  ])("%j", (words, expected) => {
    const { status, stderr } = fuzz(...words);
    expect(stderr).toContain(expected);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(64);
  });

  it("an unknown scenario too", () => {
    expect(ftsim("fuzz", "nonsense").stderr).toMatch(/^ftsim: no scenario nonsense/);
  });
});

describe("ftsim shrink", () => {
  const scenario = [
    "title: One fault of many",
    "about: A crash among faults that have nothing to do with what is found.",
    "topology: { hosts: 3, client-link: { rtt: 3ms } }",
    "protocol: { heartbeat-timeout: 200ms, log-timeout: 200ms, re-protect: off }",
    "workload: { clients: 6, rate: 200/s, for: 700ms }",
    "recovery: 300ms",
    "faults:",
    "  - { at: 50ms, delay: h1-clients, by: 1ms, for: 20ms }",
    "  - { at: [80ms, 90ms], slow: backup, to: 60%, for: 50ms }",
    "  - { at: 300ms, crash: primary }",
    "  - { at: 650ms, duplicate: h2-clients, chance: 5%, for: 20ms }",
    "",
  ].join("\n");

  it("leaves the fault that is needed, and says how each run without it ends", () => {
    writeFileSync(join(folder, "many.yaml"), scenario);
    const { status, stdout } = ftsim(
      "shrink",
      "many.yaml",
      "--seed",
      "3",
      "--bug",
      "never-announces",
      "--out",
      "small",
    );
    expect(status, stdout).toBe(1);
    expect(stdout).toMatch(/faults {5}4 -> 1 \(\d+ -> 1 fired\)/);
    expect(stdout).toMatch(/crash: primary\n {6}without it: VALID {3}digest [0-9a-f]+/);
    expect(stdout).toMatch(/clients {4}6 -> 1/);
    const command = /^again {3}npx ftsim (.*)$/m.exec(stdout)?.[1] ?? "";
    const again = ftsim(...command.split(" "), "--no-report");
    expect(again.status).toBe(1);
    expect(again.stdout).toContain("mac-ownership (INV-35)");
  });

  it("has nothing to do where nothing is found, and says what it cannot read", () => {
    const { status, stdout } = ftsim("shrink", "many.yaml", "--seed", "3");
    expect(stdout).toContain("NOTHING TO SHRINK   many seed 3 shows no finding");
    expect(status).toBe(2);
    const bad = ftsim("shrink", "nonsense");
    expect(bad.stderr).toMatch(/^ftsim: no scenario nonsense/);
    expect(bad.status).toBe(64);
  });
});

describe("ftsim mutants", () => {
  it("says at which seed a planted bug was caught, and by whom", () => {
    const { status, stdout } = ftsim(
      "mutants",
      "power-off-without-entry",
      "--seeds",
      "2",
      "--document",
      "mutants.md",
    );
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/^killed {2}power-off-without-entry +power-off: 1 +power-off$/m);
    expect(readFileSync(join(folder, "mutants.md"), "utf8")).toContain(
      "| BUG-45 | power-off | 1 |",
    );
  });

  it("does not know every name", () => {
    const { status, stderr } = ftsim("mutants", "power-off-without-entri");
    expect(stderr).toContain("no planted bug power-off-without-entri (did you mean");
    expect(status).toBe(64);
  });
});

describe("every seed twice, and the ledger", () => {
  const quick = (...args: readonly string[]) => ftsim("fuzz", "protocol-only", ...args);
  const LEDGER = ["--seeds", "1..6", "--twice", "--jobs", "2", "--ledger", "ledger.jsonl"];

  it("has the same results as once, in a line whose blocks are the same when they are run again", () => {
    const once = quick("--seeds", "1..6", "--out", "once");
    expect(once.status, once.stderr).toBe(0);
    const { status, stdout } = quick(...LEDGER, "--out", "twice");
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("twice        6 seeds, none differed");
    expect(documentIn("twice").resultDigest).toBe(documentIn("once").resultDigest);
    const check = ftsim("ledger", "check", "ledger.jsonl", "--sample", "5");
    expect(check.stdout).toContain("EQUAL   1 block of 1");
    expect(check.status).toBe(0);
  });

  it("is resumed to the same: what was run once only is run anew", () => {
    const file = join(folder, "twice", "results.jsonl");
    const [header = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    const once = lines[0]?.replace(/,"again":"[^"]*"/, "") ?? "";
    expect(once).not.toBe(lines[0]);
    writeFileSync(file, `${[header, once, ...lines.slice(1, 3)].join("\n")}\n`);
    const { status, stdout } = quick(...LEDGER, "--resume", "--out", "twice");
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("twice        6 seeds, none differed");
    expect(documentIn("twice").resultDigest).toBe(documentIn("once").resultDigest);
  });

  it("is not equal when a digest is another one, and nothing to check in another version", () => {
    const file = join(folder, "ledger.jsonl");
    const [line = ""] = readFileSync(file, "utf8").split("\n");
    const other = line.replace(/"blocks":\["[0-9a-f]{4}/, '"blocks":["0000');
    writeFileSync(join(folder, "wrong.jsonl"), `${other}\n`);
    const wrong = ftsim("ledger", "check", "wrong.jsonl");
    expect(wrong.stdout).toContain("DIFFERENT   1 of 1 block");
    expect(wrong.status).toBe(4);
    const foreign = line.replace(/"code":"[0-9a-f]{4}/, '"code":"0000');
    writeFileSync(join(folder, "foreign.jsonl"), `${foreign}\n`);
    const nothing = ftsim("ledger", "check", "foreign.jsonl");
    expect(nothing.stdout).toContain("of another version");
    expect(nothing.status).toBe(2);
    const sum = line.replace('"seeds":6', '"seeds":7');
    writeFileSync(join(folder, "sum.jsonl"), `${sum}\n`);
    const contradicting = ftsim("ledger", "check", "sum.jsonl");
    expect(contradicting.stdout).toContain("CONTRADICTS ITSELF");
    expect(contradicting.status).toBe(4);
  });

  it.each([
    [["ledger", "check", "none.jsonl"], "none.jsonl: no such file; expected a ledger"],
    [["ledger", "verify", "ledger.jsonl"], "ledger verify: expected check"],
    [["ledger", "check", "once/results.jsonl"], "once/results.jsonl:1: not a line of a ledger"],
    [
      ["fuzz", "failover", "--seeds", "1..2", "--ledger", "l.jsonl", "--protocol", "mine.js"],
      "--ledger: --protocol mine.js is a file of your own, which nobody else could run",
    ],
  ])("refuses %j in one line", (args, message) => {
    const { status, stderr } = ftsim(...args);
    expect(stderr).toContain(`ftsim: ${message}`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(64);
  });
});
