// A run as the page drives it, without a browser: what was done to it stands in its address, and the
// address opened anew is the same run, and the same as the command line's world.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestEngine, ROOT, runOf, scenarioOf } from "../../test/support/worlds.ts";
import { parseAddress } from "../testbed/run-address.ts";
import type { BootCache } from "../testbed/run.ts";
import { Session } from "./session.ts";

const SET = ["workload.for=900ms", "recovery=300ms", "protocol.heartbeat-timeout=200ms"];
const ADDRESS = `scenario=all-is-well&seed=5&${SET.map((set) => `set=${encodeURIComponent(set)}`).join("&")}`;
const TEXTS = new Map([
  ["all-is-well", readFileSync(join(ROOT, "scenarios", "all-is-well.yaml"), "utf8")],
]);
const MS = 1_000_000;

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

function open(address: string): Session {
  const opened = Session.open(engine, TEXTS, address);
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

function runTo(session: Session, until: number): void {
  while (!session.runTo(until, 100));
}

const toEnd = (session: Session) => {
  runTo(session, Number.MAX_SAFE_INTEGER);
  const ending = session.ending();
  session.release();
  return ending;
};

describe("a session", () => {
  it("writes what was done into its address; opened anew, and in the terminal, it is the same run", () => {
    const session = open(ADDRESS);
    runTo(session, 200 * MS);
    expect(session.act({ phase: "start", kind: "cut", target: "log-link" }).ok).toBe(true);
    runTo(session, 260 * MS);
    expect(session.act({ phase: "end", kind: "cut", target: "log-link" }).ok).toBe(true);
    session.step();
    expect(session.act({ phase: "start", kind: "crash", target: "h1" }).ok).toBe(true);
    const live = toEnd(session);
    const again = toEnd(open(live.address));
    expect(again).toEqual(live);
    const parsed = parseAddress(live.address);
    if (!parsed.ok) throw new Error(parsed.error);
    const { interventions, digest } = parsed.value;
    expect(interventions.map(({ kind }) => kind)).toEqual(["cut", "cut", "crash"]);
    const scenario = scenarioOf("all-is-well", SET);
    expect(runOf(engine, { scenario, seed: "5", interventions }).digest).toBe(digest);
  });

  it("leaves the told run when somebody acts before its interventions", () => {
    const session = open(`${ADDRESS}&do=0.500000000~crash~h2`);
    runTo(session, 100 * MS);
    session.act({ phase: "start", kind: "pause", target: "h1" });
    expect(session.address).toMatch(/do=0\.1\d*~pause~h1$/);
    expect(session.take().hosts.map(({ status }) => status)).toEqual(["up", "up"]);
    runTo(session, 150 * MS);
    expect(session.take().hosts.map(({ status }) => status)).toEqual(["paused", "up"]);
    session.release();
  });

  it("shows wires, clients and packets as they are", () => {
    const session = open(ADDRESS);
    runTo(session, 300 * MS);
    const before = session.take();
    expect(before.wires.every(({ cut }) => cut === 0)).toBe(true);
    expect(before.clients.answered).toBeGreaterThan(0);
    expect(before.packets.length).toBeGreaterThan(50);
    session.act({ phase: "start", kind: "cut", target: "log:h1>h2" });
    runTo(session, 301 * MS);
    const after = session.take();
    expect(after.wires.find(({ wire }) => wire === "log")?.cut).toBe(1);
    expect(after.packets.length).toBeLessThan(before.packets.length);
    expect(after.moments?.some(({ what }) => what.includes("cut"))).toBe(true);
    session.release();
  });

  it.each([
    [{ phase: "start", kind: "crash", target: "h9" }, /no node h9/],
    [{ phase: "start", kind: "loss", target: "log-link" }, /needs `chance/],
    [{ phase: "end", kind: "crash", target: "h1" }, /no end/],
    [{ phase: "start", kind: "boom", target: "h1" }, /no fault boom/],
  ] as const)("refuses %j", (act, words) => {
    const session = open(ADDRESS);
    const done = session.act(act);
    expect(!done.ok && done.error).toMatch(words);
    session.release();
  });

  it.each(["", "scenario=nothing&seed=1", "scenario=all-is-well&seed=1&without=gravity"])(
    "does not open %j",
    (address) => {
      expect(Session.open(engine, TEXTS, address).ok).toBe(false);
    },
  );
});
