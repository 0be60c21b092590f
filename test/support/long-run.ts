// A long run for the report's tests: the facts of a real one without its fault, again and again, with
// times, sequence numbers and names that go on, and the real one's whole end at the end.

import type { Fact } from "../../src/history/fact.ts";

const COUNTERS: readonly string[] = [
  "lsn",
  "through",
  "executed",
  "group",
  "groupEnd",
  "ordinal",
  "index",
  "count",
  "ioId",
];

/** At least `most` facts. */
export function longRun(facts: readonly Fact[], most: number): readonly Fact[] {
  const fault = facts.findIndex(({ kind }) => kind === "fault");
  const [start] = facts;
  const calm = facts
    .slice(0, fault)
    .filter(({ kind }) => kind !== "run" && kind !== "role" && kind !== "machine-start");
  const length = facts[fault]?.time ?? 0;
  const rounds = Math.ceil((most - facts.length) / calm.length);
  const result: Fact[] = start === undefined ? [] : [start];
  const firsts = facts.filter(
    ({ kind, time }) => (kind === "role" || kind === "machine-start") && time === 0,
  );
  result.push(...firsts);
  for (let round = 0; round <= rounds; round++) {
    const isLast = round === rounds;
    const part = isLast ? facts.filter((fact) => fact !== start && !firsts.includes(fact)) : calm;
    for (const fact of part) result.push(later(fact, round, length));
  }
  return result;
}

function later(fact: Fact, round: number, length: number): Fact {
  const moved: Record<string, unknown> = { ...fact, time: fact.time + round * length };
  for (const name of COUNTERS)
    if (typeof moved[name] === "number" && moved[name] >= 0)
      moved[name] = moved[name] + round * 100_000;
  // Hashes of different moments are different: nothing of this compresses by repetition.
  for (const name of ["hash", "valueHash", "stateHash", "digest"])
    if (typeof moved[name] === "string" && moved[name] !== "")
      moved[name] = scramble(moved[name], round);
  if ((fact.kind === "release" || fact.kind === "disk-apply") && fact.disk !== null)
    moved["disk"] = { ...fact.disk, ioId: fact.disk.ioId + round * 100_000 };
  if (fact.kind === "client") {
    const { event } = fact;
    moved["event"] = {
      ...event,
      at: event.at + round * length,
      opId: event.opId.replace("-", `-${round}x`),
    };
  }
  return moved as unknown as Fact;
}

function scramble(hash: string, round: number): string {
  let state = (round + 1) * 2_654_435_761;
  let result = "";
  for (const character of hash) {
    state = (Math.imul(state ^ character.charCodeAt(0), 16_777_619) >>> 0) + round;
    result += ((state >>> 7) & 15).toString(16);
  }
  return result;
}
