// A majority of the original nodes as the arbiter: the voters of five nodes, with messages
// handed over in any order; what a vote allows, what survives, what each rule is there for.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VoterRules } from "./rules.ts";
import { decodeVote, encodeVote, type Question, type VoteMessage } from "./vote-message.ts";
import { answerOf, Voter, type VoterAnswer } from "./voter.ts";

const NODES = ["h1", "h2", "h3", "h4", "h5"] as const;
const FIRST = { primary: "h1", backup: "h2" } as const;
const RULES: VoterRules = { majorityOf: "original", votesOnce: true, durableVotes: true };

const flag = (candidate: string, generation = 1): Question => ({
  what: "flag",
  generation,
  candidate,
});
const open = (candidate: string, generation: number, backup = "h3"): Question => ({
  what: "open",
  generation,
  candidate,
  primary: candidate,
  backup,
});

function cluster(
  rules: Partial<VoterRules> = {},
  original: readonly string[] = NODES,
): ReadonlyMap<string, Voter> {
  return new Map(
    original.map((self) => [
      self,
      new Voter({ self, original, first: FIRST }, { ...RULES, ...rules }),
    ]),
  );
}

const at = (voters: ReadonlyMap<string, Voter>, name: string): Voter => voters.get(name) as Voter;

/** Asks those nodes, hears the answers of some, and says what it came to: won, lost or nothing yet. */
function ask(
  voters: ReadonlyMap<string, Voter>,
  question: Question,
  reached: readonly string[],
  heard: readonly string[] = reached,
): "won" | "lost" | undefined {
  const self = at(voters, question.candidate);
  const answers: VoterAnswer[] = [...self.ask(question)];
  for (const name of reached) {
    if (name === question.candidate) continue;
    const vote = answerOf(at(voters, name), { kind: "ask", question });
    if (vote?.kind === "vote" && heard.includes(name))
      answers.push(...self.count(question, name, vote.isGranted));
    tell(voters, name, reached, at(voters, name).tellGivenUp(question));
  }
  tell(voters, question.candidate, reached, answers);
  const decided = answers.find(({ kind }) => kind === "decided");
  return decided?.kind === "decided" ? (decided.isWon ? "won" : "lost") : undefined;
}

/** Those nodes hear that this one has given up, if it says so. */
function tell(
  voters: ReadonlyMap<string, Voter>,
  from: string,
  reached: readonly string[],
  answers: readonly VoterAnswer[],
): void {
  for (const answer of answers)
    if (answer.kind === "given-up")
      for (const name of reached) at(voters, name).giveUp(answer.generation, from);
}

/** Asks so many times; what it came to in the end. */
function lastOf(
  voters: ReadonlyMap<string, Voter>,
  question: Question,
  reached: readonly string[],
  times: number,
): "won" | "lost" | undefined {
  let last: "won" | "lost" | undefined;
  for (let round = 0; round < times; round++) last = ask(voters, question, reached) ?? last;
  return last;
}

/** Whatever they asked of whom before: once both ask all who are left, one wins and the other one loses. */
function endsWithOneWinner(original: readonly string[], left: readonly string[]): void {
  const round = fc.tuple(fc.constantFrom("h1", "h2"), fc.subarray([...left]));
  fc.assert(
    fc.property(fc.array(round, { maxLength: 16 }), (rounds) => {
      const voters = cluster({}, original);
      const told = new Map<string, string>();
      const next = (name: string, to: readonly string[]): void => {
        if (told.has(name)) return;
        const result = ask(voters, flag(name), to);
        if (result !== undefined) told.set(name, result);
      };
      for (const [name, to] of rounds) next(name, to);
      for (let again = 0; again < 6; again++) for (const name of ["h1", "h2"]) next(name, left);
      expect([...told.values()].sort()).toEqual(["lost", "won"]);
    }),
    { numRuns: 500 },
  );
}

describe("a majority of five", () => {
  it("is three of the original nodes, whichever of them are there", () => {
    for (let mask = 0; mask < 32; mask++) {
      const side = NODES.filter((_, index) => (mask >> index) % 2 === 1);
      if (!side.includes("h2")) continue;
      const outcome = ask(cluster(), flag("h2"), side);
      expect(outcome).toBe(side.length >= 3 ? "won" : undefined);
    }
  });

  it("is never on both sides, however messages are mixed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("h1", "h2"), fc.subarray([...NODES])), { maxLength: 12 }),
        (rounds) => {
          const voters = cluster();
          const winners = new Set(
            rounds
              .filter(([who, reached]) => ask(voters, flag(who), reached) === "won")
              .map(([who]) => who),
          );
          expect(winners.size).toBeLessThan(2);
        },
      ),
    );
  });

  it("is told once for each time that it is asked, and again for a repetition", () => {
    const voters = cluster();
    expect(ask(voters, flag("h2"), NODES)).toBe("won");
    expect(ask(voters, flag("h2"), NODES)).toBe("won");
    expect(ask(voters, flag("h1"), NODES)).toBe("lost");
  });

  it("of those who answer is none (BUG-61)", () => {
    const voters = cluster({ majorityOf: "visible" });
    expect(ask(voters, flag("h2"), ["h2", "h3"])).toBeUndefined();
    expect(ask(voters, flag("h2"), ["h2", "h3"])).toBe("won");
  });
});

