// How everything stood after a fact: the same whether one steps there or jumps, and what changed is
// what that very fact changed.

import { expect, test } from "vitest";
import { failoverFacts } from "../../test/support/report-run.ts";
import { applyFact, initialState, type WorldState } from "../report/world-state.ts";
import { StateHistory } from "./state-history.ts";

const HOSTS = ["h1", "h2"];
const FACTS = Array.from({ length: 10 }, () => failoverFacts()).flat();

function walked(to: number): WorldState {
  const state = initialState(HOSTS);
  for (const fact of FACTS.slice(0, to + 1)) applyFact(state, fact);
  return state;
}

test("a jump to any fact gives the state that a walk gives", () => {
  const history = new StateHistory(FACTS, initialState(HOSTS), []);
  for (const at of [300, 7, 127, 128, 129, 255, 256, 0, -1, FACTS.length - 1])
    expect(history.at(at)).toEqual(walked(at));
});

test("what a fact changed is named by its path, and nothing else is", () => {
  const history = new StateHistory(FACTS, initialState(HOSTS), []);
  const hold = FACTS.findIndex(({ kind }) => kind === "output-hold");
  expect(history.changedBy(hold)).toEqual(new Set(["nodes.0.held", "nodes.0.newestHeld"]));
  const won = FACTS.findIndex(({ kind }) => kind === "test-and-set");
  expect(history.changedBy(won)).toEqual(new Set(["storage.flag"]));
  expect(history.changedBy(-1)).toEqual(new Set());
});

test("a crash leaves nothing held, and a takeover shows in role, log and flag", () => {
  const history = new StateHistory(failoverFacts(), initialState(HOSTS), []);
  const end = history.at(failoverFacts().length - 1);
  expect(end.nodes[0]).toMatchObject({
    host: "crashed",
    machine: "stopped",
    held: 0,
    appended: 3,
    role: "PRIMARY",
  });
  expect(end.nodes[1]).toMatchObject({ role: "SOLO", replayed: 3 });
  expect(end.storage.flag).toBe("h2 (generation 1)");
  expect(end.clients).toEqual({ inFlight: 0, asked: 2, answered: 2, failed: 0 });
  expect(end.faults).toEqual(["h1 crashes"]);
});

test("where facts are missing, the state begins anew with what is known of it", () => {
  const before = walked(9);
  const starts = [{ position: 5, state: before }];
  const facts = [...FACTS.slice(0, 5), ...FACTS.slice(10, 20)];
  const history = new StateHistory(facts, initialState(HOSTS), starts);
  expect(history.at(4)).toEqual(walked(4));
  expect(history.at(14)).toEqual(walked(19));
});
