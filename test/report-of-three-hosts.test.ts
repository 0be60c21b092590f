// The story of a run with three hosts: a host that was backup and primary in turn, copies, the time
// without a backup, more than one takeover. A history by hand.

import { describe, expect, test } from "vitest";
import { claim, failoverFacts, sampleRun, world } from "./support/report-run.ts";
import { PictureModel } from "../src/picture/model.ts";
import type { Fact } from "../src/history/fact.ts";
import { tellStory } from "../src/report/story.ts";
import { summarize } from "../src/report/summary.ts";
import { timelineRows } from "../src/report/timeline.ts";
import { verdictSentence } from "../src/report/verdict-words.ts";
import { collectFigures } from "../src/report/figures.ts";
import { heldOutputsCharts } from "../src/report/charts/held-outputs.ts";
import { applyFact, initialState } from "../src/report/world-state.ts";

const MS = 1_000_000;
const HOSTS = ["h1", "h2", "h3"];

function inGeneration(generation: number, fact: Fact): Fact {
  return fact.witness === "claim" ? { ...fact, generation } : fact;
}

function copyFact(
  at: number,
  node: string,
  stage: "begin" | "round" | "pause" | "resume" | "aborted",
  pages: number = 0,
): Fact {
  const detail = stage === "aborted" ? "h3 is silent" : "";
  return claim(at, node, { kind: "copy", stage, target: "h3", round: 0, pages, detail });
}

/** h1 dies; h2 goes on alone, is protected by h3, loses it again, and goes on with held outputs. */
function threeHosts(): readonly Fact[] {
  const begin = failoverFacts().slice(0, -2);
  return [
    world(0, { kind: "run", phase: "start", hosts: HOSTS }),
    ...begin.slice(1),
    copyFact(5000 * MS, "h2", "begin"),
    copyFact(5001 * MS, "h2", "round", 100),
    copyFact(5005 * MS, "h2", "round", 12),
    copyFact(5006 * MS, "h2", "pause", 12),
    world(5010 * MS, {
      kind: "state-put",
      node: "h3",
      source: "h2",
      count: 31,
      sourceHash: "a",
      stateHash: "a",
    }),
    inGeneration(2, claim(5010 * MS, "h3", { kind: "log-begin", lsn: 3 })),
    inGeneration(2, claim(5010 * MS, "h3", { kind: "role", role: "BACKUP", reason: "a copy" })),
    world(5020 * MS, {
      kind: "open-generation",
      generation: 2,
      opener: "h2",
      primary: "h2",
      backup: "h3",
      result: "won",
    }),
    inGeneration(2, claim(5020 * MS, "h2", { kind: "role", role: "PRIMARY", reason: "new pair" })),
    copyFact(5063 * MS, "h2", "resume"),
    inGeneration(
      2,
      claim(5990 * MS, "h2", {
        kind: "output-hold",
        ordinal: 7,
        outputClass: "network",
        lsn: 4,
        groupEnd: 4,
      }),
    ),
    world(6000 * MS, {
      kind: "fault",
      fault: "crash",
      phase: "start",
      target: "backup",
      detail: "h3 crashes",
    }),
    world(6000 * MS, { kind: "host", node: "h3", what: "crash", detail: "power loss" }),
    world(6000 * MS, { kind: "machine-stop", node: "h3", count: 31, why: "its host crashed" }),
    inGeneration(2, claim(7000 * MS, "h2", { kind: "suspect", reason: "ack", silence: 1000 * MS })),
    inGeneration(2, claim(7000 * MS, "h2", { kind: "role", role: "SUSPECT", reason: "no ack" })),
    inGeneration(2, claim(7010 * MS, "h2", { kind: "role", role: "SOLO", reason: "won" })),
    copyFact(7500 * MS, "h2", "begin"),
    copyFact(7600 * MS, "h2", "aborted"),
    world(8000 * MS, { kind: "run", phase: "end", hosts: HOSTS }),
  ];
}

const FACTS = threeHosts();
const STORY = tellStory(FACTS);

function told(what: string): readonly string[] {
  return STORY.moments.filter((one) => one.what === what).map(({ detail }) => detail);
}

