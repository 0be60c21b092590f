// The built command line as a person meets it: output, files, exit codes, one clear line for bad
// input. Needs `npm run build`.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
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
const SMALL_FLAGS = SMALL.flatMap((override) => ["--set", override]);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  const { FTSIM_SEED: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

function expectUsageError(args: readonly string[], words: RegExp): void {
  const { status, stdout, stderr } = ftsim(...args);
  expect(stderr).toMatch(words);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).not.toMatch(/ at .*\.(js|ts):\d+/);
  expect(stdout).toBe("");
  expect(status).toBe(64);
}

describe("ftsim run", () => {
  it("prints the verdict, writes its files, and exits 0", () => {
    const { status, stdout } = ftsim("run", "failover", "--seed", "5", ...SMALL_FLAGS, "--pcap");
    expect(stdout).toMatch(/^ftsim 0\.1\.0.* failover {3}seed 5/);
    expect(stdout).toMatch(/^VALID {3}\d+ of \d+ checkers/m);
    expect(stdout).toMatch(/npx ftsim run failover --seed 5/);
    expect(status).toBe(0);
    for (const file of ["report.html", "run.json", "facts.jsonl", "repro.json", "frames.pcapng"])
      expect(existsSync(join(folder, "reports", "failover-5", file))).toBe(true);
    expect(existsSync(join(folder, "reports", "latest", "run.json"))).toBe(true);
    // Commands are pasted whole, whatever their length.
    const lines = stdout.split("\n").filter((line) => !/^(again|break)/.test(line));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it("hides what was planted, from terminal and report, on request", () => {
    const flags = ["--seed", "5", ...SMALL_FLAGS, "--without", "output-rule", "--out", "hidden"];
    const { status, stdout } = ftsim("run", "failover", ...flags, "--hide-bug");
    expect(stdout).toMatch(/^INVALID/m);
    expect(stdout).not.toMatch(/output-rule|without/i);
    expect(status).toBe(1);
    for (const file of ["report.html", "run.json"])
      expect(readFileSync(join(folder, "hidden", file), "utf8")).not.toMatch(/output-rule/);
    // What it was is kept where it runs again from, and a report that is built again hides it too.
    expect(readFileSync(join(folder, "hidden", "repro.json"), "utf8")).toContain("output-rule");
    expect(ftsim("report", "hidden").status).toBe(0);
    expect(readFileSync(join(folder, "hidden", "report.html"), "utf8")).not.toContain(
      "output-rule",
    );
  });

  it("prints one JSON document with --json", () => {
    const { status, stdout } = ftsim(
      "run",
      "failover",
      "--seed",
      "5",
      ...SMALL_FLAGS,
      "--json",
      "--no-report",
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "valid", exitCode: 0 });
    expect(status).toBe(0);
  });

  it("exits 1 without the Output Rule, and says what broke", () => {
    const { status, stdout } = ftsim(
      "run",
      "failover",
      "--seed",
      "5",
      ...SMALL_FLAGS,
      "--without",
      "output-rule",
      "--no-report",
    );
    expect(stdout).toMatch(/^INVALID/m);
    expect(stdout).toMatch(/output-commit \(INV-01\)/);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("exit 1 (a property was violated; seed 5)");
    expect(status).toBe(1);
  });

  it("draws a seed, prints it, and takes it from FTSIM_SEED", () => {
    const seed = /seed (\d+)/.exec(
      ftsim("run", "failover", ...SMALL_FLAGS, "--no-report").stdout,
    )?.[1];
    expect(seed).toMatch(/^\d+$/);
    const again = execFileSync(
      process.execPath,
      [BIN, "run", "failover", ...SMALL_FLAGS, "--no-report", "--quiet"],
      {
        encoding: "utf8",
        cwd: folder,
        env: { ...process.env, FTSIM_SEED: "77" },
      },
    );
    expect(again).toMatch(/^VALID failover seed 77 digest [0-9a-f]{16}\n$/);
  });
});

describe("ftsim replay", () => {
  const set = SMALL.map((override) => `set=${encodeURIComponent(override)}`).join("&");
  const address = `http://localhost/#scenario=failover&seed=5&${set}&do=0.200000001~cut~log-link`;

  it("does again what an address tells, then what its files tell, and compares digests", () => {
    const first = ftsim("replay", address, "--out", "told");
    expect(first.stdout).toMatch(/^again {3}npx ftsim replay '#scenario=failover&seed=5/m);
    const digest = /digest=([0-9a-f]{16})/.exec(first.stdout)?.[1];
    expect(digest).toBeDefined();
    for (const source of [`${address}&digest=${digest}`, "told", join("told", "repro.json")])
      expect(ftsim("replay", source, "--quiet").stdout).toContain(`EQUAL   digest ${digest}`);
    const other = ftsim("replay", `${address}&digest=0123456789abcdef`, "--no-report", "--quiet");
    expect(other.stderr).toContain(`digest ${digest}, it was 0123456789abcdef`);
    expect(other.status).toBe(4);
  });

  it("says in one line what is wrong", () => {
    expectUsageError(["replay", "nowhere"], /nowhere: no such file/);
    expectUsageError(["replay", "#scenario=failover"], /seed/);
    expectUsageError(["replay", "#scenario=nothing&seed=1"], /no scenario nothing/);
    expectUsageError(["replay", `${address}&do=0.3~crash~h1`], /SECONDS/);
    expectUsageError(["replay", `${address}&do=0.300000000~crash~h3`], /no node h3/);
  });
});

describe("what a scenario expects", () => {
  it("is what exit code 0 means: nobody left, and nothing violated on the way", () => {
    const text = [
      "title: both hosts die",
      "about: an outage",
      "workload: { for: 300ms }",
      "faults:",
      "  - { at: 100ms, crash: primary }",
      "  - { at: 100ms, crash: backup }",
      "expect: outage",
      "budget: unbounded",
    ].join("\n");
    writeFileSync(join(folder, "outage.yaml"), text);
    const outage = ftsim("run", "outage.yaml", "--seed", "1", "--no-report", "--quiet");
    expect(outage.status).toBe(0);
    writeFileSync(join(folder, "outage.yaml"), text.replace("expect: outage", "expect: valid"));
    const asked = ftsim("run", "outage.yaml", "--seed", "1", "--no-report");
    expect(asked.status).toBe(2);
    expect(asked.stdout).toMatch(/^UNKNOWN {3}1 checker undecided/m);
    expect(asked.stdout).toMatch(/^ {2}service-resumes +nobody has the VM at the end/m);
  });

  it("is said when another end came, though nothing was violated", () => {
    const set = ["--set", "workload.for=300ms", "--set", "expect=outage"];
    const { status, stdout } = ftsim("run", "all-is-well", "--seed", "1", "--no-report", ...set);
    expect(status).toBe(2);
    expect(stdout).toMatch(/^exit 2 \(nothing was violated, but the scenario expects outage;/m);
  });

  it("is a guest that panics, and the story says when, where and why", () => {
    const { status, stdout } = ftsim("run", "guest-panic", "--seed", "1", "--no-report");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +1\.5\d\d s {2}the guest on h1 panics +\S/m);
    expect(stdout).toMatch(/^ +1\.5\d\d s {2}the guest on h2 panics +\S/m);
  });
});

describe("Ctrl-C", () => {
  it("leaves what was found so far, and exits 130", async () => {
    const out = join(folder, "interrupted");
    const child = spawn(process.execPath, [BIN, "run", "failover", "--seed", "5", "--out", out], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    // Ctrl-C is listened for when the output folder is there.
    while (!existsSync(out)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(130);
    expect(readFileSync(join(out, "run.json"), "utf8")).toMatch(/"interrupted"/);
    expect(existsSync(join(out, "report.html"))).toBe(true);
  });
});

describe("a stored run", () => {
  beforeAll(() => {
    ftsim("run", "failover", "--seed", "5", ...SMALL_FLAGS, "--quiet");
  });

  it("is told in columns, judged again, drawn again, and compared", () => {
    const run = join("reports", "failover-5");
    const log = ftsim("log", run, "--only", "role,suspect", "--from", "200ms");
    expect(log.status).toBe(0);
    expect(log.stdout).toMatch(/SOLO/);
    expect(log.stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect(ftsim("check", run)).toMatchObject({ status: 0 });
    expect(ftsim("report", run)).toMatchObject({ status: 0 });
    expect(ftsim("diff", run, run).stdout).toMatch(/^equal: \d+ facts/);
  });

  it("may be read in part: a closed pipe is no error", () => {
    const command = `"${process.execPath}" "${BIN}" log reports/failover-5 | head -n 2`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });

  it("that is damaged gives one line", () => {
    const run = join(folder, "reports", "failover-5");
    const facts = join(run, "facts.jsonl");
    const text = readFileSync(facts, "utf8");
    writeFileSync(facts, text.slice(0, text.length / 2));
    expectUsageError(["log", run], /facts\.jsonl:\d+: /);
    writeFileSync(join(run, "repro.json"), "{");
    expectUsageError(["check", run], /repro\.json: not JSON/);
  });
});

describe("ftsim verify, list, explain", () => {
  it("verify finds equal digests", () => {
    const { status, stdout } = ftsim("verify", "failover", "--seed", "6", ...SMALL_FLAGS);
    expect(stdout).toMatch(/^EQUAL {3}failover seed 6: digest [0-9a-f]{16} twice/);
    expect(status).toBe(0);
  });

  it("list and explain know every noun and name", () => {
    const nouns = ["scenarios", "guests", "faults", "checkers", "rules", "bugs", "protocols"];
    for (const noun of nouns) {
      const { status, stdout } = ftsim("list", noun);
      expect(status, noun).toBe(0);
      const names = stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/\s/)[0] ?? "");
      expect(names.length, noun).toBeGreaterThan(0);
      if (noun === "guests" || noun === "protocols") continue;
      expect(ftsim("explain", names[0] ?? "").status, names[0]).toBe(0);
    }
    expect(ftsim("explain", "INV-04").stdout).toMatch(/output-requirement/);
    expect(ftsim().stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(6);
  });
});

describe("bad input", () => {
  it("gives one line that says what, where and what was expected", () => {
    expectUsageError(["run", "failovr"], /no scenario failovr \(did you mean failover\?\)/);
    expectUsageError(["run", "nowhere.yaml"], /nowhere\.yaml: no such file/);
    expectUsageError(
      ["run", "failover", "--without", "gravity"],
      /no rule gravity.*expected one of/,
    );
    expectUsageError(["run", "failover", "--bug", "none"], /no planted bug none/);
    expectUsageError(["run", "failover", "--seed", "a b"], /seed "a b": expected/);
    expectUsageError(
      ["run", "failover", "--set", "log-link.rtt=10parsecs"],
      /scenarios\/failover\.yaml:\d+:\d+: .*not a duration/,
    );
    expectUsageError(["run", "failover", "--set", "storage.disk=9999GiB"], /too large/);
    expectUsageError(["run", "failover", "--set", "workload.clients=100000"], /workload\.clients/);
    expectUsageError(
      ["run", "failover", "--set", "guest=doom"],
      /no guest doom; expected one of cpu, kv/,
    );
    expectUsageError(["run", "failover", "--protocol", "paxos"], /no protocol paxos/);
    expectUsageError(["dance"], /unknown command 'dance'/);
    expectUsageError(["log", "reports/none"], /no such file/);
  });

  it("in a scenario file is named by line and column", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["title: x\nabout: y\nworkload: { for: 1s\n", /bad\.yaml:\d+:\d+: /],
      ["[1, 2", /bad\.yaml:1:\d+: /],
      ["just words", /bad\.yaml:1:1: expected a mapping/],
      [
        "title: x\nabout: y\nworkload: { for: 1s, color: red }\n",
        /bad\.yaml:3:\d+: workload: unknown key color/,
      ],
      [
        "title: x\nabout: y\nworkload: { for: 1s }\nfaults:\n  - { at: 1s, crash: h9 }\n",
        /bad\.yaml:5:\d+: crash: no node h9/,
      ],
      [
        "title: x\nabout: y\nworkload: { for: 1s }\nfaults:\n  - { at: 1s, cut: moon-link }\n",
        /bad\.yaml:5:\d+: cut: no link moon-link/,
      ],
      [
        "title: x\nabout: y\nworkload: { for: 1s }\nfaults:\n  - { at: 1s, crash: h1, cut: log-link }\n",
        /exactly one fault/,
      ],
      [
        "title: x\nabout: y\nworkload: { for: 1s }\nfaults:\n  - { crash: h1 }\n",
        /either `at` or `when`/,
      ],
    ];
    for (const [text, words] of cases) {
      writeFileSync(join(folder, "bad.yaml"), text);
      expectUsageError(["run", "bad.yaml"], words);
    }
    writeFileSync(
      join(folder, "bad.yaml"),
      Uint8Array.from({ length: 4_096 }, (_, at) => (at * 97) % 256),
    );
    expectUsageError(["run", "bad.yaml"], /bad\.yaml:\d+:\d+: /);
  });
});

it("the committed entry point says in one line when the build is missing", () => {
  const bin = join(folder, "bin", "ftsim.js");
  execFileSync("mkdir", ["-p", join(folder, "bin")]);
  copyFileSync(BIN, bin);
  const { status, stderr } = spawnSync(process.execPath, [bin, "list"], { encoding: "utf8" });
  expect(stderr).toMatch(/npm run build/);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(status).toBe(70);
});

describe("bad input to a debugger", () => {
  it("is one line, and exit 64", () => {
    const elf = join(ROOT, "guests", "kv", "kv.elf");
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["run", "failover", "--gdb", "h9"], /--gdb h9: no replica h9; expected h1 or h2/],
      [["run", "failover", "--gdb", "h1:70000"], /expected a port from 0 to 65535/],
      [["run", "failover", "--gdb", "h1", "--gdb-at", "soon"], /--gdb-at soon: .*not a duration/],
      [["run", "failover", "--gdb-at", "1s"], /nobody to attach to/],
      [["run", "failover", "--gdb", "h1", "--without", "bounce-buffers"], /bounce buffers/],
      [["vm", "gdb"], /expected one of ELF, --guest NAME and --from FILE/],
      [["vm", "gdb", elf, "--guest", "kv"], /expected one of ELF/],
      [["vm", "gdb", elf, "--port", "x"], /--port x: expected a port/],
      [["vm", "gdb", join(ROOT, "README.md")], /ELF: wrong magic/],
      [["vm", "gdb", "nothing.elf"], /no such file/],
      [["vm", "gdb", "--guest", "kvv"], /no guest kvv \(did you mean kv\?\)/],
    ];
    for (const [args, words] of cases) expectUsageError(args, words);
  }, 120_000);
});
