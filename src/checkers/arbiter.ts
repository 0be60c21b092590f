// INV-10, where the arbiter is not the storage: of each generation one node at most is given
// the flag, and one may open the next. A majority is one of all hosts that the scenario has, each of
// which votes for one node only, whatever else was lost meanwhile. A vote may be given again once its
// candidate was told that it lost: it must not win with it any more.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

const REMEMBERED = 1024;

interface Given {
  readonly to: NodeName;
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** By the generation that is ended: to whom the arbiter gave it. */
  owners: Map<number, Given>;
  /** By "voter generation": for whom. */
  votes: Map<string, Given>;
  /** By "candidate generation": who was told that it lost the flag. */
  losers: Map<string, Given>;
  grants: number;
}

export const ARBITER: CheckerKind = defineChecker({
  name: "arbiter",
  invariants: ["INV-10"],
  rejects:
    "a generation that an arbiter gives to two nodes; a vote given twice; a majority of a part",
  property: "safety",
  appliesTo: "any",
  hears: ["vote", "arbiter-answer"],
  begin: (): State => ({ owners: new Map(), votes: new Map(), losers: new Map(), grants: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "vote") judgeVote(state, fact, index, desk);
    else if (fact.result === "won") judgeGrant(state, fact, index, desk);
    else if (fact.what === "flag") noteLoser(state, fact, index);
  },
  describe: (state) => ({
    summary: `${count(state.grants, "grant")} of an arbiter, ${count(state.votes.size, "vote")}: one owner of each generation`,
    looked: state.grants,
    idle: "no arbiter but the storage was asked for anything",
  }),
});

function judgeVote(state: State, fact: FactOf<"vote">, index: number, desk: Desk): void {
  if (!fact.isGranted) return;
  const { node, candidate, time } = fact;
  const ended = endedBy(fact);
  const before = state.votes.get(`${node} ${ended}`);
  const isFree = before !== undefined && state.losers.has(`${before.to} ${ended}`);
  if (before === undefined || isFree) {
    const given = Object.freeze({ to: candidate, time, fact: index });
    setBounded(state.votes, [`${node} ${ended}`, given], REMEMBERED);
    return;
  }
  if (before.to === candidate) return;
  desk.report({
    invariant: "INV-10",
    time,
    message: `${at(time)} ${node} voted for ${candidate} in generation ${ended}, in which it had voted for ${before.to} ${at(before.time)}: a node has one vote`,
    facts: [before.fact, index],
  });
}

function noteLoser(state: State, fact: FactOf<"arbiter-answer">, index: number): void {
  const { owner, generation, time } = fact;
  const told = Object.freeze({ to: owner, time, fact: index });
  setBounded(state.losers, [`${owner} ${generation}`, told], REMEMBERED);
}

function judgeGrant(state: State, fact: FactOf<"arbiter-answer">, index: number, desk: Desk): void {
  state.grants += 1;
  const { owner, time } = fact;
  const ended = endedBy(fact);
  const { hosts } = desk.context;
  const votes = hosts.filter((host) => state.votes.get(`${host} ${ended}`)?.to === owner).length;
  if (fact.arbiter === "majority" && votes * 2 <= hosts.length)
    desk.report({
      invariant: "INV-10",
      time,
      message: `${at(time)} ${owner} took generation ${ended} with the votes of ${count(votes, "node")} of ${hosts.length}: no majority of the cluster`,
      facts: [index],
    });
  const lost = fact.what === "flag" ? state.losers.get(`${owner} ${ended}`) : undefined;
  if (lost !== undefined)
    desk.report({
      invariant: "INV-10",
      time,
      message: `${at(time)} the arbiter gave generation ${ended} to ${owner}, which it had told ${at(lost.time)} that it lost: votes for it may be another node's by now`,
      facts: [lost.fact, index],
    });
  const before = state.owners.get(ended);
  if (before === undefined) {
    const given = Object.freeze({ to: owner, time, fact: index });
    setBounded(state.owners, [ended, given], REMEMBERED);
  } else if (before.to !== owner)
    desk.report({
      invariant: "INV-10",
      time,
      message: `${at(time)} the arbiter gave generation ${ended} to ${owner}, though ${before.to} had it ${at(before.time).replace("at", "since")}`,
      facts: [before.fact, index],
    });
}

/** Opening a generation ends the one before it. */
function endedBy({ what, generation }: FactOf<"vote"> | FactOf<"arbiter-answer">): number {
  return what === "flag" ? generation : generation - 1;
}
