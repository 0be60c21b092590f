// The end of a swarm's VM: in some runs an operator switches it off, late enough that the rest
// of the schedule comes first, and now and then its host dies before anybody can know whether the VM
// is off. Drawn from streams of its own, so that it moves no other draw.

import { type Draws, oneIn } from "./draws.ts";
import type { Drawn } from "./faults.ts";

export function drawEnding(all: Draws, { lasts }: Drawn): readonly object[] {
  const draws = all.of("ending");
  if (!draws.happens("is switched off", oneIn(20))) return [];
  const at = draws.between("at", lasts >> 1, lasts);
  const off = { at: `${at}us`, "power-off": "primary" };
  if (!draws.happens("is in doubt", oneIn(2))) return [off];
  // Nothing of the control entry arrives, and nothing of it is left.
  const cut = { at: `${at - 1}us`, cut: "primary>backup", for: draws.time("cut", 10_000, 500_000) };
  const dies = { at: `${at + draws.spread("dies after", 1_000, 40_000)}us`, crash: "primary" };
  return [cut, off, dies];
}

/** What says nothing about a run in which nothing was answered: the VM may be switched off before. */
const OF_ANSWERS = ["linearizable", "byte-streams"];

/** Checkers that may have nothing to look at: those that the file names, and those of such an ending. */
export function mayBeIdle(named: unknown, faults: readonly object[]): readonly unknown[] {
  const those: readonly unknown[] = Array.isArray(named) ? named : [];
  const isSwitchedOff = faults.some((fault) => "power-off" in fault);
  return isSwitchedOff ? [...new Set([...those, ...OF_ANSWERS])] : those;
}
