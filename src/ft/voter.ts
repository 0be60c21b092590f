// A majority of the original nodes is the arbiter. Every node of the cluster has a voter with
// one durable vote for each generation; a candidate goes live with the votes of a majority of the
// nodes that the cluster was founded with, whichever of them it can see.
//
// A vote for a generation says who ends it: by its flag, or, without a failure, by opening the next
// one. So nobody can win the flag of a generation that a majority has let another node close.
//
// Votes can be split: half of an even number of nodes stops a candidate, and with a node lost, or with
// the other half for its rival, nobody has a majority. So a candidate that was told that it lost the
// flag, and halts, gives up: votes for it are free again. Of two that are even only one is told so. Of
// an odd number nobody is stopped by less than a majority; with a node lost one of two yields.

import { must } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import type { VoterRules } from "./rules.ts";
import type { Question, VoteMessage, VoterRecord } from "./vote-message.ts";

/** How often a candidate asks before it does without the nodes that do not answer. */
const ROUNDS_FOR_ALL = 4;

/** What survives a loss of power. */
interface Durable {
  /** By generation: who ends it. */
  votes: Map<number, string>;
  /** "generation candidate": who has given up the flag, and cannot win it any more. */
  givenUp: Set<string>;
  /** The newest generation that this node has voted to open, or the first one. */
  newest: { generation: number; primary: string; backup: string };
}

interface Ballot {
  readonly question: Question;
  /** By voter. */
  readonly votes: Map<string, boolean>;
  /** How often it was asked, and when its outcome was told last. */
  rounds: number;
  toldIn: number;
  /** Who asked for the same flag meanwhile, stands before this node in the cluster, and in which round. */
  rival: { readonly name: string; readonly round: number } | undefined;
}

interface VoterState {
  durable: Durable;
  /** What this node asks for, by its key. */
  ballots: Map<string, Ballot>;
  /** Of an inquiry that is under way. */
  records: Map<string, VoterRecord> | undefined;
}

export type VoterSnapshot = VoterState;

/** What a node's own question has come to. */
export type VoterAnswer =
  | {
      readonly kind: "decided";
      readonly question: Question;
      readonly isWon: boolean;
      readonly votes: number;
    }
  | { readonly kind: "record"; readonly record: VoterRecord }
  /** To be told to all the others. */
  | { readonly kind: "given-up"; readonly generation: number };

export interface VoterOptions {
  readonly self: string;
  readonly original: readonly string[];
  /** The members of generation 1. */
  readonly first: { readonly primary: string; readonly backup: string };
}

export function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

export class Voter {
  readonly #self: string;
  /** The nodes that the cluster was founded with: never those that happen to be there. */
  readonly #original: readonly string[];
  readonly #rules: VoterRules;
  readonly #first: Durable["newest"];
  #state: VoterState;

  constructor({ self, original, first }: VoterOptions, rules: VoterRules) {
    this.#self = self;
    this.#original = original;
    this.#rules = rules;
    this.#first = { generation: 1, ...first };
    this.#state = { durable: this.#nothing(), ballots: new Map(), records: undefined };
  }

