// Rare situations of the log and of the outputs that wait for it: chapters 2 and 7 of the
// specification, as claims and world facts show them.

import { isInDoubt, type Handlers, type MarkBook, type NodeSeen } from "./mark-book.ts";

const MANY_HELD = 16;
const MANY_FREED = 4;
const LONG_WAY = 20_000_000;
const FOR_LONG = 500_000_000;
const FAR_BEHIND = 100_000_000;

export const LOG_MARKS: Handlers = {
  "log-append": (book, { node, isGroupEnd }) => {
    if (isGroupEnd && book.node(node).groupSize >= 2) book.mark("group-of-three-or-more");
  },
  "log-replay": (book, { node: name, lsn }) => {
    if (lsn === book.node(name).stored) book.mark("backup-runs-dry");
  },
  "log-ack-receive": (book, { node: name }) => {
    if (isInDoubt(book.node(name))) book.mark("ack-arrives-after-the-suspicion");
  },
  "output-hold": (book, { node: name, ordinal, outputClass, generation }) => {
    const node = book.node(name);
    if (outputClass === "console") book.mark("console-output-held");
    if (generation > book.state.generation) book.mark("output-held-before-its-backup-counts");
    if (node.held.size === MANY_HELD - 1 && !node.held.has(ordinal))
      book.mark("sixteen-outputs-held");
  },
  "output-release": (book, { node: name, lsn, heldFor, time }) => {
    const node = book.node(name);
    noteWait(book, heldFor);
    if (node.role === "SOLO") return;
    if (lsn > node.executedHeard && lsn <= node.ackHeard)
      book.mark("output-leaves-before-the-backup-executes-it");
    if (node.freedAt === time && node.freed === MANY_FREED - 1)
      book.mark("one-ack-frees-many-outputs");
  },
  "log-window": (book, { node, isOpen }) => {
    const follower = book.node(node);
    if (isOpen === !follower.isWindowClosed) return;
    book.mark(isOpen ? "backup-opens-its-window-again" : "backup-closes-its-window");
  },
  stalled: (book, { node, isStalled }) => {
    if (isStalled && book.followerOf(node)?.isWindowClosed === true)
      book.mark("buffers-full-at-both-ends");
  },
  lag: (book, { lag }) => {
    if (lag >= FAR_BEHIND) book.mark("backup-a-tenth-of-a-second-behind");
  },
  throttle: (book, { node: name, percent }) => {
    noteCut(book, book.node(name), percent);
  },
  "log-packed": (book) => {
    book.mark("log-travels-packed");
  },
};

function noteWait(book: MarkBook, heldFor: number): void {
  if (heldFor >= LONG_WAY) book.mark("output-held-for-20-ms");
  if (heldFor >= FOR_LONG) book.mark("output-held-for-half-a-second");
}

/** The limit as it was is known by whether it went down. */
function noteCut(book: MarkBook, node: NodeSeen, percent: number): void {
  const isCut = percent < node.limit;
  node.cutsInARow = isCut ? node.cutsInARow + 1 : 0;
  node.limit = percent;
  if (node.cutsInARow === 3) book.mark("throttled-three-steps-in-a-row");
}