describe("a majority of four", () => {
  const FOUR = ["h1", "h2", "h3", "h4"];
  const reached = (...names: string[]): readonly string[] => names;

  it("is there for one of the living after their votes were split, with a node lost", () => {
    for (const [second, first] of [
      ["h1", "h2"],
      ["h2", "h1"],
    ] as const) {
      const voters = cluster({}, FOUR);
      expect(ask(voters, flag(first), reached("h4"))).toBeUndefined();
      expect(ask(voters, flag(second), [])).toBeUndefined();
      expect(ask(voters, flag(first), reached("h4", second))).toBeUndefined();
      expect(lastOf(voters, flag(second), reached("h4", first), 4)).toBe("lost");
      expect(ask(voters, flag(first), reached("h4", second))).toBe("won");
    }
  });

  it("is nobody's while two are even, and only one of them is told that it lost", () => {
    for (const order of [
      ["h1", "h2"],
      ["h2", "h1"],
    ]) {
      const voters = cluster({}, FOUR);
      expect(ask(voters, flag("h1"), reached("h3"))).toBeUndefined();
      expect(ask(voters, flag("h2"), reached("h4"))).toBeUndefined();
      const told = order.map((name) => ask(voters, flag(name), FOUR));
      expect(told.filter((result) => result === "lost")).toHaveLength(1);
      expect(lastOf(voters, flag("h1"), FOUR, 2)).toBe("won");
    }
  });

  it("never tells the loser of a split that it won, whatever comes late", () => {
    const voters = cluster({}, FOUR);
    expect(ask(voters, flag("h1"), reached("h4"))).toBeUndefined();
    expect(ask(voters, flag("h2"), reached("h1", "h4"))).toBe("lost");
    const loser = at(voters, "h2");
    for (const name of FOUR) loser.count(flag("h2"), name, true);
    expect(ask(voters, flag("h2"), FOUR)).toBe("lost");
  });

  it("is never on both sides, whichever answers are lost", () => {
    const round = fc.tuple(fc.constantFrom("h1", "h2"), fc.subarray(FOUR), fc.subarray(FOUR));
    fc.assert(
      fc.property(fc.array(round, { maxLength: 16 }), (rounds) => {
        const voters = cluster({}, FOUR);
        const winners = rounds
          .filter(([who, to, heard]) => ask(voters, flag(who), to, heard) === "won")
          .map(([who]) => who);
        expect(new Set(winners).size).toBeLessThan(2);
      }),
    );
  });

  it("is never on both sides, and never on none when all of it is there again", () => {
    endsWithOneWinner(FOUR, FOUR);
  });
});

describe("a majority of three, one of which is lost", () => {
  const THREE = ["h1", "h2", "h3"];
  const LEFT = ["h1", "h2"];

  it("is the first one's when each of the others has its own vote: the second one yields", () => {
    const voters = cluster({}, THREE);
    for (const name of LEFT) expect(ask(voters, flag(name), [])).toBeUndefined();
    for (let round = 2; round < 4; round++)
      for (const name of LEFT) expect(ask(voters, flag(name), LEFT)).toBeUndefined();
    expect(ask(voters, flag("h1"), LEFT)).toBeUndefined();
    expect(ask(voters, flag("h2"), LEFT)).toBe("lost");
    expect(ask(voters, flag("h1"), LEFT)).toBe("won");
    at(voters, "h2").count(flag("h2"), "h3", true);
    expect(ask(voters, flag("h2"), THREE)).toBe("lost");
  });

  it("is waited for by who knows only the vote of another one, and does not hear it ask", () => {
    const voters = cluster({}, THREE);
    expect(ask(voters, flag("h1"), [])).toBeUndefined();
    expect(lastOf(voters, flag("h2"), LEFT, 20)).toBeUndefined();
    const once = cluster({}, THREE);
    expect(ask(once, flag("h2"), [])).toBeUndefined();
    expect(ask(once, flag("h1"), LEFT)).toBeUndefined();
    expect(lastOf(once, flag("h2"), LEFT, 20)).toBeUndefined();
  });

  it.each([
    ["three, of two that are left", THREE, LEFT],
    ["three, of all", THREE, THREE],
    ["five, of three that are left", NODES, ["h1", "h2", "h4"]],
  ])("is never on both sides, and never on none in the end: %s", (_, original, left) => {
    endsWithOneWinner(original, left);
  });
});

