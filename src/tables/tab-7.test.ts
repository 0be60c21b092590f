// TAB-7's shapes on measurements that are made up as the protocols' making predicts them, and on ones
// that deny it.

import { describe, expect, it } from "vitest";
import type { Measurement } from "./meter.ts";
import { shapeHolds, shapeRuns } from "./tab-7-shapes.ts";
import { Results } from "./table.ts";

const NAMES = ["stop-on-output", "epochs", "ack-on-execute", "checkpoints"];
const US = 1_000;
const RTT = 150;

interface Made {
  readonly work?: number;
  readonly us?: number;
  readonly mbit?: number;
}

/** What a run of this id would measure: the model of its protocol. */
function modelOf(id: string): Made {
  const [kind, protocol = "", third = "", , fifth = ""] = id.split("/");
  if (kind === "answers") return { us: 1_000 + answerOf(protocol, third) };
  const length = Number.parseInt(fifth, 10);
  if (protocol === "stop-on-output") return { work: 980 - Number(third) * 0.17 };
  if (protocol === "epochs") return { work: (1_000 * length) / (length + 170), us: 1_160 + length };
  if (protocol === "checkpoints") return { work: 1_000 - 100 / length, mbit: (8 * 1_000) / length };
  return protocol === "none" ? { work: 1_000, us: 1_000 } : { work: 980, us: 1_160 };
}

function answerOf(protocol: string, change: string): number {
  const number = Number.parseInt(change, 10);
  if (protocol === "none") return 0;
  if (protocol === "checkpoints") return (number * US) / 2 + 500;
  return protocol === "vm-ft" ? RTT + 10 : RTT + 10 + 57_800 / number;
}

function judged(change: (id: string, made: Made) => Made): ReadonlyMap<string, boolean> {
  const measured = new Map(
    shapeRuns(NAMES).map(({ id }) => [id, [measurementOf(change(id, modelOf(id)))]] as const),
  );
  const holds = shapeHolds(new Results(measured), NAMES);
  return new Map(holds.map(({ rule, holds: does }) => [rule, does]));
}

function measurementOf({ work = 0, us = 0, mbit = 0 }: Made): Measurement {
  const at = us * US;
  return {
    workRate: work,
    logMbit: mbit,
    latency: { count: 9, median: at, p99: at, most: at },
    problems: [],
  } as unknown as Measurement;
}

function broken(change: (id: string, made: Made) => Made): readonly string[] {
  return [...judged(change)].filter(([, holds]) => !holds).map(([rule]) => rule);
}

describe("the shapes of TAB-7", () => {
  it("hold of the models", () => {
    expect(broken((_, made) => made)).toEqual([]);
    expect(judged((_, made) => made).size).toBe(8);
  });

  it.each([
    ["stop on output: the slow-down g", /stop-on/, () => ({ work: 900 })],
    ["epochs: an answer takes up to", /epochs.*500us/, (made: Made) => ({ ...made, us: 9_000 })],
    ["epochs: the slow-down grows as", /epochs.*2000us/, (made: Made) => ({ ...made, work: 500 })],
    ["VM-FT: a lagging backup adds n", /answers.vm-ft.25/, () => ({ us: 1_600 })],
    ["ack on execute: a round trip a", /execute.25/, () => ({ us: 1_800 })],
    ["checkpoints: an answer waits h", /answers.checkpoints.50/, () => ({ us: 1_200 })],
    ["checkpoints: bandwidth is dirt", /work.checkpoints.*25ms/, () => ({ work: 1, mbit: 9 })],
    ["checkpoints: the CPU-bound slo", /work.checkpoints.*100ms/, () => ({ work: 1, mbit: 80 })],
  ])("%s can fail", (rule, ids, change) => {
    const all = broken((id, made) => (ids.test(id) ? change(made) : made));
    expect(all.filter((one) => one.startsWith(rule))).toHaveLength(1);
  });

  it("are those of the protocols that a build knows", () => {
    expect(shapeRuns([])).toEqual([]);
    expect(shapeRuns(["epochs"]).every(({ protocol }) => protocol !== "checkpoints")).toBe(true);
  });
});
