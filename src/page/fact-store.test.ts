// Positions and places in the history, with and without gaps.

import { expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import { failoverFacts } from "../../test/support/report-run.ts";
import { FactStore } from "./fact-store.ts";

const FACTS = failoverFacts();

function storeOf(...indices: readonly number[]): FactStore {
  const store = new FactStore();
  for (const index of indices) store.append(FACTS[index] as Fact, index);
  return store;
}

test("a fact is found by its place in the history, and only if it is here", () => {
  const store = storeOf(2, 3, 4, 10, 11);
  expect([0, 1, 2, 3, 4].map((position) => store.indexOf(position))).toEqual([2, 3, 4, 10, 11]);
  expect([2, 4, 10, 11].map((index) => store.positionOf(index))).toEqual([0, 2, 3, 4]);
  for (const index of [0, 1, 5, 9, 12]) expect(store.positionOf(index)).toBeUndefined();
  expect(store.gaps()).toEqual([{ before: 2, after: 3 }]);
});

test("the last fact at a moment is the last of those of that moment", () => {
  const store = storeOf(...FACTS.keys());
  expect(store.lastAt(0)).toBe(2);
  expect(store.lastAt(-1)).toBe(-1);
  expect(store.lastAt(Number.MAX_SAFE_INTEGER)).toBe(FACTS.length - 1);
});