describe("a vote", () => {
  it("is given once in a generation", () => {
    const voters = cluster();
    expect(at(voters, "h3").vote(flag("h1"))).toBe(true);
    expect(at(voters, "h3").vote(flag("h2"))).toBe(false);
    expect(at(cluster({ votesOnce: false }), "h3").vote(flag("h1"))).toBe(true);
    const twice = at(cluster({ votesOnce: false }), "h3");
    expect([twice.vote(flag("h1")), twice.vote(flag("h2"))]).toEqual([true, true]);
  });

  it("survives a loss of power", () => {
    for (const durableVotes of [true, false]) {
      const voter = at(cluster({ durableVotes }), "h3");
      voter.vote(flag("h1"));
      voter.restart();
      expect(voter.vote(flag("h2"))).toBe(!durableVotes);
    }
  });

  it("for opening the next generation ends this one: its flag cannot be won any more", () => {
    const voters = cluster();
    expect(ask(voters, open("h1", 2), ["h1", "h3", "h4"])).toBe("won");
    expect(ask(voters, flag("h2"), NODES)).toBe("lost");
    expect(ask(voters, flag("h3", 2), NODES)).toBe("won");
  });

  it("for opening is refused to whom the generation does not belong, and repeated to whom it does", () => {
    const voters = cluster();
    expect(ask(voters, flag("h2"), NODES)).toBe("won");
    expect(ask(voters, open("h1", 2), NODES)).toBe("lost");
    expect(ask(voters, open("h2", 2), NODES)).toBe("won");
    expect(ask(voters, open("h2", 2), NODES)).toBe("won");
    expect(ask(voters, open("h2", 2, "h4"), NODES)).toBe("lost");
  });
});

describe("an inquiry", () => {
  it("is answered by what a majority remembers alike", () => {
    const voters = cluster();
    ask(voters, open("h1", 2), NODES);
    const asking = at(voters, "h5");
    expect(asking.inquire()).toEqual([]);
    expect(asking.hear("h4", at(voters, "h4").record())).toEqual([]);
    const record = { generation: 2, primary: "h1", backup: "h3", winner: "" };
    expect(asking.hear("h3", at(voters, "h3").record())).toEqual([{ kind: "record", record }]);
    expect(asking.hear("h2", at(voters, "h2").record())).toEqual([]);
  });
});

describe("a voter", () => {
  it("goes on identically after a restore", () => {
    const voters = cluster();
    ask(voters, flag("h2"), ["h2", "h3"]);
    const other = at(cluster(), "h2");
    other.restore(at(voters, "h2").snapshot());
    expect(other.count(flag("h2"), "h4", true)).toEqual(
      at(voters, "h2").count(flag("h2"), "h4", true),
    );
    expect(other.snapshot()).toEqual(at(voters, "h2").snapshot());
  });

  it("counts nobody whom the cluster was not founded with", () => {
    const voter = at(cluster(), "h2");
    voter.ask(flag("h2"));
    expect(voter.count(flag("h2"), "h9", true)).toEqual([]);
    expect(voter.count(flag("h2"), "h8", true)).toEqual([]);
  });
});

describe("messages of voters", () => {
  const name = fc.string({ unit: "binary", maxLength: 8 });
  const generation = fc.integer({ min: 0, max: 0xffff_ffff });
  const question: fc.Arbitrary<Question> = fc.oneof(
    fc.record({ what: fc.constant("flag" as const), generation, candidate: name }),
    fc.record({
      what: fc.constant("open" as const),
      generation,
      candidate: name,
      primary: name,
      backup: name,
    }),
  );
  const message: fc.Arbitrary<VoteMessage> = fc.oneof(
    fc.record({ kind: fc.constant("ask" as const), question }),
    fc.record({ kind: fc.constant("vote" as const), question, isGranted: fc.boolean() }),
    fc.record({ kind: fc.constant("given-up" as const), generation }),
    fc.constant({ kind: "inquire" as const }),
    fc.record({
      kind: fc.constant("record" as const),
      record: fc.record({ generation, primary: name, backup: name, winner: name }),
    }),
  );

  it("read back, and with a flipped bit are no messages", () => {
    fc.assert(
      fc.property(message, fc.nat(), (one, bit) => {
        const bytes = encodeVote(one);
        expect(decodeVote(bytes)).toEqual(one);
        const other = bytes.slice();
        const where = bit % (8 * bytes.length);
        other[where >> 3] = (other[where >> 3] as number) ^ (1 << (where & 7));
        expect(decodeVote(other)).toBeUndefined();
      }),
    );
  });
});
