// A protocol of one's own at the command line: what is wrong with it is one line with its file, line and
// column, and the exit code that its kind of mistake has. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

const BIN = join(ROOT, "bin", "ftsim.js");
const SHORT = ["--set", "workload.for=600ms", "--set", "recovery=200ms"];

let folder = "";
let good = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-protocols-"));
  expect(ftsim("new", "protocol", "mine").status).toBe(0);
  good = readFileSync(join(folder, "mine.js"), "utf8");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ftsim(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Runs the good protocol with one thing replaced. */
function runWith(from: string, to: string) {
  expect(good).toContain(from);
  return runText(good.replace(from, to));
}

function runText(text: string) {
  writeFileSync(join(folder, "bad.js"), text);
  return ftsim(
    "run",
    "all-is-well",
    "--seed",
    "1",
    ...SHORT,
    "--no-report",
    "--protocol",
    "./bad.js",
  );
}

function expectLine(
  result: { status: number | null; stderr: string },
  status: number,
  line: RegExp,
) {
  expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(result.stderr).toMatch(line);
  expect(result.status).toBe(status);
}

describe("ftsim new protocol", () => {
  it("writes a protocol that is valid, the same twice and from its reproduction", () => {
    const flags = ["--seed", "1", ...SHORT, "--protocol", "./mine.js"];
    const { status, stdout } = ftsim("run", "all-is-well", ...flags, "--out", "kept");
    expect(stdout).toMatch(/^VALID/m);
    expect(status).toBe(0);
    expect(ftsim("verify", "all-is-well", ...flags).stdout).toMatch(/^EQUAL/);
    expect(ftsim("replay", "kept", "--quiet", "--no-report").stdout).toMatch(/as it was/);
    expect(ftsim("check", "kept").stdout).toMatch(/^VALID/);
  });

  it("overwrites nothing, and takes no strange names", () => {
    expectLine(ftsim("new", "protocol", "mine"), 64, /mine\.js: is there already/);
    expectLine(ftsim("new", "protocol", "../x"), 64, /expected a name/);
    expectLine(ftsim("new", "planet"), 64, /new planet; expected: new protocol/);
  });
});

describe("a protocol that is wrong", () => {
  it("cannot be loaded: exit 64", () => {
    expectLine(ftsim("run", "failover", "--protocol", "./no.js"), 64, /\.\/no\.js: no such file/);
    expectLine(runText("export const name = ;"), 64, /^ftsim: \.\/bad\.js:1:\d+: Unexpected token/);
    expectLine(runText('export const name = "x";'), 64, /bad\.js:1:1: exports no function init/);
    expectLine(runText("throw new Error('no');"), 64, /^ftsim: \.\/bad\.js:1:7: no$/m);
  });

  it("asks the host for something: exit 4 in a step, 64 while it is loaded", () => {
    const inStep = runWith("const number = state.number + 1;", "const number = Date.now();");
    expectLine(inStep, 4, /^ftsim: \.\/bad\.js:\d+:\d+: step\(.*\): ambient.*Date\.now/);
    const env = runWith("const number = state.number + 1;", "const number = process.pid;");
    expectLine(env, 4, /ambient.*process\.pid/);
    const loaded = runWith("const TICK = 100;", "const TICK = Math.random();");
    expectLine(loaded, 64, /^ftsim: \.\/bad\.js:\d+:\d+: ambient.*Math\.random/);
  });

  it("changes frozen state, throws, or asks for what nobody knows: exit 64", () => {
    const changed = runWith(
      "const { exit } = input;",
      "const { exit } = input;\n  state.held.push(1);",
    );
    expectLine(changed, 64, /bad\.js:\d+:14: step\(exit .*not extensible; states.*are frozen/);
    const thrown = runWith("const { exit } = input;", "const { exit } = input;\n  null.x;");
    expectLine(thrown, 64, /bad\.js:\d+:\d+: step\(exit .*reading 'x'/);
    const unknown = runWith('kind: "announce"', 'kind: "memory"');
    expect(unknown.status).toBe(0);
    const torn = runWith(
      '{ do: "put", pages, machine }',
      "{ do: 'put', pages, machine: machine.slice(9) }",
    );
    expectLine(torn, 64, /asked for what cannot be done: h2: memory put: /);
    const wrong = runWith('{ do: "track" }', '{ do: "trcak" }');
    expectLine(wrong, 64, /bad\.js:\d+:\d+: step\(start\): effects\[\d\] memory: expected/);
  });

  it("forgets an output: the checkers reject it, and the output is named", () => {
    const { status, stderr, stdout } = runWith(
      "const released = letGo(state, state.held);",
      "const released = letGo(state, []);",
    );
    expect(stdout).toMatch(/^(INVALID|UNKNOWN)/m);
    expect(stderr).toMatch(/h1 performed \w+ output \d+ at [\d.]+ s, and no effect released it/);
    expect([1, 2, 3]).toContain(status);
  });

  it("keeps its state in the module: exit 4", () => {
    const { status, stderr } = runWith(
      "export function step(before, input) {",
      "let beats = 0;\nexport function step(before, input) {\n  beats += 1;\n  if (beats === 200) return { state: before, effects: [{ kind: 'mark', name: 'x' }] };",
    );
    expect(stderr).toMatch(/not deterministic: at [\d.]+ s fact \d+ .* made again from a snapshot/);
    expect(status).toBe(4);
  });
});

describe("ftsim lab", () => {
  it("lists the labs, and tells which there are", () => {
    const { status, stdout } = ftsim("lab");
    expect(stdout).toMatch(/^1 {2}What the world has seen/);
    expect(status).toBe(0);
    expectLine(ftsim("lab", "99"), 64, /no lab 99; expected 1 to \d/);
  });

  it("runs a lab with a protocol, in a table, and exits 1 until all is valid", () => {
    const { status, stdout } = ftsim("lab", "4");
    expect(stdout).toMatch(/^ {2}pending-disk-io +seed 1 +invalid +reissue$/m);
    expect(stdout).toMatch(/^\d of \d runs valid$/m);
    expect(status).toBe(1);
    const solved = ftsim("lab", "4", join(ROOT, "labs", "4-pending-disk", "solution.js"));
    expect(solved.stdout).toMatch(/^2 of 2 runs valid$/m);
    expect(solved.status).toBe(0);
  });
});

it("protocols are listed and explained", () => {
  const { stdout } = ftsim("list", "protocols");
  for (const name of [
    "vm-ft",
    "stop-on-output",
    "ack-on-execute",
    "epochs",
    "checkpoints",
    "colo",
  ]) {
    expect(stdout).toMatch(new RegExp(`^${name} `, "m"));
    expect(ftsim("explain", name).stdout).toMatch(new RegExp(`^${name}: a protocol`, "m"));
  }
  expectLine(
    ftsim("run", "failover", "--protocol", "epoch"),
    64,
    /no protocol epoch \(did you mean epochs\?\); expected one of .*, or a file\.js/,
  );
});
