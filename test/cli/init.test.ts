// `ftsim init ci`: what it writes is a workflow, and each of its steps does on this machine what it will
// do there; the canary is red, which its step takes for green. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-init-"));
  // What `npx ftsim` finds in somebody's project.
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin", "npx"),
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${BIN}" "$@"\n`,
  );
  chmodSync(join(folder, "bin", "npx"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8" });
}

interface Step {
  readonly name?: string;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

function stepsOf(job: string): readonly string[] {
  const text = readFileSync(join(folder, ".github/workflows/ftsim.yml"), "utf8");
  const { jobs } = parse(text) as Workflow;
  const steps = jobs[job]?.steps ?? [];
  return steps.flatMap(({ run = "" }) => (run.includes("npx ftsim") ? [run] : []));
}

/** As a runner does it, with fewer and shorter runs. */
function perform(step: string, env: Readonly<Record<string, string>> = {}) {
  const { GITHUB_ACTIONS: _, GITHUB_STEP_SUMMARY: __, ...inherited } = process.env;
  const short = {
    SCENARIO: "all-is-well",
    PULL_REQUEST_SEEDS: "1..2",
    NIGHTLY_SEEDS: "4",
    MARKS: "",
  };
  const quick = step.replace(
    /(fuzz \$SCENARIO)/,
    "$1 --set workload.for=300ms --set recovery=100ms",
  );
  return spawnSync("bash", ["-e", "-c", quick], {
    cwd: folder,
    encoding: "utf8",
    env: {
      ...inherited,
      ...short,
      ...env,
      PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    },
  });
}

describe("ftsim init ci", () => {
  it("writes a workflow and a folder for regressions, and never over what is there", () => {
    const { status, stdout } = ftsim("init", "ci");
    expect(status).toBe(0);
    expect(stdout).toContain(".github/workflows/ftsim.yml");
    expect(existsSync(join(folder, "regressions", "README.md"))).toBe(true);
    const again = ftsim("init", "ci");
    expect(again.stderr).toContain("is there already, and stays as it is");
    expect(again.status).toBe(64);
    expect(ftsim("init", "cd").stderr).toBe("ftsim: init cd: expected ci\n");
  });

  it("judges a pull request by fixed seeds, and its canary is red", () => {
    const [seeds = "", canary = ""] = stepsOf("pull-request");
    const judged = perform(seeds);
    expect(judged.status, judged.stderr).toBe(0);
    expect(judged.stdout).toContain("AS EXPECTED   all 2 seeds");
    expect(existsSync(join(folder, "reports", "ftsim.xml"))).toBe(true);
    expect(canary).toContain("--bug");
    const red = perform(canary);
    expect(red.stdout).toContain("FAILED");
    expect(red.status).toBe(0);
  });

  it("runs the seeds of a night in four shards, and merges them", () => {
    const [shard = ""] = stepsOf("nightly");
    for (const SHARD of ["1", "2", "3", "4"]) {
      const { status, stdout, stderr } = perform(shard, { SHARD, RUN: "7" });
      expect(status, stderr).toBe(0);
      expect(stdout).toContain(`--seeds 28..31 --shard ${SHARD}/4`);
    }
    const [merge = ""] = stepsOf("merged");
    const merged = perform(merge);
    expect(merged.status, merged.stderr).toBe(0);
    expect(merged.stdout).toContain("AS EXPECTED   all 4 seeds");
    const incomplete = perform(merge, { MARKS: "--require-marks" });
    expect(incomplete.status, incomplete.stderr).toBe(2);
    expect(incomplete.stdout).toContain("INCOMPLETE");
  });
});
