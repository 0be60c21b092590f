// Takeovers (chapter 4 of the specification), and what is in the hands of a host when it dies.

import { isInDoubt, isMember, type Handlers, type MarkBook, type NodeSeen } from "./mark-book.ts";

const RIGHT_AFTER = 1_000_000;
const SLOW = 200_000_000;
const MANY_REISSUED = 3;

export const TAKEOVER_MARKS: Handlers = {
  role: (book, { node: name, role, time }) => {
    const node = book.node(name);
    if (role === "GOING_LIVE" && node.stored > 0)
      book.mark(
        node.stored > node.replayed
          ? "takeover-has-a-log-to-drain"
          : "takeover-with-nothing-to-drain",
      );
    if (role !== "SOLO" || node.role !== "GOING_LIVE") return;
    if (book.another(name, isLivePrimary) !== undefined)
      book.mark("takeover-from-a-living-primary");
    if (book.state.takeovers > 0) book.mark("second-takeover");
    if (node.doubtedAt >= 0 && time - node.doubtedAt >= SLOW) book.mark("takeover-takes-200-ms");
  },
  release: (book, { node: name, outputClass, disk, isAgain }) => {
    if (!isAgain) return;
    if (outputClass === "network") book.mark("output-sent-again-at-a-takeover");
    if (disk !== null) noteReissue(book, book.node(name), disk);
  },
  "switch-learn": ({ state, mark }, { mac, port }) => {
    const ports = state.ports.get(mac) ?? [];
    if (ports.length > 0 && ports.at(-1) !== port) mark("switch-learns-the-vm-at-another-port");
    if (ports.slice(0, -1).includes(port)) mark("switch-learns-an-old-port-again");
  },
  host: (book, fact) => {
    const node = book.node(fact.node);
    if (fact.what === "crash") noteCrash(book, node, fact.node, fact.time);
    else if (fact.what === "restart") noteRestart(book);
    else if (fact.what === "stays-out") book.mark("restarted-host-stays-out");
    else if (fact.what === "resume" && isMember(node)) noteResume(book, node, fact.node);
    else if (fact.what === "clock") noteClock(book, node, fact.detail);
    else if (fact.what === "stall" && node.side === "primary" && isMember(node))
      book.mark("machine-hangs-while-its-hypervisor-lives");
    else if (fact.what === "stall" && node.side === "backup") book.mark("backups-machine-hangs");
  },
  fault: (book, { phase }) => {
    if (phase === "skipped") book.mark("fault-left-out-for-the-budget");
    if (phase !== "start") return;
    const { nodes, active } = book.state;
    let under = 0;
    for (const [, count] of active) under += count;
    if (under === 2) book.mark("three-faults-at-once");
    for (const [, node] of nodes) {
      if (isInDoubt(node) || node.role === "GOING_LIVE") book.mark("fault-strikes-in-doubt");
      if (node.copy !== undefined) book.mark("fault-strikes-during-a-copy");
    }
  },
};

function noteReissue(
  book: MarkBook,
  { reissued }: NodeSeen,
  disk: NodeSeen["reissued"][number] & { readonly ioId: number },
): void {
  if (reissued.length === 0) book.mark("pending-disk-io-reissued");
  if (reissued.length === MANY_REISSUED - 1) book.mark("three-disk-commands-reissued");
  if (disk.op === "read") book.mark("read-reissued");
  else if (disk.op === "flush") book.mark("flush-reissued");
  else book.mark("write-reissued");
  if (reissued.some((other) => doOverlap(other, disk))) book.mark("overlapping-commands-reissued");
  if (disk.op === "write" && book.state.applied.has(disk.ioId))
    book.mark("reissued-write-was-already-applied");
}

function doOverlap(a: NodeSeen["reissued"][number], b: NodeSeen["reissued"][number]): boolean {
  if (a.op !== "write" && b.op !== "write") return false;
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}

function noteCrash(book: MarkBook, node: NodeSeen, name: string, time: number): void {
  if (book.state.crashes > 0) book.mark("second-host-dies");
  if (!isMember(node)) book.mark("host-without-the-vm-dies");
  else if (node.side === "primary" && node.role !== "SOLO") notePrimary(book, node, name, time);
  else if (node.side === "backup" && node.stored > node.replayed)
    book.mark("backup-dies-with-log-to-replay");
}

function notePrimary(book: MarkBook, node: NodeSeen, name: string, time: number): void {
  const follower = book.followerOf(name);
  if (node.held.size > 0) book.mark("primary-dies-with-outputs-held");
  if (node.heldDisk.size > 0) book.mark("primary-dies-with-a-disk-write-held");
  if (node.writesUnderWay.size > 0) book.mark("primary-dies-with-a-write-under-way");
  if (node.letOutAt >= 0 && time - node.letOutAt < RIGHT_AFTER)
    book.mark("primary-dies-right-after-an-output");
  if (follower === undefined || follower.stored === 0) return;
  if (node.appended > follower.stored) book.mark("primary-dies-with-entries-under-way");
  if (node.appendedFrame > follower.stored) book.mark("received-frame-dies-with-its-host");
  if (follower.ackSent > node.ackHeard) book.mark("primary-dies-with-an-ack-under-way");
}

function noteRestart({ state, mark }: MarkBook): void {
  if (state.suspectedAt < state.crashedAt) mark("host-is-back-before-it-is-missed");
}

function noteResume(book: MarkBook, node: NodeSeen, name: string): void {
  const winner = book.state.winners.get(book.state.generation);
  if (winner !== undefined && winner !== name) book.mark("paused-node-wakes-up-superseded");
  else if (book.another(name, isInDoubt) !== undefined) book.mark("paused-node-wakes-up-suspected");
  else if (!isInDoubt(node)) book.mark("pause-ends-unnoticed");
}

function noteClock(book: MarkBook, node: NodeSeen, detail: string): void {
  if (!detail.startsWith("set ") || !isMember(node)) return;
  const isBack = detail.includes("-");
  if (node.side === "backup") book.mark("backups-clock-is-set");
  else book.mark(isBack ? "clock-set-back-under-the-guest" : "clock-set-forward-under-the-guest");
}

function isLivePrimary({ side, role, isCrashed }: NodeSeen): boolean {
  return side === "primary" && role !== "HALTED" && role !== "" && !isCrashed;
}
