// The kill rate, and what each checker is there for, by hand-made hunts.

import { describe, expect, it } from "vitest";
import type { PlantedBug } from "../../testbed/variants/bugs.ts";
import { mutantsDocument, mutantsText } from "./document.ts";
import { checkerRows, type HuntedBug, killRate } from "./matrix.ts";

function hunted(name: string, seed: number | undefined, rejectedBy: readonly string[]): HuntedBug {
  const killers = ["flag", "single-live", "mac-ownership"];
  const bug: PlantedBug = {
    name,
    id: "own",
    meaning: "",
    scenario: "failover",
    killers,
    changes: [],
  };
  const tried = seed ?? 20;
  const named = { scenario: "failover", seed, tried, untouched: 0, rejectedBy, unwell: [] };
  return { bug, named, swarm: undefined };
}

const HUNTED = [
  hunted("one", 1, ["flag", "single-live"]),
  hunted("two", 4, ["mac-ownership", "linearizable"]),
  hunted("three", 9, ["flag"]),
  hunted("four", undefined, []),
];

describe("the kill rate", () => {
  it("counts who was caught, the seeds that it took, and names who was not", () => {
    expect(killRate(HUNTED.map(({ bug, named }) => [bug.name, named]))).toEqual({
      bugs: 4,
      killed: 3,
      median: 4,
      missed: ["four"],
    });
  });

  it("leaves out what was not tried", () => {
    expect(killRate([["one", undefined]])).toMatchObject({ bugs: 0, killed: 0, missed: [] });
  });
});

describe("what a checker is there for", () => {
  const rows = new Map(checkerRows(HUNTED).map((row) => [row.checker, row]));

  it("is what it catches as one of those that are there for a bug", () => {
    expect(rows.get("flag")).toMatchObject({ kills: ["one", "three"], alone: ["three"] });
    expect(rows.get("mac-ownership")).toMatchObject({ kills: ["two"], alone: ["two"] });
    expect(rows.get("linearizable")).toMatchObject({ kills: [], alone: [] });
  });

  it("stands in the document, beside every bug", () => {
    const report = { hunted: HUNTED, most: 20, mostOfSwarm: 0, seconds: 1 };
    const text = mutantsDocument(report);
    expect(text).toContain("| three | own | failover | 9 | flag | - | - |");
    expect(text).toContain("- Missed: four.");
    expect(text).toMatch(/\| flag \| .* \| 2 \| alone: three \|/);
    expect(mutantsText(report)).toMatch(/^MISSED {2}four +failover: not in 20/m);
  });
});

describe("seeds that are not as expected without the bug", () => {
  const report = { most: 20, mostOfSwarm: 0, seconds: 1 };

  it("are named, in the document too", () => {
    const [one, ...others] = HUNTED as [HuntedBug, ...HuntedBug[]];
    const unwell = [{ ...one, named: { ...one.named, unwell: ["7"] } }, ...others];
    const said = mutantsDocument({ ...report, hunted: unwell });
    expect(said).toContain("- Not as expected without the bug either: failover 7.");
    expect(said).not.toContain("end as expected");
  });

  it("are none of those that prove something", () => {
    const said = mutantsDocument({ ...report, hunted: HUNTED });
    expect(said).toContain("- Without the bug the same seeds end as expected.");
  });
});
