// What meets at one machine's port: events before the same step, and right behind what the guest did
// . Only of machines that run freely: a replay repeats them.

import { type Handlers, type MarkBook, type NodeSeen } from "./mark-book.ts";
import { isEvent } from "./track.ts";

export const PORT_MARKS: Handlers = {
  crossing: (book, fact) => {
    const { crossing, isLive, phase, count } = fact;
    if (!isLive && phase === "before") return;
    const node = book.node(fact.node);
    if (phase === "before") noteEvent(book, node, crossing, count);
    else if (isLive) noteAnswer(book, node, crossing);
    if (fact.ioStatus === "error") book.mark("disk-error-reaches-the-guest");
  },
};

function noteEvent(book: MarkBook, node: NodeSeen, event: string, count: number): void {
  const before = node.crossing;
  if (node.crossedAt === count && isEvent(before)) {
    if (node.eventsHere === 2) book.mark("three-events-at-one-step");
    if (areBoth(before, event, "net-rx", "timer")) book.mark("frame-meets-timer");
    if (areBoth(before, event, "net-rx", "disk-done")) book.mark("disk-completion-meets-frame");
    if (areBoth(before, event, "timer", "disk-done")) book.mark("disk-completion-meets-timer");
    if (before === "disk-done" && event === "disk-done") book.mark("two-completions-at-one-step");
    if (before === "net-rx" && event === "net-rx")
      book.mark("two-interrupts-for-frames-at-one-step");
  }
  if (before !== "output" || node.crossedAt + 1 !== count) return;
  if (event === "net-rx") book.mark("frame-right-behind-an-output");
  else book.mark("event-right-behind-an-output");
}

function noteAnswer(book: MarkBook, node: NodeSeen, crossing: string): void {
  if (crossing === "time" && node.awaitsClock) book.mark("clock-read-after-a-takeover");
  if (crossing === "entropy" && node.awaitsRandomness)
    book.mark("randomness-asked-after-a-takeover");
}

function areBoth(a: string, b: string, one: string, other: string): boolean {
  return (a === one && b === other) || (a === other && b === one);
}
