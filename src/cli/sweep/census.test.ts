// Goal: the second count counts what stands in the files, in the window and no further. Method: facts
// and packets written by the project's own writers.

import { describe, expect, it } from "vitest";
import { virtualTime } from "../../base/time.ts";
import { encodeCapture } from "../../net/pcapng.ts";
import { takeCensus } from "./census.ts";

const lines = (facts: readonly object[]): string =>
  [{ format: "ftsim-facts", version: 3 }, ...facts, { end: true, facts: facts.length }]
    .map((one) => JSON.stringify(one))
    .join("\n");

describe("the census", () => {
  it("counts facts of each kind from the first to the last moment of the window", () => {
    const facts = [9, 10, 15, 20, 21].flatMap((time) => [
      { kind: "log-append", time },
      { kind: "release", time, outputClass: "disk" },
      { kind: "release", time, outputClass: "network" },
      { kind: "crossing", time, crossing: "timer" },
      { kind: "crossing", time, crossing: "disk-done" },
      { kind: "client", time },
    ]);
    const counted = takeCensus(lines(facts), encodeCapture([], []), { from: 10, to: 20 });
    expect([...counted]).toEqual([
      ["append", 3],
      ["disk-command", 3],
      ["release", 3],
      ["disk-completion", 3],
    ]);
  });

  it("counts packets on log wires, whatever the moment has in its upper half", () => {
    const late = 5_000_000_000;
    const packet = (interfaceIndex: number, time: number, length: number) => ({
      interfaceIndex,
      time: virtualTime(time),
      bytes: new Uint8Array(length),
    });
    const capture = encodeCapture(
      ["net:h1>switch", "log:h1>h2", "log:h2>h1"],
      [packet(0, late, 60), packet(1, late, 61), packet(2, late + 1, 62), packet(1, late + 2, 3)],
    );
    const counted = takeCensus(lines([]), capture, { from: late, to: late + 1 });
    expect([...counted]).toEqual([["send", 2]]);
  });
});
