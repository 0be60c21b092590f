// Epochs on a bench: events wait for the boundary, the boundary for the backup; alone, nothing waits.

import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "../ft/message.ts";
import type { Effect } from "../ft/protocol.ts";
import {
  commands,
  frameOutput,
  PairBench,
  released,
  sentOnLog,
} from "../../test/support/pair-bench.ts";
import { EPOCHS } from "./epochs.ts";
import { ACK_ON_EXECUTE, STOP_ON_OUTPUT } from "./replaying.ts";

const FRAME = { kind: "frame", bytes: Uint8Array.from([7]) } as const;
const REACHED = { kind: "reached", outputs: [] } as const;

function connected(bench: PairBench): PairBench {
  bench.step({ kind: "start" });
  bench.log(encodeMessage({ kind: "hello", generation: 1, next: 1 }));
  return bench;
}

function ack(through: number): Uint8Array {
  return encodeMessage({ kind: "ack", generation: 1, through, executed: through });
}

function acksOf(effects: readonly Effect[]): readonly number[] {
  return sentOnLog(effects).flatMap((bytes) => {
    const message = decodeMessage(bytes);
    return message?.kind === "ack" ? [message.through] : [];
  });
}

describe("epochs", () => {
  it("runs to the end of the epoch and no further", () => {
    const primary = new PairBench(EPOCHS, "primary", { epochSteps: 5_000 });
    expect(primary.step({ kind: "start" })).toContainEqual({
      kind: "vm",
      command: { do: "run", until: 6_000 },
    });
  });

  it("delivers what came at the next boundary, after the backup has acknowledged all", () => {
    const primary = connected(new PairBench(EPOCHS, "primary", { epochSteps: 5_000 }));
    expect(commands(primary.step(FRAME))).toEqual([]);
    primary.count = 6_000;
    expect(commands(primary.exit(REACHED))).toEqual([]);
    expect(commands(primary.log(ack(1)))).toEqual(["run", "inject"]);
  });

  it("does not go on at an ack of less than all", () => {
    const primary = connected(new PairBench(EPOCHS, "primary"));
    primary.exit({ kind: "request", what: "time" });
    primary.exit(REACHED);
    expect(commands(primary.log(ack(1)))).toEqual([]);
    expect(commands(primary.log(ack(2)))).toEqual(["run"]);
  });

  it("delivers at once to a guest that waits: it makes no steps towards a boundary", () => {
    const primary = connected(new PairBench(EPOCHS, "primary"));
    primary.isWaiting = true;
    expect(commands(primary.step(FRAME))).toEqual(["inject"]);
  });

  it("runs without epochs when it is alone, and takes what had waited", () => {
    const primary = connected(new PairBench(EPOCHS, "primary"));
    primary.step(FRAME);
    primary.exit(REACHED);
    const effects = primary.arbitrate("won");
    expect(commands(effects)).toEqual(["run", "inject"]);
    expect(effects).toContainEqual({ kind: "vm", command: { do: "run" } });
    expect(commands(primary.step(FRAME))).toEqual(["inject"]);
  });

  it("goes on identically from a snapshot", () => {
    const primary = connected(new PairBench(EPOCHS, "primary"));
    primary.step(FRAME);
    primary.exit(REACHED);
    const other = new PairBench(EPOCHS, "primary");
    other.replica.restore(primary.replica.snapshot());
    expect(other.log(ack(1))).toEqual(primary.log(ack(1)));
  });
});

it("stop-on-output stops at an output, and goes on when it has left", () => {
  const primary = connected(new PairBench(STOP_ON_OUTPUT, "primary"));
  expect(commands(primary.perform(frameOutput(0)))).toEqual(["pause"]);
  const effects = primary.log(ack(1));
  expect(released(effects)).toEqual([0]);
  expect(commands(effects)).toEqual(["resume"]);
});

it("stop-on-output says that it stands, so that it is not taken for a machine that hangs", () => {
  const primary = connected(new PairBench(STOP_ON_OUTPUT, "primary"));
  primary.perform(frameOutput(0));
  const kinds = sentOnLog(primary.timer("progress")).map((bytes) => decodeMessage(bytes)?.kind);
  expect(kinds).toEqual(["stopped"]);
});

it("ack-on-execute acknowledges what was replayed, and not what is held only", () => {
  const primary = connected(new PairBench(ACK_ON_EXECUTE, "primary"));
  const [entries] = sentOnLog(primary.perform(frameOutput(0)));
  const backup = new PairBench(ACK_ON_EXECUTE, "backup");
  backup.step({ kind: "start" });
  const stored = backup.log(entries as Uint8Array);
  expect(commands(stored)).toEqual(["replay"]);
  expect(acksOf(stored)).toEqual([]);
  backup.count = 1_000;
  expect(acksOf(backup.exit({ kind: "reached", outputs: [frameOutput(0)] }))).toEqual([1]);
});
