// Copies, generations and what operators ask for: chapters 6 and 8 of the specification.

import { type CopySeen, type Handlers, type MarkBook } from "./mark-book.ts";

const LONG_PAUSE = 10_000_000;
const RIGHT_AFTER = 100_000_000;

export const COPY_MARKS: Handlers = {
  copy: (book, { node: name, stage, round, detail, time }) => {
    const copy = book.node(name).copy;
    if (stage === "round" && round === 2) book.mark("copy-needs-a-third-round");
    if (stage === "aborted") noteAbort(book, detail);
    if (stage === "resume" && copy !== undefined && time - copy.pausedAt >= LONG_PAUSE)
      book.mark("guest-stands-10-ms-for-a-copy");
  },
  host: (book, { node: name, what, time }) => {
    if (what !== "crash") return;
    const { copy } = book.node(name);
    if (copy !== undefined) noteDeath(book, copy, "source");
    for (const [, other] of book.state.nodes)
      if (other.copy?.target === name) noteDeath(book, other.copy, "target");
    const { openedAt, primary, backup } = book.state;
    const isMember = name === primary || name === backup;
    if (isMember && openedAt >= 0 && time - openedAt < RIGHT_AFTER)
      book.mark("host-dies-right-after-its-admission");
  },
  placement: (book, { generation, backup }) => {
    if (book.state.placements.has(generation)) book.mark("a-host-is-named-again");
    if (book.node(backup).wasLost) book.mark("lost-host-gets-the-vm-again");
  },
  "open-generation": (book, { generation, primary, backup, result }) => {
    if (result === "lost") return;
    const { state } = book;
    if (generation === state.generation) {
      book.mark("admission-is-told-again");
      return;
    }
    if (generation === 3) book.mark("third-generation-opens");
    if (state.winners.has(state.generation) || state.backup === "") book.mark("protection-is-back");
    else if (primary !== state.primary) book.mark("primary-has-moved");
    else if (backup !== state.backup) book.mark("backup-has-moved");
  },
  "state-put": (book, { node, count }) => {
    if (count > 0 && book.node(node).wasLost) book.mark("second-machine-on-one-host");
  },
  operator: (book, { command, result }) => {
    if (command === "move" && result === "refused") book.mark("move-is-refused");
    if (command === "cpu-share" && result === "done") book.mark("operator-changes-the-cpu-share");
    if (command === "cpu-share" && result === "refused") book.mark("operation-in-a-bad-moment");
    if (command === "power-off" && result === "done") book.mark("power-off-is-confirmed");
  },
};

function noteAbort(book: MarkBook, why: string): void {
  book.mark("copy-aborted");
  if (why.startsWith("suspects")) book.mark("copy-given-up-for-a-suspicion");
  else if (why.includes("silent")) book.mark("copys-target-falls-silent");
  else if (why.includes("channel")) book.mark("copys-channel-breaks");
}

function noteDeath(book: MarkBook, copy: CopySeen, who: "source" | "target"): void {
  if (who === "source") book.mark("copys-source-dies");
  else if (copy.isPaused) book.mark("copys-target-dies-while-the-guest-stands");
  else book.mark("copys-target-dies-before-the-last-round");
}