  /** This node's vote: given once for a generation, and the same whenever it is asked for. */
  vote(question: Question): boolean {
    const { durable } = this.#state;
    this.#noteRival(question);
    // What ends a generation is decided with it: opening g + 1 ends g.
    const ends = endedBy(question);
    const isOver = ends < durable.newest.generation;
    if (isOver && !isRepeated(durable.newest, question)) return false;
    if (this.#hasGivenUp(question)) return false;
    if (this.#isBound(ends, question.candidate) && this.#rules.votesOnce) return false;
    durable.votes.set(ends, question.candidate);
    if (question.what === "open" && !isOver) {
      const { generation, primary, backup } = question;
      durable.newest = { generation, primary, backup };
    }
    return true;
  }

  /** Asks everybody, itself too; asked again, it goes on counting. */
  ask(question: Question): readonly VoterAnswer[] {
    const { ballots } = this.#state;
    const key = keyOf(question);
    const known = ballots.get(key);
    if (known === undefined)
      ballots.set(key, { question, votes: new Map(), rounds: 1, toldIn: 0, rival: undefined });
    else known.rounds += 1;
    return this.count(question, this.#self, this.vote(question));
  }

  inquire(): readonly VoterAnswer[] {
    this.#state.records = new Map();
    return this.hear(this.#self, this.record());
  }

  /** What this node remembers. */
  record(): VoterRecord {
    const { newest, votes } = this.#state.durable;
    return { ...newest, winner: votes.get(newest.generation) ?? "" };
  }

  /** Another node's vote has come. */
  count(question: Question, voter: string, isGranted: boolean): readonly VoterAnswer[] {
    const ballot = this.#state.ballots.get(keyOf(question));
    if (ballot === undefined || !this.#original.includes(voter)) return [];
    ballot.votes.set(voter, isGranted);
    const granted = [...ballot.votes.values()].filter((vote) => vote).length;
    const denied = ballot.votes.size - granted;
    const hasGivenUp = this.#hasGivenUp(ballot.question);
    const isWon = granted >= this.#majority(ballot) && !hasGivenUp;
    const isStopped = denied > this.#original.length - this.#majority(ballot);
    const isOutvoted = isStopped && !this.#outlivesTie(ballot, denied);
    const isLost = hasGivenUp || isOutvoted || (!isWon && this.#yields(ballot));
    if ((!isWon && !isLost) || ballot.toldIn === ballot.rounds) return [];
    ballot.toldIn = ballot.rounds;
    if (isLost && question.what === "flag") this.giveUp(question.generation, this.#self);
    return [
      { kind: "decided", question: ballot.question, isWon, votes: granted },
      ...(isLost ? this.tellGivenUp(question) : []),
    ];
  }

  /** A candidate says that it will not have the flag: who voted for it may vote again. */
  giveUp(generation: number, candidate: string): void {
    this.#state.durable.givenUp.add(`${generation} ${candidate}`);
  }

  /** That this node gave up its own claim to what is asked for, for everybody who voted for it. */
  tellGivenUp({ what, generation }: Question): readonly VoterAnswer[] {
    const own: Question = { what: "flag", generation, candidate: this.#self };
    return what === "flag" && this.#hasGivenUp(own) ? [{ kind: "given-up", generation }] : [];
  }

  /** Another node's record: what a majority remembers alike is so. */
  hear(voter: string, record: VoterRecord): readonly VoterAnswer[] {
    const { records } = this.#state;
    if (records === undefined || !this.#original.includes(voter)) return [];
    records.set(voter, record);
    const alike = [...records.values()].filter((other) => isSame(other, record)).length;
    if (alike * 2 <= this.#original.length) return [];
    this.#state.records = undefined;
    return [{ kind: "record", record }];
  }

  /** The power was lost: questions are forgotten, votes are not. */
  restart(): void {
    this.#state.ballots.clear();
    this.#state.records = undefined;
    if (!this.#rules.durableVotes) this.#state.durable = this.#nothing();
  }

  snapshot(): VoterSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: VoterSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  /** Whether its vote belongs to another node than this candidate. */
  #isBound(ends: number, candidate: string): boolean {
    const { votes, givenUp } = this.#state.durable;
    const given = votes.get(ends);
    return given !== undefined && given !== candidate && !givenUp.has(`${ends} ${given}`);
  }

  /** A candidate that halted for its loss must not win with votes that come in late. */
  #hasGivenUp({ what, generation, candidate }: Question): boolean {
    return what === "flag" && this.#state.durable.givenUp.has(`${generation} ${candidate}`);
  }

  /**
   * Two candidates with half of the votes each stop each other. The one goes on asking that has the
   * vote of the cluster's first node. With less than half it may be that answers are under way still:
   * only after some rounds it does without them.
   */
  #outlivesTie({ votes, rounds }: Ballot, denied: number): boolean {
    const nodes = this.#original.length;
    if (denied * 2 !== nodes || votes.get(must(this.#original[0], "node")) === false) return false;
    return votes.size === nodes || rounds < ROUNDS_FOR_ALL;
  }

  /**
   * Two candidates of an odd number, with a node lost, can have as many votes each, and neither knows
   * whether the missing ones are the other's. The one behind in the cluster's order gives up after some
   * rounds, while the other one asks still: one that only left its vote behind would not take the VM.
   */
  #yields({ question, rounds, rival }: Ballot): boolean {
    const isOdd = this.#original.length % 2 === 1;
    if (!isOdd || question.what !== "flag" || rival === undefined) return false;
    return rounds >= ROUNDS_FOR_ALL && rival.round >= rounds - 1;
  }

  #noteRival({ what, generation, candidate: name }: Question): void {
    const own = this.#state.ballots.get(keyOf({ what: "flag", generation, candidate: this.#self }));
    if (what !== "flag" || own === undefined) return;
    const isBefore = this.#original.indexOf(name) < this.#original.indexOf(this.#self);
    if (isBefore) own.rival = { name, round: own.rounds };
  }

  #majority({ votes, rounds }: Ballot): number {
    // BUG-61: of those who have answered when it is asked again.
    if (this.#rules.majorityOf === "visible" && rounds > 1) return majorityOf(votes.size);
    return majorityOf(this.#original.length);
  }

  #nothing(): Durable {
    return { votes: new Map(), givenUp: new Set(), newest: { ...this.#first } };
  }
}

/** Opening a generation ends the one before it. */
function endedBy({ what, generation }: Question): number {
  return what === "flag" ? generation : generation - 1;
}

/** The answer to a message of another node, if it has one. */
export function answerOf(voter: Voter, message: VoteMessage): VoteMessage | undefined {
  if (message.kind === "ask")
    return { kind: "vote", question: message.question, isGranted: voter.vote(message.question) };
  return message.kind === "inquire" ? { kind: "record", record: voter.record() } : undefined;
}

/** The generation that was opened last, asked for again: the same request is the same request. */
function isRepeated(newest: Durable["newest"], question: Question): boolean {
  return (
    question.what === "open" &&
    question.generation === newest.generation &&
    question.primary === newest.primary &&
    question.backup === newest.backup
  );
}

function isSame(a: VoterRecord, b: VoterRecord): boolean {
  return (
    a.generation === b.generation &&
    a.primary === b.primary &&
    a.backup === b.backup &&
    a.winner === b.winner
  );
}

function keyOf(question: Question): string {
  const pair = question.what === "open" ? ` ${question.primary} ${question.backup}` : "";
  return `${question.what} ${question.generation} ${question.candidate}${pair}`;
}
