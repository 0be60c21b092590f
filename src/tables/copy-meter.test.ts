import { describe, expect, it } from "vitest";
import type { Fact } from "../history/fact.ts";
import { CopyMeter, NO_COPY } from "./copy-meter.ts";

const MS = 1_000_000;

function stage(name: string, ms: number, pages = 0): Fact {
  return {
    witness: "claim",
    time: ms * MS,
    node: "h1",
    generation: 1,
    kind: "copy",
    stage: name,
    target: "h2",
    round: 0,
    pages,
    detail: "",
  } as Fact;
}

function opened(ms: number, result: "won" | "lost" = "won"): Fact {
  return {
    witness: "world",
    time: ms * MS,
    kind: "open-generation",
    generation: 2,
    opener: "h1",
    primary: "h1",
    backup: "h2",
    result,
  };
}

function figuresOf(facts: readonly Fact[]): ReturnType<CopyMeter["result"]> {
  const meter = new CopyMeter();
  for (const fact of facts) meter.observe(fact);
  return meter.result();
}

const WHOLE = [
  stage("begin", 100),
  stage("round", 100, 50),
  stage("round", 200, 20),
  stage("round", 300, 10),
  stage("pause", 300),
  opened(340),
  stage("resume", 360),
];

describe("the figures of a copy", () => {
  it("are those of its rounds, its pause and the storage's word", () => {
    expect(figuresOf(WHOLE)).toEqual({
      pause: 60 * MS,
      took: 240 * MS,
      rounds: 3,
      image: 50 * 4_096,
      moved: 80 * 4_096,
      last: 10 * 4_096,
      dirtied: 150 * 4_096,
    });
  });

  it("are of the copy that was admitted, not of one that was given up before", () => {
    const failed = [stage("begin", 1), stage("round", 1, 70), stage("aborted", 50)];
    expect(figuresOf([...failed, opened(60, "lost"), ...WHOLE])).toEqual(figuresOf(WHOLE));
  });

  it("are none where nothing was copied, or nobody admitted it", () => {
    expect(figuresOf([])).toEqual(NO_COPY);
    expect(figuresOf(WHOLE.filter(({ kind }) => kind === "copy"))).toEqual(NO_COPY);
  });
});
