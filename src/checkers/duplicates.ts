// INV-20: a segment that leaves again (a TCP retransmission, or a RESEND at a takeover) carries the
// same bytes for the same sequence range. What counts as sent again depends on the boundary policy:
// under "drop" nothing that was performed during replay goes out; under "resend" each held output at
// most once, in order, before the first new output of its class.

import { count } from "../base/words.ts";
import type { NodeName, SegmentSummary } from "../history/fact.ts";
import type { Release } from "./acts.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeRelease } from "./words.ts";

/** More segments than one window of a connection holds. */
const WINDOW = 192;

interface Sent {
  readonly length: number;
  readonly payloadHash: string;
  readonly node: NodeName;
  readonly time: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  /** By connection, then by sequence number. */
  connections: Map<string, Map<number, Sent>>;
  /** Highest ordinal released, by "node class". */
  highest: Map<string, number>;
  /** Highest ordinal resent, by "node class". */
  resent: Map<string, number>;
  repeats: number;
  again: number;
}

export const DUPLICATES: CheckerKind = defineChecker({
  name: "duplicates",
  invariants: ["INV-20"],
  rejects: "a repeated segment with other bytes; an output sent again that must not be",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "release", "test-and-set", "open-generation"],
  begin: (context): State => ({
    reign: startReign(context),
    connections: new Map(),
    highest: new Map(),
    resent: new Map(),
    repeats: 0,
    again: 0,
  }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    if (fact.kind !== "release" || fact.outputClass === "disk") return;
    if (fact.segment !== null) judgeSegment(state, fact, fact.segment, index, desk);
    judgeAgain(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.repeats, "repeated segment")}, each with the same bytes; ${count(state.again, "output")} sent again at a takeover`,
    looked: state.repeats + state.again,
    idle: "nothing was sent twice",
    figures: [
      ["repeats", state.repeats],
      ["resent", state.again],
    ],
  }),
});

function judgeSegment(
  state: State,
  fact: Release,
  segment: SegmentSummary,
  index: number,
  desk: Desk,
): void {
  // A SYN begins a new stream: the numbers of the old one mean nothing any more.
  if (segment.flags.includes("S")) state.connections.delete(segment.connection);
  if (segment.length === 0) return;
  let sent = state.connections.get(segment.connection);
  if (sent === undefined) {
    sent = new Map();
    state.connections.set(segment.connection, sent);
  }
  const { length, payloadHash } = segment;
  const before = sent.get(segment.sequence);
  if (before === undefined || before.length !== length) {
    // Another length is TCP cutting the stream anew: the clients' streams are compared elsewhere.
    const record = { length, payloadHash, node: fact.node, time: fact.time, fact: index };
    setBounded(sent, [segment.sequence, Object.freeze(record)], WINDOW);
    return;
  }
  state.repeats += 1;
  if (before.payloadHash === payloadHash) return;
  desk.report({
    invariant: "INV-20",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} sent ${count(length, "byte")} to ${segment.connection} at sequence ${segment.sequence} with other contents than ${before.node} had sent there ${at(before.time)}`,
    facts: [before.fact, index],
  });
}

function judgeAgain(state: State, fact: Release, index: number, desk: Desk): void {
  const stream = `${fact.node} ${fact.outputClass}`;
  const problem = fact.isAgain
    ? resendProblem(state, fact, stream, desk.context)
    : replayProblem(state, fact);
  if (!fact.isAgain) {
    const highest = state.highest.get(stream) ?? -1;
    state.highest.set(stream, Math.max(highest, fact.ordinal));
  }
  if (problem === null) return;
  desk.report({
    invariant: "INV-20",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} sent ${describeRelease(fact)} again, ${problem}`,
    facts: [index],
  });
}

function resendProblem(
  state: State,
  fact: Release,
  stream: string,
  context: CheckerContext,
): string | null {
  state.again += 1;
  if (context.boundaryPolicy === "drop")
    return "but the boundary policy is drop: what was performed during replay stays inside";
  if (fact.node !== state.reign.authority || state.reign.takeovers === 0)
    return "without having taken over";
  if (fact.ordinal <= (state.resent.get(stream) ?? -1))
    return "after it or a later one had been resent: each once, in order";
  state.resent.set(stream, fact.ordinal);
  return fact.ordinal < (state.highest.get(stream) ?? -1)
    ? "after a newer output: what was held goes first"
    : null;
}

/** A survivor that lets out, as if it were new, what the other node has sent already. */
function replayProblem(state: State, fact: Release): string | null {
  if (fact.node !== state.reign.authority || state.reign.takeovers === 0) return null;
  const other = state.reign.superseded;
  const sent = other === null ? -1 : (state.highest.get(`${other} ${fact.outputClass}`) ?? -1);
  if (fact.ordinal < 0 || fact.ordinal > sent) return null;
  state.again += 1;
  return `which ${other ?? "the old primary"} had sent before the takeover (up to output ${sent}): replayed outputs are suppressed`;
}
