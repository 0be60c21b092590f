// `ftsim explore`, `causality` and `bisect` as a person meets them: a planted bug that the first run
// does not show is found, and its recipe is that run; nothing depends on the number of workers; a
// violation's moment is told in text, JSON and a page; replicas and runs that part, and some that do
// not; bad input in one line. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, SMALL } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");
const ANY_MOMENT = join(ROOT, "docs", "any-moment.yaml");
const FLAGS = [...SMALL, "workload.for=500ms", "recovery=100ms"].flatMap((one) => ["--set", one]);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-forks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  const { FTSIM_SEED: _, ...env } = process.env;
  return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8", env });
}

interface Explored {
  readonly recheck: { readonly runs: number; readonly differ: readonly number[] };
  readonly runs: readonly {
    readonly id: number;
    readonly exit: number;
    readonly digest: string;
    readonly news: readonly { readonly kind: string; readonly fingerprint?: string }[];
    readonly command?: string;
  }[];
}

interface Curve {
  readonly invariant: string;
  readonly event: number;
  readonly points: readonly {
    readonly afterEvent: number;
    readonly violated: number;
    readonly of: number;
  }[];
}

function json<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(folder, ...path), "utf8")) as T;
}

describe("ftsim explore", () => {
  const explore = (...args: readonly string[]) =>
    ftsim("explore", ANY_MOMENT, "--seed", "1", "--without", "reissue", ...args);

  it("finds what the first run does not show, and its recipe is that run, from scratch", () => {
    const found = explore("--budget", "6", "--recheck", "1", "--jobs", "1", "--out", "one");
    expect(found.stdout).toMatch(/^FAILED {3}7 runs, 1 finding$/m);
    expect(found.stdout).toMatch(
      /from scratch {5}1 recipe run again without a fork, equal digests/,
    );
    expect(found.status).toBe(1);
    const { runs, recheck } = json<Explored>("one", "explore.json");
    expect(recheck).toEqual({ runs: 1, differ: [] });
    expect(runs[0]?.exit).toBe(0);
    const first = runs.find(({ news }) => news.some(({ kind }) => kind === "finding"));
    expect(first?.news[0]?.fingerprint).toBe("INV-23 reissue");
    const words = (first?.command ?? "").replaceAll("'", "").split(" ").slice(2);
    expect(words).toContain("--do");
    const again = ftsim(...words, "--quiet", "--no-report");
    expect(again.stdout.trim()).toBe(`INVALID any-moment seed 1 digest ${first?.digest}`);
    expect(again.status).toBe(1);
  });

  it("is the same tree for any number of workers", () => {
    const two = explore(
      "--budget",
      "6",
      "--recheck",
      "0",
      "--jobs",
      "2",
      "--out",
      "two",
      "--quiet",
    );
    expect(two.stdout).toBe("FAILED any-moment seed 1: 6 forks, 1 findings\n");
    expect(json<Explored>("two", "explore.json").runs).toEqual(
      json<Explored>("one", "explore.json").runs,
    );
  });

  it("gives forks a fault besides when it is told to, and judges safety only", () => {
    const args = ["--budget", "4", "--recheck", "4", "--faults", "--json", "--out", "faults"];
    const { stdout, status } = ftsim("explore", ANY_MOMENT, "--seed", "2", ...args);
    expect(status, stdout).toBe(0);
    const { runs, recheck } = JSON.parse(stdout) as Explored;
    expect(recheck).toEqual({ runs: 4, differ: [] });
    // What one of them loses is more than a run must survive: no finding of that.
    const codes = runs.map(({ exit }) => exit);
    expect(codes.some((code) => code > 1)).toBe(true);
    expect(runs.every(({ news }) => news.every(({ kind }) => kind !== "finding"))).toBe(true);
  });

  it.each([
    [["no-such-scenario"], /no scenario no-such-scenario/],
    [["failover", "--budget", "0"], /--budget 0: expected a whole number from 1/],
    [["failover", "--time", "soon"], /--time: "soon" is not a duration/],
    [["failover", "--seed", "1", "--do", "@0~reseed~x"], /expected a moment/],
    [["failover", "--seed", "1", "--do", "@5~end-reseed~x"], /reseed has no end/],
    [["failover", "--bug", "no-such-bug"], /no planted bug/],
    [["re-protection", "--seed", "1", "--protocol", "colo"], /colo knows a pair only/],
  ])("refuses %j in one line", (args, message) => {
    const { status, stderr } = ftsim("explore", ...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(64);
  });
});

describe("ftsim causality", () => {
  it("says from when on a violation was inevitable, in text, JSON and a page", () => {
    const size = ["--points", "4", "--per-point", "2", "--out", "causality"];
    const told = ftsim("causality", ANY_MOMENT, "--seed", "5", "--without", "reissue", ...size);
    expect(told.stdout).toMatch(/violated {3}INV-23, reissue/);
    expect(told.stdout).toMatch(/from scratch a fork run again without forking: equal digest/);
    expect(told.status).toBe(1);
    const curve = json<Curve>("causality", "causality.json");
    expect(curve.invariant).toBe("INV-23");
    expect(curve.points.length).toBe(4);
    for (const { of } of curve.points) expect(of).toBe(2);
    // Right before it nothing can be otherwise any more.
    expect(curve.points.at(-1)).toMatchObject({ afterEvent: curve.event - 1, violated: 2 });
    const page = readFileSync(join(folder, "causality", "causality.html"), "utf8");
    expect(page).toContain("<svg");
    expect(page).not.toContain("<script");
  });

  it("has nothing to explain of a run that violates nothing", () => {
    const { stdout, status } = ftsim("causality", ANY_MOMENT, "--seed", "1");
    expect(stdout).toMatch(/^NOTHING TO EXPLAIN/);
    expect(status).toBe(2);
  });

  it("refuses what makes no sense", () => {
    const { stderr, status } = ftsim("causality", ANY_MOMENT, "--points", "1");
    expect(stderr).toBe("ftsim: --points 1: expected a whole number from 2 to 10000\n");
    expect(status).toBe(64);
  });
});

describe("ftsim bisect", () => {
  const RUN = ["failover", "--seed", "5", ...FLAGS];

  it("tells where two replicas part: the fact, the step, the place, the registers", () => {
    const { stdout, status } = ftsim(
      "bisect",
      ...RUN,
      "--bug",
      "clock-of-the-backup",
      "--replicas",
      "h1,h2",
    );
    expect(stdout).toMatch(/first differing crossing: \d+/);
    expect(stdout).toMatch(/the same up to step [\d,]+, different after it/);
    expect(stdout).toMatch(/at +0x[0-9a-f]+ <clock_now\+0x[0-9a-f]+>/);
    expect(stdout).toMatch(/instruction +csrrs a0,time,zero/);
    expect(stdout).toMatch(/a0 +h1 0x[0-9a-f]+ {3}h2 0x[0-9a-f]+/);
    expect(status).toBe(1);
  });

  it("says so when two replicas never part", () => {
    const { stdout, status } = ftsim("bisect", ...RUN, "--replicas", "h1,h2");
    expect(stdout).toMatch(/^EQUAL {3}h1 and h2: the same machine through step/m);
    expect(status).toBe(0);
  });

  it("compares two runs: with what stands behind --vs, or as they were stored", () => {
    const other = ftsim("bisect", ...RUN, "--vs", "--do", "@1500~reseed~x");
    expect(other.stdout).toMatch(/B {12}[\d.]+ s world: RESEED all chance is drawn anew: x/);
    expect(other.stdout).toMatch(/h[12]: the same up to step/);
    expect(other.status).toBe(1);
    ftsim("run", ...RUN, "--quiet", "--out", "stored");
    const same = ftsim("bisect", "stored", join("stored", "repro.json"));
    expect(same.stdout).toMatch(/^EQUAL {3}\d+ facts, the same digest/m);
    expect(same.status).toBe(0);
  });

  it.each([
    [["stored"], /expected two stored runs/],
    [["no-such-folder", "stored"], /no such file/],
    [["failover", "--seed", "1", "--vs", "--nope"], /--vs: unknown option '--nope'/],
    [["failover", "--vs", "failover"], /--vs/],
    [["failover", "--seed", "1", "--replicas", "h1"], /expected two of h1, h2/],
    [["a", "b", "c"], /3 runs; expected two/],
  ])("refuses %j in one line", (args, message) => {
    const { status, stderr } = ftsim("bisect", ...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(64);
  });
});
