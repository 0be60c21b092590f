// The farm against a real Redis: whoever runs the seeds, whoever is killed on the way, the results are
// those of one process. Workers and campaigns are processes that are killed without a word. Needs
// `npm run build` and redis-server.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, Worker } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ROOT, SMALL } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");
const SETS = [...SMALL, "workload.for=500ms", "recovery=100ms"].flatMap((one) => ["--set", one]);
const FUZZ = ["fuzz", "failover", ...SETS, "--seeds", "1..12"];
/** Milliseconds; a machine may have much else to do. */
const PATIENCE = 120_000;
const DOCUMENT_SEEDS = "1..3";
/** Who is lost is missed after so long. */
const LOCK_MILLISECONDS = 1_500;

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) process.stderr.write("farm: redis-server is not installed, its tests are not run\n");

let folder = "";
let port = 0;
let url = "";
let redis: ChildProcess | undefined;
/** Of `fuzz --jobs 1`, without a queue. */
let expected = "";
const started: Process[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-farm-"));
  port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  if (hasRedis) redis = await startRedis();
});
afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill("SIGKILL");
  if (redis !== undefined && hasEnded(redis)) redis = await startRedis();
  spawnSync("redis-cli", ["-p", String(port), "flushall"]);
});
afterAll(() => {
  redis?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

interface Process {
  readonly child: ChildProcess;
  /** What it printed so far. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

function ftsim(args: readonly string[], bin: string = BIN): Process {
  const { FTSIM_SEED: _, GITHUB_ACTIONS: __, GITHUB_STEP_SUMMARY: ___, ...rest } = process.env;
  const env = { ...rest, FTSIM_FARM_LOCK_MS: String(LOCK_MILLISECONDS) };
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => resolve(code));
  });
  const process_ = { child, said: () => said, ended };
  started.push(process_);
  return process_;
}

const campaign = (out: string, ...more: readonly string[]): Process =>
  ftsim([...FUZZ, "--queue", url, "--jobs", "0", "--out", out, ...more]);
const worker = (...more: readonly string[]): Process =>
  ftsim(["worker", "--queue", url, "--jobs", "1", ...more]);

/** In its order, for the Redis of this test and for fewer seeds. */
function commandsOfTheDocument(): readonly (readonly string[])[] {
  const text = readFileSync(join(ROOT, "docs", "farm.md"), "utf8");
  return [...text.matchAll(/^npx ftsim (.*)$/gm)].map(([, words = ""]) =>
    words.replace("redis://farm:6379", url).replace("1..100000", DOCUMENT_SEEDS).split(" "),
  );
}

async function startRedis(): Promise<ChildProcess> {
  const words = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", folder];
  const child = spawn("redis-server", [...words, "--port", String(port)]);
  let said = "";
  child.stdout.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  await until(() => said.includes("Ready to accept connections"));
  return child;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 20) {
    if (waited > 60_000) throw new Error("waited for a minute");
    await sleep(20);
  }
}

function seedsIn(out: string): number {
  const file = join(folder, out, "results.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 2 : 0;
}

interface Document {
  readonly seeds: number;
  readonly resultDigest: string;
}

function documentIn(out: string): Document {
  return JSON.parse(readFileSync(join(folder, out, "campaign.json"), "utf8")) as Document;
}

/** Keys that are at the Redis. */
function keys(): string {
  return spawnSync("redis-cli", ["-p", String(port), "keys", "*"], { encoding: "utf8" }).stdout;
}

describe.skipIf(!hasRedis)("a campaign with a queue", () => {
  beforeAll(async () => {
    expect(await ftsim([...FUZZ, "--jobs", "1", "--out", "one"]).ended).toBe(0);
    expected = documentIn("one").resultDigest;
  }, PATIENCE);

  it("has the results of one without, with a worker that joins and is killed", async () => {
    const gathering = campaign("killed-worker");
    const lost = worker();
    const other = worker();
    await until(() => seedsIn("killed-worker") >= 2);
    lost.child.kill("SIGKILL");
    expect(await gathering.ended, gathering.said()).toBe(0);
    expect(documentIn("killed-worker")).toMatchObject({ seeds: 12, resultDigest: expected });
    other.child.kill("SIGINT");
    expect(await other.ended).toBe(130);
    // Nothing is left of it, also where somebody joined while it ended.
    expect(keys().trim()).toBe("");
    expect(other.said()).toMatch(/^left {7}\d+ seeds done$/m);
  });

  it("is what docs/farm.md says, word for word but for where the Redis is and how many seeds", async () => {
    const [begin = [], join_ = []] = commandsOfTheDocument();
    expect(begin.slice(0, 2)).toEqual(["fuzz", "swarm"]);
    expect(join_[0]).toBe("worker");
    const gathering = ftsim([...begin, "--out", "document"]);
    const joining = ftsim(join_);
    expect(await gathering.ended, gathering.said()).toBe(0);
    joining.child.kill("SIGINT");
    expect(await joining.ended, joining.said()).toBe(130);
    // "The line `results` is that of the same campaign without a queue."
    const alone = ftsim(["fuzz", "swarm", "--seeds", DOCUMENT_SEEDS]);
    expect(await alone.ended, alone.said()).toBe(0);
    const results = /^results +[0-9a-f]{16}/m.exec(alone.said())?.[0] ?? "no line `results`";
    expect(gathering.said()).toContain(results);
  });

  it("has them with a worker that is interrupted, and one of its own", async () => {
    const leaving = worker();
    await until(() => leaving.said().includes("worker"));
    const gathering = ftsim([...FUZZ, "--queue", url, "--jobs", "1", "--out", "own"]);
    await until(() => leaving.said().includes("campaign   failover") && seedsIn("own") >= 1);
    leaving.child.kill("SIGINT");
    expect(await leaving.ended).toBe(130);
    expect(await gathering.ended, gathering.said()).toBe(0);
    expect(documentIn("own")).toMatchObject({ seeds: 12, resultDigest: expected });
  });

  it("has them when it was killed and goes on, and what is in the queue is not lost", async () => {
    const killed = campaign("killed");
    const staying = worker();
    await until(() => seedsIn("killed") >= 3);
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(seedsIn("killed")).toBeLessThan(12);
    const resumed = campaign("killed", "--resume");
    expect(await resumed.ended, resumed.said()).toBe(0);
    expect(documentIn("killed")).toMatchObject({ seeds: 12, resultDigest: expected });
    expect(staying.child.exitCode).toBeNull();
  });

  it("waits for a Redis that is gone, and has them when it is back and has forgotten all", async () => {
    const gathering = campaign("forgotten");
    const staying = worker();
    await until(() => seedsIn("forgotten") >= 2);
    redis?.kill("SIGKILL");
    await until(() => gathering.said().includes(`ftsim: ${url} is gone; waiting until it is back`));
    redis = await startRedis();
    expect(await gathering.ended, gathering.said()).toBe(0);
    expect(gathering.said()).toContain(`ftsim: ${url} is back`);
    expect(documentIn("forgotten")).toMatchObject({ seeds: 12, resultDigest: expected });
    expect(staying.child.exitCode).toBeNull();
  });

  it("ends with what it has when Redis is gone and somebody interrupts", async () => {
    const gathering = campaign("partial");
    worker();
    await until(() => seedsIn("partial") >= 2);
    redis?.kill("SIGKILL");
    await until(() => gathering.said().includes("is gone"));
    gathering.child.kill("SIGINT");
    expect(await gathering.ended, gathering.said()).toBe(130);
    const { seeds } = documentIn("partial");
    expect(seeds).toBeGreaterThanOrEqual(2);
    expect(seeds).toBeLessThan(12);
  });

  it("sends a scenario that only its own machine has", async () => {
    const text = readFileSync(join(ROOT, "scenarios", "failover.yaml"), "utf8");
    writeFileSync(join(folder, "mine.yaml"), text);
    const words = ["fuzz", "mine.yaml", ...SETS, "--seeds", "1..2"];
    expect(await ftsim([...words, "--jobs", "1", "--out", "here"]).ended).toBe(0);
    const gathering = ftsim([...words, "--queue", url, "--jobs", "0", "--out", "there"]);
    await until(() => keys().includes("ftsim:postings"));
    rmSync(join(folder, "mine.yaml"));
    const joined = worker("--until-idle");
    expect(await gathering.ended, gathering.said()).toBe(0);
    expect(await joined.ended, joined.said()).toBe(0);
    expect(documentIn("there").resultDigest).toBe(documentIn("here").resultDigest);
  });

  it("is not deterministic, and says so, when two workers differ on a seed", async () => {
    const gathering = campaign("lied");
    await until(() => keys().includes(":wait"));
    const seed = await lieOnce();
    worker();
    expect(await gathering.ended, gathering.said()).toBe(4);
    expect(gathering.said()).toMatch(
      new RegExp(`^ftsim: seed ${seed}: digest \\w+, exit \\d once, digest \\w+, exit`, "m"),
    );
  });

  /** A worker that logs another digest than the seed has, and is lost before its job has ended. */
  async function lieOnce(): Promise<string> {
    const queue = /ftsim:(fuzz-[^:\s]+):wait/.exec(keys())?.[1] ?? "none";
    const line = readFileSync(join(folder, "one", "results.jsonl"), "utf8").split("\n")[1] ?? "";
    const outcome = JSON.parse(line) as { readonly seed: string };
    const lost = new Worker(queue, null, {
      autorun: false,
      prefix: "ftsim",
      connection: { url, maxRetriesPerRequest: null },
      lockDuration: 200,
    });
    const job = (await lost.getNextJob("liar")) as Job<{ readonly seed: string }>;
    const { seed } = job.data;
    await job.log(JSON.stringify({ ...outcome, seed, digest: "0123456789abcdef" }));
    await lost.close(true);
    return seed;
  }
});

describe.skipIf(!hasRedis)("who does not fit is told in one line", () => {
  async function refused(process_: Process, line: string): Promise<void> {
    const status = await process_.ended;
    expect(process_.said()).toContain(line);
    expect(process_.said().trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(status).toBe(64);
  }

  it("a worker of another version", async () => {
    const old = join(folder, "old");
    for (const part of ["bin", "dist", "package.json"])
      cpSync(join(ROOT, part), join(old, part), { recursive: true });
    for (const part of ["node_modules", "guests", "scenarios"])
      symlinkSync(join(ROOT, part), join(old, part));
    const manifest = join(old, "package.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace(/"version": "[^"]+"/, '"version": "0.0.1"'));
    const gathering = campaign("versions");
    await until(() => keys().includes("ftsim:postings"));
    const other = ftsim(["worker", "--queue", url, "--quiet"], join(old, "bin", "ftsim.js"));
    await refused(other, `--queue ${url}: its campaign is of ftsim `);
    expect(other.said()).toContain("this is 0.0.1: their digests cannot be compared");
    gathering.child.kill("SIGINT");
    expect(await gathering.ended).toBe(130);
  });

  it("a second campaign on the same subject", async () => {
    const gathering = campaign("first");
    await until(() => keys().includes("ftsim:postings"));
    const second = campaign("second");
    expect(await second.ended).toBe(64);
    expect(second.said()).toContain("another campaign on this subject gathers its results there");
    gathering.child.kill("SIGINT");
    expect(await gathering.ended).toBe(130);
  });

  it("a Redis that is not there, a wrong address, and never a password", async () => {
    const nobody = await freePort();
    for (const [address, line] of [
      [
        `redis://me:secret@127.0.0.1:${nobody}`,
        `--queue redis://127.0.0.1:${nobody}: connect ECONN`,
      ],
      ["http://me:secret@127.0.0.1", "--queue: expected redis://HOST:PORT"],
      ["nonsense", "--queue: expected redis://HOST:PORT"],
      [`${url}/one`, `--queue ${url}/one: expected redis://HOST:PORT`],
      [`redis://me:secret@127.0.0.1:${port}`, "WRONGPASS"],
    ] as const) {
      for (const words of [
        [...FUZZ, "--out", "never"],
        ["worker", "--quiet"],
      ]) {
        const process_ = ftsim([...words, "--queue", address]);
        await refused(process_, line);
        expect(process_.said()).not.toContain("secret");
      }
    }
    expect(existsSync(join(folder, "never"))).toBe(false);
  });

  it("a protocol in a file of this machine", async () => {
    const words = [...FUZZ, "--queue", url, "--protocol", "./mine.js"];
    await refused(ftsim(words), "--queue: --protocol ./mine.js is a file of your own");
  });

  it("a queue that is somebody else's", async () => {
    const redisCli = (...words: readonly string[]) =>
      spawnSync("redis-cli", ["-p", String(port), ...words]);
    redisCli("set", "ftsim:postings", "mine");
    await refused(worker("--quiet"), "ftsim:postings is a string, and not of ftsim");
    await refused(ftsim([...FUZZ, "--queue", url]), "ftsim:postings is a string, and not of ftsim");
    redisCli("del", "ftsim:postings");
    redisCli("hset", "ftsim:postings", "fuzz-1", "{}");
    await refused(worker("--quiet"), "expected a campaign with format ftsim-farm, version 1");
    redisCli("del", "ftsim:postings");
  });

  it("somebody who has not installed what it needs", async () => {
    const bare = join(folder, "bare");
    for (const part of ["bin", "dist", "package.json"])
      cpSync(join(ROOT, part), join(bare, part), { recursive: true });
    for (const part of ["guests", "scenarios"]) symlinkSync(join(ROOT, part), join(bare, part));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const modules = join(bare, "node_modules");
    for (const name of Object.keys(dependencies))
      cpSync(join(ROOT, "node_modules", name), join(modules, name), { recursive: true });
    const line =
      "--queue needs two packages that do not come with ftsim: npm install bullmq ioredis";
    const process_ = ftsim(["worker", "--queue", url], join(bare, "bin", "ftsim.js"));
    await refused(process_, line);
  });
});
