// The package as its users have it: packed, unpacked into an empty project that has nothing but the
// declared dependencies, vitest and the compiler. The documentation's examples are run word for word;
// what fails there is reproduced by the line that it prints, in another project. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ZONE } from "../src/cli/ledger/code-digest.ts";
import { checkOut, makeProject, packFtsim, type PackedFile } from "./support/tarball.ts";
import { ROOT } from "./support/worlds.ts";

// Each step starts processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const BESIDES = ["vitest", "typescript", "@types/node"];

let folder = "";
let project = "";
/** Has the package and no file of the project: another machine. */
let elsewhere = "";
let files: readonly PackedFile[] = [];
let size = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-package-"));
  [project, elsewhere] = [join(folder, "project"), join(folder, "elsewhere")];
  ({ files, size } = packFtsim(folder));
  makeProject(project, files, BESIDES);
  makeProject(elsewhere, files, []);
  for (const [name, text] of examples()) put(name, text);
  cpSync(join(project, "node_modules/ftsim/guests/kv/kv.elf"), join(project, "mine.elf"));
  put("tsconfig.json", JSON.stringify({ compilerOptions: COMPILER, include: ["**/*.ts"] }));
});
afterAll(() => {
  const unpacked = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  process.stdout.write(`package: ${size} bytes, ${files.length} files of ${unpacked} bytes\n`);
  rmSync(folder, { recursive: true, force: true });
});

const COMPILER = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  module: "nodenext",
  target: "es2023",
  types: ["node"],
  outDir: "out",
};

