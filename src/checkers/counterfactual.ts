// INV-04 and INV-07 by counterfactual forks: at chosen moments the testbed let the primary die in a
// fork of the world, and compared. Whatever the primary had let out by then, the survivor performed
// before it went live; and at the last position that both reached they were one machine.

import { count } from "../base/words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at } from "./words.ts";

interface State {
  forks: number;
  live: number;
  outputs: number;
  states: number;
}

export const COUNTERFACTUAL: CheckerKind = defineChecker({
  name: "counterfactual",
  invariants: ["INV-04", "INV-07"],
  rejects:
    "a moment at which the primary's death would have left outputs that the backup cannot explain",
  property: "safety",
  appliesTo: "any",
  isOnDemand: true,
  hears: ["counterfactual"],
  begin: (): State => ({ forks: 0, live: 0, outputs: 0, states: 0 }),
  observe(state, fact, index, desk) {
    const { time, event, killed, survivor, isLive, released, missing, position, differsAt } = fact;
    state.forks += 1;
    const died = `had ${killed} died after event ${event}, ${survivor}`;
    if (differsAt >= 0)
      desk.report({
        invariant: "INV-07",
        time,
        message: `${at(time)} ${died} would have been in another state at crossing ${differsAt}, the last that both executed`,
        facts: [index],
      });
    // Somebody who never went live contradicts nobody: whether it should have is not asked here.
    if (!isLive) return;
    state.live += 1;
    state.outputs += released;
    if (position >= 0) state.states += 1;
    if (missing < 0) return;
    desk.report({
      invariant: "INV-04",
      time,
      message: `${at(time)} ${died} would have gone live without having performed output ${missing}, which ${killed} had let out`,
      facts: [index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.forks, "fork")} in which the primary died, ${state.live} went live: ${count(state.outputs, "output")} explained, ${count(state.states, "last common state")} equal`,
    looked: state.live,
    idle: state.forks === 0 ? "no counterfactual forks were asked for" : "nobody went live in one",
    figures: [["forks", state.forks]],
  }),
});
