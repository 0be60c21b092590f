// Checkpoints, replica by replica: which checkpoint lets which output go, and what a backup has when
// it takes over. Method: a replica on a bench, inputs by hand.

import { describe, expect, it } from "vitest";
import {
  commands,
  frameOutput,
  PairBench,
  released,
  sentOnLog,
  writeOutput,
  writeRequest,
} from "../../test/support/pair-bench.ts";
import {
  type CheckpointMessage,
  decodeCheckpoint,
  encodeCheckpoint,
} from "./checkpoint-message.ts";
import { CHECKPOINTS } from "./checkpoints.ts";

const MS = 1_000_000;

function connectedPrimary(): PairBench {
  const primary = new PairBench(CHECKPOINTS, "primary");
  primary.step({ kind: "start" });
  primary.log(encodeCheckpoint({ kind: "hello", next: 1 }));
  return primary;
}

/** Ends an epoch; what was sent of its checkpoint. */
function checkpoint(primary: PairBench, ...pages: readonly number[]): readonly string[] {
  primary.now += 25 * MS;
  expect(commands(primary.timer("checkpoint"))).toEqual(["pause", "memory take"]);
  return kinds(sentOnLog(primary.state(...pages)));
}

function kinds(messages: readonly Uint8Array[]): readonly string[] {
  return messages.map((bytes) => decodeCheckpoint(bytes)?.kind ?? "damaged");
}

const ack = (through: number): Uint8Array => encodeCheckpoint({ kind: "ack", through });

const end = (number: number): Uint8Array =>
  encodeCheckpoint({
    kind: "end",
    number,
    count: 2_000 + number,
    isWaiting: false,
    ticks: 600,
    machine: Uint8Array.from([9]),
  });

describe("the primary", () => {
  it("holds an epoch's outputs until the checkpoint that was taken after them is acknowledged", () => {
    const primary = connectedPrimary();
    expect(released(primary.perform(frameOutput(0)))).toEqual([]);
    checkpoint(primary, 7);
    // Performed while checkpoint 1 travels: it is not in it.
    expect(released(primary.perform(frameOutput(1)))).toEqual([]);
    expect(released(primary.log(ack(1)))).toEqual([0]);
    checkpoint(primary, 7);
    expect(released(primary.log(ack(1)))).toEqual([]);
    expect(released(primary.log(ack(2)))).toEqual([1]);
  });

  it("runs on while the copy travels, and sends large checkpoints in parts", () => {
    const primary = connectedPrimary();
    primary.timer("checkpoint");
    const effects = primary.state(...Array.from({ length: 130 }, (_, index) => index));
    expect(commands(effects)).toEqual(["resume"]);
    expect(kinds(sentOnLog(effects))).toEqual(["pages", "pages", "pages", "end"]);
  });

  it("has one checkpoint on its way, and takes the next when that is acknowledged", () => {
    const primary = connectedPrimary();
    checkpoint(primary, 1);
    expect(commands(primary.timer("checkpoint"))).toEqual([]);
    expect(commands(primary.log(ack(1)))).toEqual(["pause", "memory take"]);
  });

  it("sends again what the backup needs after a reconnect", () => {
    const primary = connectedPrimary();
    checkpoint(primary, 1);
    primary.step({ kind: "channel", with: "h2", state: "down" });
    expect(kinds(sentOnLog(primary.log(encodeCheckpoint({ kind: "hello", next: 1 }))))).toEqual([
      "pages",
      "end",
    ]);
    expect(sentOnLog(primary.log(encodeCheckpoint({ kind: "hello", next: 2 })))).toEqual([]);
  });

  it("holds disk writes, and reads only behind one", () => {
    const primary = connectedPrimary();
    const read = { ...writeRequest(1), op: "read" as const, data: new Uint8Array(0) };
    const readOutput = (ordinal: number) =>
      ({ ordinal, output: { class: "disk", request: { ...read, ioId: ordinal } } }) as const;
    expect(released(primary.perform(readOutput(0)))).toEqual([0]);
    expect(released(primary.perform(writeOutput(1, 11), readOutput(2)))).toEqual([]);
  });

  it("lets nothing go while it suspects, and all when it is alone", () => {
    const primary = connectedPrimary();
    primary.perform(frameOutput(0));
    checkpoint(primary, 1);
    primary.now += 3_000 * MS;
    primary.timer("detector");
    expect(released(primary.log(ack(1)))).toEqual([]);
    const alone = connectedPrimary();
    alone.perform(frameOutput(0), frameOutput(1));
    expect(released(alone.arbitrate("won"))).toEqual([0, 1]);
    expect(released(alone.perform(frameOutput(2)))).toEqual([2]);
  });

  it("drops what it holds when it loses", () => {
    const primary = connectedPrimary();
    primary.perform(frameOutput(0));
    const effects = primary.arbitrate("lost");
    expect(effects).toContainEqual({ kind: "drop", ordinals: [0] });
    expect(commands(effects)).toEqual(["halt"]);
    expect(primary.log(ack(1))).toEqual([]);
  });
});