/** Blocks of the documentation that begin with the name of a file. */
function examples(): readonly (readonly [name: string, text: string])[] {
  const text = readFileSync(join(ROOT, "docs", "package.md"), "utf8");
  return [...text.matchAll(/```ts\n(\/\/ (\S+)\n[\s\S]*?)```/g)].map(
    ([, block = "", name = ""]) => [name, block],
  );
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

/** As a person pastes it. */
function paste(cwd: string, line: string) {
  const env = Object.entries(process.env).filter(
    ([key]) => !/^(VITEST|NODE_OPTIONS|TEST$|FTSIM_|npm_)/.test(key),
  );
  const given = { ...Object.fromEntries(env), NO_COLOR: "1", npm_config_offline: "true" };
  const { status, stdout, stderr } = spawnSync(line, {
    cwd,
    encoding: "utf8",
    env: given,
    shell: true,
    maxBuffer: 1 << 26,
  });
  return { status, output: `${stdout}${stderr}` };
}

function lineOf(output: string, label: string): string {
  return new RegExp(`^${label} +(.*)$`, "m").exec(output)?.[1] ?? "";
}

function digestOf(output: string): string {
  return /digest ([0-9a-f]{12})/.exec(output)?.[1] ?? "";
}

describe("the tarball", () => {
  it("has what a run needs, built, and nothing that is only of the repository", () => {
    const paths = files.map(({ path }) => path);
    const guests = readdirSync(join(ROOT, "guests")).filter((name) =>
      existsSync(join(ROOT, "guests", name, "guest.json")),
    );
    for (const name of guests) expect(paths).toContain(`guests/${name}/${name}.elf`);
    for (const name of readdirSync(join(ROOT, "scenarios")))
      expect(paths).toContain(`scenarios/${name}`);
    for (const path of [
      "bin/ftsim.js",
      "dist/program/ftsim.js",
      "dist/program/vitest.js",
      "dist/vm/core.wasm",
      "dist/page/page.js",
      "dist/schema.json",
    ])
      expect(paths).toContain(path);
    const strange = paths.filter((path) =>
      /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$|\.test\.|^(test|src|bench|lint|reports)\/|\.built/.test(
        path,
      ),
    );
    expect(strange).toEqual([]);
    expect(paths.filter((path) => path.startsWith("dist/")).length).toBeGreaterThan(400);
    // Each built file has a source: nothing is left of one that is gone. Bundles are made anew each time.
    const left = paths
      .map((path) => /^dist\/(.*?)(?:\.d\.ts|\.js)$/.exec(path)?.[1])
      .filter((name) => name !== undefined && !/^(page\/page$|program\/)/.test(name))
      .filter((name) => !existsSync(join(ROOT, "src", `${name}.ts`)));
    expect(left).toEqual([]);
    // Of the modules that the bundles are made of, those alone that the digest of the code reads.
    const twice = paths
      .filter((path) => /^dist\/.*\.js$/.test(path) && path !== "dist/page/page.js")
      .filter((path) => !["program", ...ZONE].includes(path.split("/")[1] ?? ""));
    expect(twice).toEqual([]);
    expect(size).toBeLessThan(2_000_000);
  });

  it("runs nothing when it is installed, and asks for vitest of nobody who has no tests", () => {
    const manifest = JSON.parse(
      readFileSync(join(project, "node_modules/ftsim/package.json"), "utf8"),
    );
    for (const hook of ["preinstall", "install", "postinstall"])
      expect(manifest.scripts[hook]).toBeUndefined();
    expect(manifest.peerDependenciesMeta.vitest.optional).toBe(true);
    expect(paste(elsewhere, "npx ftsim list scenarios")).toMatchObject({ status: 0 });
  });

  it("exports what the documentation names, and nothing else", () => {
    const script = `
      import { createRequire } from "node:module";
      const names = (await import("ftsim"));
      console.log(Object.keys(names).sort().join());
      console.log(createRequire(import.meta.url)("ftsim/schema.json").title);
      for (const path of ["dist/api/index.js", "dist/testbed/world.js", "src/api/index.ts"])
        await import("ftsim/" + path).catch((error) => console.log(error.code));`;
    put("exports.mjs", script);
    const { output } = paste(project, "node exports.mjs");
    expect(output.trim().split("\n")).toEqual([
      "NotDeterministic,UsageError,checker,guest,run",
      "A scenario of ftsim",
      ...Array.from({ length: 3 }, () => "ERR_PACKAGE_PATH_NOT_EXPORTED"),
    ]);
  });
});

describe("the documentation's examples", () => {
  it("are more than a few, and their types are right", () => {
    expect(examples().map(([name]) => name)).toEqual([
      "test/failover.test.ts",
      "run.ts",
      "test/guest.test.ts",
    ]);
    expect(paste(project, "npx tsc -p .")).toEqual({ status: 0, output: expect.any(String) });
    // The compiler knows what a checker may hear, and what a test may be given.
    put(
      "wrong.ts",
      `import { checker, run } from "ftsim";
       import { test } from "ftsim/vitest";
       void run("failover", { sed: 1 });
       test("x", { scenario: { title: "no workload", about: "a" } });
       checker({ name: "x", invariant: "x", hears: ["client"], init: () => 0, on: (_, fact) => void fact.node });`,
    );
    const { output } = paste(project, "npx tsc -p . --noEmit");
    expect(output.match(/error TS\d+/g)).toHaveLength(3);
    rmSync(join(project, "wrong.ts"));
  });

  it("pass, two files at a time", () => {
    const { status, output } = paste(project, "npx vitest run --pool=threads --dir test");
    expect(output).toMatch(/Tests +5 passed \(5\)/);
    expect(status).toBe(0);
    expect(existsSync(join(project, "reports"))).toBe(false);
  });

  it("fork a run that ends as it would have, and one that does not", () => {
    const { status, output } = paste(project, "node out/run.js");
    expect(status).toBe(0);
    expect(output).toMatch(/^valid [0-9a-f]{16} \d+\ntrue\n/);
    expect(output).toContain("FAULT h1 crashes");
    expect(lineOf(output, "again")).toMatch(
      /^npx ftsim replay '#scenario=failover&seed=42&set=workload\.for%3D3s&do=/,
    );
  });
});

const MAYBE = `{
  title: "The primary dies, or not",
  about: "The primary dies near the end, if it does.",
  protocol: { "heartbeat-timeout": "200ms", "log-timeout": "200ms", "heartbeat-interval": "40ms" },
  workload: { clients: 2, rate: "50/s", for: "800ms" },
  faults: [{ at: ["500ms", "1500ms"], crash: "primary" }],
}`;
const SHORT = `{ "workload.for": "1s", "recovery": "300ms", "faults.0.when.from": "400ms" }`;
const BAD = `
import { checker } from "ftsim";
import { test } from "ftsim/vitest";
const strict = checker({
  name: "nobody-reads",
  invariant: "nobody reads",
  hears: ["client"],
  init: () => 0,
  on: (_, { event }) =>
    event.op.kind === "get" ? { looked: 1, found: event.opId + " reads" } : { looked: 1 },
});
const careless = checker({
  name: "careless",
  invariant: "it does not throw",
  hears: ["client"],
  init: () => ({ calls: 0 }),
  on(state) {
    state.calls += 1;
    return { state, looked: 1 };
  },
});
const short = ${SHORT};
test("data", { scenario: ${MAYBE}, bug: "never-announces", seeds: "1..4" });
test("named (short)", { scenario: "failover", without: "output-rule", set: short, seeds: [7] });
test("judged here", { scenario: "failover", checkers: [strict], set: short });
test("careless", { scenario: "failover", checkers: [careless], set: short });
test.fails("nothing is wrong", { scenario: "failover", set: short, finds: "output-commit" });
test("protocol", { scenario: "failover", protocol: "./mine.js", set: short });
test("no such scenario", { scenario: "failoverr" });
`;

function rowOf(text: string): number {
  return BAD.slice(0, BAD.indexOf(text)).split("\n").length;
}

/** The project on another machine, without its reports. */
function checkedOut(): string {
  const other = join(folder, "other");
  if (!existsSync(other)) checkOut(project, other);
  return other;
}

describe("a test that fails", () => {
  let status: number | null = null;
  /** By the full name of the test. */
  const failures = new Map<string, string>();
  beforeAll(() => {
    put("bad/bad.test.ts", BAD);
    const lab = "node_modules/ftsim/labs/1-output-rule/start.js";
    cpSync(join(project, lab), join(project, "mine.js"));
    const run = paste(project, "npx vitest run bad");
    status = run.status;
    for (const part of run.output.split(/^ FAIL {2}bad\/bad\.test\.ts > /m).slice(1))
      failures.set(part.slice(0, part.indexOf("\n")), part);
  });

  it("is one failure for each bad seed, and none for a good one", () => {
    expect(status).toBe(1);
    expect([...failures.keys()]).toEqual([
      "data > seed 2",
      "named (short) > seed 7",
      "judged here > seed 1",
      "careless > seed 1",
      "nothing is wrong > seed 1",
      "protocol > seed 1",
      "no such scenario > seed 1",
    ]);
  });

  it("says what a run says, and leaves its report and reproduction", () => {
    const text = failures.get("data > seed 2") ?? "";
    expect(text).toContain("FtsimFailure: data, seed 2: a property was violated");
    expect(text).toMatch(/^INVALID {3}1 finding/m);
    expect(text).toMatch(/^ {2}mac-ownership \(INV-\d+\): at /m);
    expect(text).toContain("exit 1 (a property was violated; seed 2)");
    expect(text).toContain(`❯ bad/bad.test.ts:${rowOf('test("data"')}:1`);
    const [report = ""] = lineOf(text, "report").split(" ");
    expect(report).toBe("reports/bad-bad.test/data-2/report.html");
    expect(readFileSync(join(project, report), "utf8")).toContain("mac-ownership");
    expect(existsSync(join(project, lineOf(text, "repro")))).toBe(true);
  });

  it.each([
    ["data > seed 2", /^npx ftsim replay repro:[\w-]+$/],
    ["named (short) > seed 7", /^npx ftsim run failover --seed 7 --without output-rule --set /],
  ])("%s fails in the same way where its line is pasted, without its files", (name, form) => {
    const text = failures.get(name) ?? "";
    const line = lineOf(text, "again");
    expect(line).toMatch(form);
    const again = paste(elsewhere, line);
    expect(again.status).toBe(1);
    expect(digestOf(text)).toMatch(/^[0-9a-f]{12}$/);
    expect(digestOf(again.output)).toBe(digestOf(text));
  });

  it("of a protocol of one's own fails again where the project is, too", () => {
    const text = failures.get("protocol > seed 1") ?? "";
    const line = lineOf(text, "again");
    expect(line).toMatch(/^npx ftsim run failover --seed 1 --protocol \.\/mine\.js --set /);
    const again = paste(checkedOut(), `${line} --no-report`);
    expect(again.status).toBe(1);
    expect(digestOf(again.output)).toBe(digestOf(text));
  });

  it("that its own checker judges fails again as a test of the project", () => {
    const text = failures.get("judged here > seed 1") ?? "";
    expect(text).toMatch(/^ {2}nobody-reads \(nobody reads\): c\d+-\d+ reads/m);
    const line = lineOf(text, "again");
    expect(line).toBe("npx vitest run bad/bad.test.ts -t 'judged here seed 1$'");
    const again = paste(checkedOut(), line);
    expect(again.status).toBe(1);
    expect(again.output).toMatch(/Tests +1 failed \| \d+ skipped/);
    expect(digestOf(again.output)).toBe(digestOf(text));
    // The command line can make the run, and says that it has not judged it.
    const replayed = paste(project, `npx ftsim replay ${lineOf(text, "repro")} --no-report`);
    expect(replayed.output).toContain("ftsim: judged without nobody-reads: ");
    expect(replayed.output).toMatch(/^EQUAL {3}digest/m);
  });

  it("is none when its reproduction passes, and one as long as it does not", () => {
    const repro = lineOf(failures.get("data > seed 2") ?? "", "repro");
    put(
      "repro/repro.test.ts",
      `import { test } from "ftsim/vitest";
       test("mended", { repro: ${JSON.stringify(repro)} });
       test.fails("known", { repro: ${JSON.stringify(repro)}, finds: "mac-ownership" });`,
    );
    const { output } = paste(project, "npx vitest run repro");
    expect(output).toMatch(/Tests +1 failed \| 1 passed/);
    expect(lineOf(output, "again")).toBe(`npx ftsim replay ${repro}`);
  });

  it("of a mistake is one line with its place", () => {
    expect(failures.get("careless > seed 1")?.replaceAll(/\n +/g, " ")).toMatch(
      /bad\/bad\.test\.ts:\d+:\d+: checker careless: on\(client\): Cannot assign .*return a new state/,
    );
    expect(failures.get("careless > seed 1")).toContain(
      `bad/bad.test.ts:${rowOf("state.calls += 1")}:`,
    );
    expect(failures.get("nothing is wrong > seed 1")).toContain(
      "failover, seed 1: expected a violation of output-commit, found valid",
    );
    expect(failures.get("no such scenario > seed 1")).toMatch(
      /FtsimFailure: no scenario failoverr \(did you mean failover\?\); expected .*\n +❯ bad/,
    );
  });
});
