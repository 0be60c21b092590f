// From a suspicion to the answer of the arbiter, and what becomes of both nodes: chapters 3 and 5 of
// the specification.

import { isInDoubt, isMember, type Handlers, type MarkBook } from "./mark-book.ts";

const ARBITER_FAULTS = ["storage-outage", "storage-stall"];

export const DOUBT_MARKS: Handlers = {
  suspect: (book, { node: name, reason }) => {
    if (reason === "heartbeat") book.mark("heartbeats-fall-silent");
    else if (reason === "log") book.mark("only-the-log-falls-silent");
    else book.mark("false-alarm-makes-a-suspicion");
    if (book.another(name, isAlive) !== undefined) book.mark("living-peer-is-suspected");
    if (book.another(name, isInDoubt) !== undefined) book.mark("both-suspect-each-other");
  },
  role: (book, { node: name, role }) => {
    const node = book.node(name);
    const isTrusting = role === "PRIMARY" || role === "BACKUP";
    if (node.role === "SUSPECT" && isTrusting) book.mark("suspicion-taken-back");
    if (role === "HALTED" && node.answer === "lost") book.mark("loser-of-the-flag-halts");
    if (role === "SOLO" && node.side === "primary" && isMember(node))
      book.mark("primary-goes-on-alone");
  },
  "test-and-set-request": (book, { node: name, generation, attempt }) => {
    if (attempt > 1) book.mark("test-and-set-retried");
    const isClaimed = book.another(
      name,
      (other) => other.role === "TAS_WAIT" && other.askedFor === generation,
    );
    if (isClaimed !== undefined) book.mark("both-claim-the-flag");
    if (isArbiterDown(book)) book.mark("flag-asked-while-the-arbiter-is-down");
  },
  "test-and-set": (book, { generation, owner, result, isFirst }) => {
    if (result === "won") noteWon(book, generation, owner, isFirst);
    else noteLost(book, generation, owner);
  },
  "storage-restart": ({ state, mark }) => {
    mark("storage-restarts");
    if (state.winners.has(state.generation)) mark("storage-restarts-with-the-flag-taken");
  },
  "arbiter-answer": (book, { arbiter, what, votes, result }) => {
    if (what === "open") return;
    if (arbiter === "third-party") book.mark("third-party-decides");
    else if (result === "lost") book.mark("majority-refuses");
    else book.mark("majority-decides");
    if (arbiter === "majority" && result === "won" && votes < book.state.hosts)
      book.mark("majority-decides-without-everybody");
  },
  vote: (book, { node, what, generation, candidate, isGranted }) => {
    if (what === "open") return;
    if (!isGranted) book.mark("vote-refused");
    else if (book.node(node).role === "") book.mark("host-without-the-vm-votes");
    const earlier = book.state.candidates.get(generation);
    if (isGranted && earlier !== undefined && earlier !== candidate) book.mark("votes-are-split");
  },
};

function noteWon(book: MarkBook, generation: number, owner: string, isFirst: boolean): void {
  if (!isFirst) book.mark("winner-is-told-again");
  else if (generation > 1) book.mark("flag-of-a-later-generation-won");
  const other = generation === book.state.generation && book.another(owner, isAlive);
  if (isFirst && other) book.mark("flag-won-against-a-living-peer");
}

function noteLost(book: MarkBook, generation: number, owner: string): void {
  if (generation < book.state.generation) book.mark("flag-of-an-old-generation-refused");
  if (book.state.refused.has(`${owner} ${generation}`)) book.mark("loser-is-told-again");
}

function isArbiterDown({ state }: MarkBook): boolean {
  return ARBITER_FAULTS.some((fault) => (state.active.get(fault) ?? 0) > 0);
}

function isAlive(node: Parameters<typeof isMember>[0]): boolean {
  return isMember(node) && !node.isCrashed && !node.isPaused;
}
