// INV-10 with an arbiter other than the storage, by hand: grants and votes that are right, and one for
// each thing that can be wrong with them.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { PairScript, TEST_CONTEXT } from "../../test/support/history-builder.ts";
import { ARBITER } from "./arbiter.ts";

const CONTEXT = { ...TEST_CONTEXT, hosts: ["h1", "h2", "h3", "h4", "h5"] };

/** Who votes for whom, and who is told that it has the flag. */
function script(
  votes: readonly (readonly [voter: string, candidate: string])[],
  owners: readonly string[],
  arbiter: "majority" | "third-party" = "majority",
): PairScript {
  const result = new PairScript(CONTEXT);
  for (const [node, candidate] of votes)
    result.world({ kind: "vote", node, what: "flag", generation: 1, candidate, isGranted: true });
  for (const owner of owners)
    result.world({
      kind: "arbiter-answer",
      arbiter,
      what: "flag",
      generation: 1,
      owner,
      votes: 3,
      result: "won",
    });
  return result;
}

const vote = (node: string, candidate: string) =>
  ({ kind: "vote", node, what: "flag", generation: 1, candidate, isGranted: true }) as const;

function tell(to: PairScript, owner: string, result: "won" | "lost"): PairScript {
  to.world({
    kind: "arbiter-answer",
    arbiter: "majority",
    what: "flag",
    generation: 1,
    owner,
    votes: 3,
    result,
  });
  return to;
}

const THREE = [
  ["h2", "h2"],
  ["h3", "h2"],
  ["h4", "h2"],
] as const;

describe("arbiter", () => {
  test("INV-10 holds for three of five, and for the same answer again", () => {
    accepts(ARBITER, script([...THREE, ["h1", "h1"]], ["h2", "h2"]).facts, CONTEXT);
    accepts(ARBITER, script([], ["h2"], "third-party").facts, CONTEXT);
  });

  test("INV-10: two of five are no majority", () => {
    expect(rejection(ARBITER, script(THREE.slice(1), ["h2"]).facts, CONTEXT)).toContain(
      "h2 took generation 1 with the votes of 2 nodes of 5: no majority of the cluster",
    );
  });

  test("INV-10: a node votes twice", () => {
    expect(rejection(ARBITER, script([...THREE, ["h4", "h1"]], ["h2"]).facts, CONTEXT)).toContain(
      "h4 voted for h1 in generation 1, in which it had voted for h2",
    );
  });

  test("INV-10: a vote for a loser is free once it was told so, and no sooner", () => {
    const before = [
      ["h1", "h1"],
      ["h4", "h1"],
      ["h2", "h2"],
      ["h3", "h2"],
    ] as const;
    const given = tell(script(before, []), "h2", "lost");
    given.world(vote("h2", "h1"));
    given.world(vote("h3", "h1"));
    accepts(ARBITER, tell(given, "h1", "won").facts, CONTEXT);
    const early = script([...before, ["h3", "h1"]], []);
    expect(rejection(ARBITER, tell(early, "h2", "lost").facts, CONTEXT)).toContain(
      "h3 voted for h1 in generation 1, in which it had voted for h2",
    );
  });

  test("INV-10: a loser wins after all", () => {
    const late = tell(script(THREE, []), "h2", "lost");
    expect(rejection(ARBITER, tell(late, "h2", "won").facts, CONTEXT)).toContain(
      "gave generation 1 to h2, which it had told at 0.000000 s that it lost",
    );
  });

  test("INV-10: a third party gives a generation to two nodes", () => {
    const facts = script([], ["h2", "h1"], "third-party").facts;
    expect(rejection(ARBITER, facts, CONTEXT)).toContain(
      "gave generation 1 to h1, though h2 had it",
    );
  });

  test("INV-10: whoever opens the next generation has this one", () => {
    const opened = script([], ["h2"], "third-party");
    opened.world({
      kind: "arbiter-answer",
      arbiter: "third-party",
      what: "open",
      generation: 2,
      owner: "h1",
      votes: 0,
      result: "won",
    });
    expect(rejection(ARBITER, opened.facts, CONTEXT)).toContain("to h1, though h2 had it");
  });
});
