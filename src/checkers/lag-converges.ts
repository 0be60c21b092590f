// PERF-4: the lag control settles. Under one load the CPU limit may come down, may have come down too
// far, and may go up again; it does not swing between two ends for as long as the load is there.
// Counted are turns after a way of many steps, since the world around last changed; another backup is
// another world.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

const FULL = 100;
/** A way of so many points, and of so many steps, is a swing. */
const SWING_POINTS = 24;
const SWING_STEPS = 8;
/** Turns under one load: too far down, too far up, and once more. */
const TURNS = 3;

interface Course {
  readonly percent: number;
  readonly isUp: boolean;
  /** Where the present way leads: the least on the way down, the most on the way up. */
  readonly end: number;
  /** Facts of the turns since the world changed. */
  readonly turns: readonly number[];
  readonly reported: boolean;
}

interface State {
  courses: Map<NodeName, Course>;
  opened: number;
  moves: number;
  /** The most turns under one load. */
  most: number;
}

const AT_REST: Course = Object.freeze({
  percent: FULL,
  isUp: true,
  end: FULL,
  turns: Object.freeze([]),
  reported: false,
});

export const LAG_CONVERGES: CheckerKind = defineChecker({
  name: "lag-converges",
  invariants: ["PERF-4"],
  rejects: "a CPU limit that swings to and fro under an unchanged load",
  property: "liveness",
  appliesTo: "replay",
  hears: ["cpu-limit", "fault", "host", "machine-start", "open-generation"],
  begin: (): State => ({ courses: new Map(), opened: 0, moves: 0, most: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "cpu-limit") move(state, fact, index, desk);
    else if (fact.kind === "machine-start") state.courses.delete(fact.node);
    else if (fact.kind !== "open-generation") beginAnew(state);
    else if (fact.result === "won" && fact.generation > state.opened) {
      state.opened = fact.generation;
      beginAnew(state);
    }
  },
  describe: (state) => ({
    summary: `${count(state.moves, "move")} of a CPU limit, at most ${count(state.most, "wide turn")} under one load`,
    looked: state.moves,
    idle: "no CPU was limited",
    figures: [["wideTurns", state.most]],
  }),
});

/** Another load, or another host: what comes now is an answer to that. */
function beginAnew(state: State): void {
  for (const [node, course] of state.courses)
    state.courses.set(node, Object.freeze({ ...course, turns: [], reported: false }));
}

function move(state: State, fact: FactOf<"cpu-limit">, index: number, desk: Desk): void {
  const { node, percent, time } = fact;
  const before = state.courses.get(node) ?? AT_REST;
  const swing = Math.max(SWING_POINTS, SWING_STEPS * desk.context.channel.cpuStep);
  const way = before.isUp ? before.end - percent : percent - before.end;
  const isTurn = way >= swing;
  // From full speed down is the first answer to a load, no turn.
  const isFirst = before.isUp && before.end === FULL && before.turns.length === 0;
  const turns = isTurn && !isFirst ? [...before.turns, index].slice(-1 - TURNS) : before.turns;
  const isTooMany = turns.length > TURNS;
  const isUp = isTurn ? !before.isUp : before.isUp;
  const end = isTurn || (isUp ? percent > before.end : percent < before.end) ? percent : before.end;
  state.moves += 1;
  state.most = Math.max(state.most, turns.length);
  const course = { percent, isUp, end, turns, reported: before.reported || isTooMany };
  state.courses.set(node, Object.freeze(course));
  if (!isTooMany || before.reported) return;
  desk.report({
    invariant: "PERF-4",
    time,
    message: `${at(time)} the CPU limit of the VM on ${node} turned for the ${turns.length}th time under the same load, by ${swing} points and more each time, now to ${percent} %: the control swings and does not settle`,
    facts: [...turns],
  });
}
