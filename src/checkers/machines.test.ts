// Who has the VM: those that began with it, and copies from when they are admitted.

import { expect, it } from "vitest";
import type { Fact } from "../history/fact.ts";
import { isVmLost, observeMachines, startMachines } from "./machines.ts";

const at = (time: number) => ({ witness: "world", time }) as const;
const start = (node: string, time: number): Fact => ({
  ...at(time),
  kind: "machine-start",
  node,
  count: 0,
  stateHash: "",
});
const stop = (node: string): Fact => ({
  ...at(9),
  kind: "machine-stop",
  node,
  count: 0,
  why: "its host crashed",
});
const copied = (node: string): Fact => ({
  ...at(5),
  kind: "state-put",
  node,
  source: "h1",
  count: 0,
  sourceHash: "",
  stateHash: "",
});
const opened = (primary: string, backup: string, generation: number = 2): Fact => ({
  ...at(6),
  kind: "open-generation",
  generation,
  opener: primary,
  primary,
  backup,
  result: "won",
});

const isLost = (...facts: readonly Fact[]): boolean => {
  const book = startMachines();
  for (const fact of facts) observeMachines(book, fact);
  return isVmLost(book);
};

it("is lost when no machine runs", () => {
  expect(isLost()).toBe(true);
  expect(isLost(start("h1", 0), start("h2", 0))).toBe(false);
  expect(isLost(start("h1", 0), start("h2", 0), stop("h1"), stop("h2"))).toBe(true);
});

it("is lost with only a copy left that was never admitted", () => {
  const copy = [start("h1", 0), start("h3", 5), copied("h3")];
  expect(isLost(...copy)).toBe(false);
  expect(isLost(...copy, stop("h1"))).toBe(true);
  expect(isLost(...copy, opened("h1", "h3"), stop("h1"))).toBe(false);
});

it("is lost with a member that died and is a copy again, whatever is told again", () => {
  const admitted = [start("h1", 0), start("h3", 5), copied("h3"), opened("h1", "h3")];
  const again = [stop("h3"), opened("h1", "h2", 3), start("h3", 7), copied("h3")];
  expect(isLost(...admitted, ...again, opened("h1", "h3"), stop("h1"))).toBe(true);
});

it("is lost with a member of the open generation that died and is a copy again", () => {
  const died = [start("h1", 0), start("h2", 0), stop("h2"), start("h2", 7), copied("h2")];
  expect(isLost(...died, stop("h1"))).toBe(true);
  expect(isLost(...died, opened("h1", "h2"), stop("h1"))).toBe(false);
});

it("is not lost with the backup of a protocol that ships state", () => {
  const running = [start("h1", 0), start("h2", 0), start("h2", 3), copied("h2")];
  expect(isLost(...running, stop("h1"))).toBe(false);
  expect(isLost(start("h1", 0), start("h2", 0), copied("h2"), stop("h1"))).toBe(false);
});