describe("the backup", () => {
  it("applies a checkpoint when it is whole, and acknowledges then", () => {
    const backup = new PairBench(CHECKPOINTS, "backup");
    backup.step({ kind: "start" });
    const part: CheckpointMessage = {
      kind: "pages",
      number: 1,
      pages: [{ index: 3, bytes: new Uint8Array(4_096) }],
    };
    const early = backup.log(encodeCheckpoint(part));
    expect(commands(early)).toEqual([]);
    expect(kinds(sentOnLog(early))).toEqual([]);
    const whole = backup.log(end(1));
    expect(commands(whole)).toEqual(["memory put"]);
    expect(kinds(sentOnLog(whole))).toEqual(["ack"]);
    // Once more, after a reconnect: it is here already.
    const again = backup.log(end(1));
    expect(commands(again)).toEqual([]);
    expect(kinds(sentOnLog(again))).toEqual(["ack"]);
  });

  it("goes on from the last whole checkpoint, and issues again what is pending in it", () => {
    const backup = new PairBench(CHECKPOINTS, "backup");
    backup.step({ kind: "start" });
    backup.log(end(1));
    const part: CheckpointMessage = { kind: "pages", number: 2, pages: [] };
    backup.log(encodeCheckpoint({ ...part, pages: [{ index: 3, bytes: new Uint8Array(4_096) }] }));
    backup.pending = [writeRequest(4)];
    const effects = backup.arbitrate("won");
    expect(commands(effects)).toEqual(["run"]);
    expect(effects).toContainEqual({ kind: "mark", name: "incomplete-checkpoint-dropped" });
    expect(effects).toContainEqual({ kind: "announce" });
    expect(released(effects)).toEqual([-1]);
    // What the old primary still sends is nobody's business.
    expect(backup.log(end(2))).toEqual([]);
  });

  it("confirms nothing while it suspects", () => {
    const backup = new PairBench(CHECKPOINTS, "backup");
    backup.step({ kind: "start" });
    backup.now += 3_000 * MS;
    backup.timer("detector");
    expect(kinds(sentOnLog(backup.log(end(1))))).toEqual([]);
  });
});

it("refuses damaged messages", () => {
  const primary = connectedPrimary();
  expect(primary.log(Uint8Array.from([99]))).toEqual([
    { kind: "mark", name: "damaged-message-refused" },
  ]);
  expect(decodeCheckpoint(end(3).subarray(0, 12))).toBeUndefined();
});

it("goes on identically from a snapshot", () => {
  const primary = connectedPrimary();
  primary.perform(frameOutput(0));
  checkpoint(primary, 1);
  primary.perform(frameOutput(1));
  const snapshot = primary.replica.snapshot();
  const other = new PairBench(CHECKPOINTS, "primary");
  other.replica.restore(snapshot);
  other.now = primary.now;
  expect(other.log(ack(1))).toEqual(primary.log(ack(1)));
  expect(other.perform(frameOutput(2))).toEqual(primary.perform(frameOutput(2)));
});
