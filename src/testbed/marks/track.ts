// Keeps the marks' book: each fact, after all watchers have looked at it.

import { forgetLog, type Handlers, type NodeSeen } from "./mark-book.ts";

export const TRACK: Handlers = {
  run: ({ state }, { hosts }) => {
    state.hosts = hosts.length;
  },
  role: (book, { node: name, role, time }) => {
    const node = book.node(name);
    if (role === "PRIMARY" || role === "SOLO") node.side = "primary";
    else if (role === "BACKUP") node.side = "backup";
    // The first pair is told by nobody else.
    if (role === "PRIMARY" && time === 0) book.state.primary = name;
    if (role === "BACKUP" && time === 0) book.state.backup = name;
    if (role === "SUSPECT") node.doubtedAt = time;
    if (node.role === "GOING_LIVE" && role === "SOLO") tookOver(node);
    if (node.role === "GOING_LIVE" && role === "SOLO") book.state.takeovers += 1;
    node.role = role;
  },
  suspect: ({ state }, { time }) => {
    state.suspectedAt = time;
  },
  host: (book, { node: name, what, time }) => {
    const node = book.node(name);
    if (what === "crash") {
      node.isCrashed = true;
      node.wasLost = true;
      node.side = "";
      node.role = "";
      node.isPaused = false;
      book.state.crashes += 1;
      book.state.crashedAt = time;
    } else if (what === "restart") {
      node.isCrashed = false;
      forgetLog(node);
    } else if (what === "pause") node.isPaused = true;
    else if (what === "resume") node.isPaused = false;
  },
  "machine-stop": (book, { node: name }) => {
    const node = book.node(name);
    node.wasLost = true;
    node.side = "";
    // What it sent to the disk may still be applied.
    const { writesUnderWay } = node;
    forgetLog(node);
    node.writesUnderWay = writesUnderWay;
  },
  fault: ({ state }, { fault, phase }) => {
    const active = state.active.get(fault) ?? 0;
    if (phase === "start") state.active.set(fault, active + 1);
    else if (phase === "end") state.active.set(fault, Math.max(0, active - 1));
  },

  "log-append": (book, { node: name, lsn, entry, isGroupEnd }) => {
    const node = book.node(name);
    node.appended = lsn;
    if (entry === "net-rx") node.appendedFrame = lsn;
    node.groupSize = isGroupEnd ? 0 : node.groupSize + 1;
  },
  "log-begin": (book, { node: name, lsn }) => {
    const node = book.node(name);
    node.stored = lsn;
    node.replayed = lsn;
    node.ackSent = lsn;
  },
  "log-buffered": (book, { node, lsn }) => {
    book.node(node).stored = lsn;
  },
  "log-replay": (book, { node, lsn }) => {
    book.node(node).replayed = lsn;
  },
  "log-ack-send": (book, { node, through }) => {
    book.node(node).ackSent = through;
  },
  "log-ack-receive": (book, { node: name, through, executed }) => {
    const node = book.node(name);
    node.ackHeard = through;
    node.executedHeard = executed;
  },
  "output-hold": (book, { node: name, ordinal, outputClass }) => {
    const node = book.node(name);
    node.held.add(ordinal);
    if (outputClass === "disk") node.heldDisk.add(ordinal);
  },
  "output-release": (book, { node: name, ordinal, time }) => {
    const node = book.node(name);
    node.held.delete(ordinal);
    node.heldDisk.delete(ordinal);
    node.freed = node.freedAt === time ? node.freed + 1 : 1;
    node.freedAt = time;
  },
  "log-window": (book, { node, isOpen }) => {
    book.node(node).isWindowClosed = !isOpen;
  },

  release: (book, { node: name, time, outputClass, disk, isAgain }) => {
    const node = book.node(name);
    if (outputClass === "network") node.letOutAt = time;
    if (disk === null) return;
    if (disk.op === "write") node.writesUnderWay.add(disk.ioId);
    if (isAgain) node.reissued.push(disk);
  },
  "disk-apply": (book, { node, disk, result }) => {
    if (disk.op !== "write") return;
    book.node(node).writesUnderWay.delete(disk.ioId);
    if (result === "ok") book.noteApplied(disk.ioId);
    if (result === "ok") book.state.newestApplied = Math.max(book.state.newestApplied, disk.ioId);
  },
  crossing: (book, { node: name, crossing, phase, count }) => {
    const node = book.node(name);
    const isHere = phase === "before" && node.crossedAt === count && isEvent(node.crossing);
    node.eventsHere = isHere ? node.eventsHere + 1 : 1;
    node.crossing = crossing;
    node.crossedAt = count;
    if (crossing === "time") node.awaitsClock = false;
    if (crossing === "entropy") node.awaitsRandomness = false;
  },

  "test-and-set-request": (book, { node, generation }) => {
    book.node(node).askedFor = generation;
  },
  "test-and-set-result": (book, { node, result }) => {
    book.node(node).answer = result;
  },
  "test-and-set": ({ state }, { generation, owner, result }) => {
    if (result === "won") state.winners.set(generation, owner);
    else state.refused.add(`${owner} ${generation}`);
  },
  vote: ({ state }, { what, generation, candidate, isGranted }) => {
    if (what === "flag" && isGranted) state.candidates.set(generation, candidate);
  },
  "open-generation": (book, { generation, primary, backup, result, time }) => {
    const { state } = book;
    if (result === "lost" || generation === state.generation) return;
    Object.assign(state, { generation, primary, backup, openedAt: time });
    for (const [, node] of state.nodes) node.answer = "";
  },
  "switch-learn": ({ state }, { mac, port }) => {
    state.ports.set(mac, [...(state.ports.get(mac) ?? []), port]);
  },
  placement: ({ state }, { generation }) => {
    state.placements.set(generation, (state.placements.get(generation) ?? 0) + 1);
  },
  copy: (book, { node: name, stage, target, round, detail, time }) => {
    const node = book.node(name);
    if (stage === "begin")
      node.copy = { purpose: detail, target, round: 0, pausedAt: -1, isPaused: false };
    const { copy } = node;
    if (copy === undefined) return;
    if (stage === "round") copy.round = round + 1;
    else if (stage === "pause") Object.assign(copy, { pausedAt: time, isPaused: true });
    else if (stage === "resume" || stage === "aborted") node.copy = undefined;
  },
};

/** Whether what crossed the port came from outside, before a step. */
export function isEvent(crossing: string): boolean {
  return (
    crossing === "timer" ||
    crossing === "net-rx" ||
    crossing === "disk-done" ||
    crossing === "uart-rx"
  );
}

function tookOver(node: NodeSeen): void {
  node.awaitsClock = true;
  node.awaitsRandomness = true;
  node.reissued = [];
}