describe("the story", () => {
  test("names whom a host suspects, in each generation another one", () => {
    const suspects = STORY.moments.filter(({ kind }) => kind === "suspect");
    expect(suspects.map(({ what }) => what)).toEqual(["h2 suspects h1", "h2 suspects h3"]);
  });

  test("a host that was the backup replayed, and later as the primary it had outputs to release", () => {
    expect(told("h2 SOLO")).toEqual([
      "2 entries replayed, MAC announced",
      "1 held output to release",
    ]);
  });

  test("a copy is told with its rounds, its pages and how long the guest stood still", () => {
    expect(told("h2 copies to h3")).toEqual([
      "2 rounds, 112 pages, the guest stood still for 57 ms",
      "0 rounds, 0 pages, given up: h3 is silent",
    ]);
  });

  test("a new generation says how long the VM was unprotected, and what is still open is", () => {
    expect(told("generation 2")).toEqual(["primary h2, backup h3, after 1.054 s unprotected"]);
    expect(STORY.exposures).toEqual([
      { node: "h2", from: 3966 * MS, to: 5020 * MS, generation: 2 },
      { node: "h2", from: 7010 * MS, to: null, generation: 0 },
    ]);
  });

  test("a fresh copy is behind by what it has not replayed, not by the log before it", () => {
    const [fault] = STORY.moments.filter(({ what }) => what === "h3 crashes");
    expect(fault?.detail).toBe("0 requests in flight, 1 output held, h3 is 0 log entries behind");
  });
});

test("the summary tells every takeover, the time without a backup, and the operator apart", () => {
  const fired = [
    { fault: "crash", strikes: 2, bites: 2 },
    { fault: "move", strikes: 1, bites: 1 },
  ];
  const lines = summarize(sampleRun({ facts: FACTS, fired }));
  expect(lines).toContain("0.003 catch up (h2)\n  no client waited for the takeover (h2)\n");
  expect(lines).toContain(
    "  unprotected      1.054 s until generation 2; from 7.010 s to the end\n",
  );
  expect(lines).toContain("  faults           crash 2 strikes, 2 hits\n");
  expect(lines).toContain("  operator         move 1 time\n");
});

test("of many takeovers the summary tells how many and the longest, and the head the first two", () => {
  const run = sampleRun({ facts: FACTS });
  const [first] = STORY.takeovers;
  if (first === undefined) throw new Error("there is a takeover");
  const story = { ...STORY, takeovers: Array.from({ length: 9 }, () => first) };
  const figures = collectFigures(run, story);
  expect(figures.takeovers).toHaveLength(9);
  expect(verdictSentence(run, story, figures)).toContain("7 more takeovers followed.");
});

test("a timeline whose decisions alone are too many is told from its beginning", () => {
  const { rows, leftOut } = timelineRows(STORY.moments, 4);
  expect(rows).toEqual(STORY.moments.slice(0, 4));
  expect(leftOut).toBe(STORY.moments.length - 4);
});

test("the picture has a lane for the spare, and says when the VM is alone", () => {
  const model = new PictureModel(HOSTS);
  for (const fact of FACTS) model.append(fact);
  const labels = (lane: number): readonly string[] =>
    model.roles.filter((one) => one.lane === lane).map(({ label }) => label);
  expect(labels(3)).toEqual(["spare", "backup", "down"]);
  expect(labels(2)).toContain("solo, unprotected");
  expect(model.marks.filter(({ kind }) => kind === "copy").map(({ label }) => label)).toEqual([
    "copies to h3",
    "stands still",
    "has the state of h2",
    "copies to h3",
    "gives the copy up",
  ]);
});

test("an output that waits on for the next generation's ack is one, held since it was performed", () => {
  const hold = (at: number): Fact =>
    claim(at, "h1", {
      kind: "output-hold",
      ordinal: 5,
      outputClass: "network",
      lsn: 9,
      groupEnd: 9,
    });
  const facts = [
    world(0, { kind: "run", phase: "start", hosts: HOSTS }),
    hold(1 * MS),
    hold(50 * MS),
    claim(60 * MS, "h1", {
      kind: "output-release",
      ordinal: 5,
      outputClass: "network",
      lsn: 9,
      heldFor: 59 * MS,
    }),
  ];
  const model = new PictureModel(HOSTS);
  const state = initialState(HOSTS);
  for (const fact of facts) {
    model.append(fact);
    applyFact(state, fact);
  }
  expect(model.holds).toMatchObject([{ from: 1 * MS, to: 60 * MS }]);
  expect(state.nodes[0]?.held).toBe(0);
  const charts = heldOutputsCharts(tellStory(facts), facts);
  const [count] = charts.map(({ spec }) => (spec["data"] as { values: unknown[] }).values);
  expect(JSON.stringify(count)).not.toContain('"held":2');
});

test("the state panel follows a machine that stands still, one that was put, and the new flag", () => {
  const state = initialState(HOSTS);
  const machines: string[] = [];
  for (const fact of FACTS) {
    applyFact(state, fact);
    if (fact.kind === "copy" || fact.kind === "state-put")
      machines.push(`${state.nodes[1]?.machine} ${state.nodes[2]?.machine}`);
    if (fact.kind === "open-generation") expect(state.storage.flag).toBe("not set (generation 2)");
  }
  expect(machines).toContain("stands still running");
  expect(machines.at(-1)).toBe("running stopped");
});
