// COLO, replica by replica: what is equal leaves, what differs or is late makes the two equal first, and
// no page that either side wrote is forgotten. Method: a replica on a bench, inputs by hand.

import { describe, expect, it } from "vitest";
import type { Effect, NumberedOutput } from "../ft/protocol.ts";
import {
  commands,
  frameOutput,
  PairBench,
  released,
  sentOnLog,
  writeOutput,
  writeRequest,
} from "../../test/support/pair-bench.ts";
import { type ColoMessage, decodeColo, encodeColo, twinOf } from "./colo-message.ts";
import { COLO } from "./colo.ts";

const MS = 1_000_000;

function messages(effects: readonly Effect[]): readonly (ColoMessage | undefined)[] {
  return sentOnLog(effects).map(decodeColo);
}

function kinds(effects: readonly Effect[]): readonly string[] {
  return messages(effects).map((message) => message?.kind ?? "damaged");
}

function performed(...outputs: readonly NumberedOutput[]): Uint8Array {
  return encodeColo({ kind: "performed", twins: outputs.map(twinOf) });
}

/** A primary whose secondary has its state. */
function comparingPrimary(): PairBench {
  const primary = new PairBench(COLO, "primary");
  primary.step({ kind: "start" });
  primary.log(encodeColo({ kind: "hello" }));
  primary.log(encodeColo({ kind: "dirtied", pages: [] }));
  primary.state(1);
  primary.log(encodeColo({ kind: "equal" }));
  return primary;
}

function runningSecondary(): PairBench {
  const secondary = new PairBench(COLO, "backup");
  secondary.step({ kind: "start" });
  secondary.log(encodeColo({ kind: "stop" }));
  secondary.state(2);
  secondary.log(encodeColo({ kind: "end", ticks: 600, machine: Uint8Array.from([1]) }));
  return secondary;
}

describe("the primary", () => {
  it("lets an output go when both machines have performed it, whoever was first", () => {
    const primary = comparingPrimary();
    expect(released(primary.perform(frameOutput(0)))).toEqual([]);
    expect(released(primary.log(performed(frameOutput(0), frameOutput(1))))).toEqual([0]);
    expect(released(primary.perform(frameOutput(1)))).toEqual([1]);
  });

  it("compares bytes, order and disk commands", () => {
    for (const theirs of [frameOutput(0, 9), frameOutput(1, 0), writeOutput(0, 3)]) {
      const primary = comparingPrimary();
      primary.perform(frameOutput(0));
      const effects = primary.log(performed(theirs));
      expect(released(effects)).toEqual([]);
      expect(commands(effects)).toEqual(["pause"]);
      expect(kinds(effects)).toEqual(["stop"]);
    }
    const primary = comparingPrimary();
    primary.perform(writeOutput(0, 3));
    expect(released(primary.log(performed(writeOutput(0, 3))))).toEqual([0]);
  });

  it("makes the two equal with the pages that either wrote, and lets go what it held", () => {
    const primary = comparingPrimary();
    primary.perform(frameOutput(0));
    primary.log(performed(frameOutput(0, 9)));
    const asked = primary.log(encodeColo({ kind: "dirtied", pages: [5, 6] }));
    expect(asked).toEqual([{ kind: "memory", command: { do: "take", also: [5, 6] } }]);
    expect(kinds(primary.state(5, 6, 7))).toEqual(["pages", "end"]);
    const equal = primary.log(encodeColo({ kind: "equal" }));
    expect(released(equal)).toEqual([0]);
    expect(commands(equal)).toEqual(["resume"]);
  });

  it("forgets no page of a sync that broke off", () => {
    const primary = comparingPrimary();
    primary.perform(frameOutput(0));
    primary.log(performed(frameOutput(0, 9)));
    primary.log(encodeColo({ kind: "dirtied", pages: [5] }));
    primary.state(5, 7);
    expect(commands(primary.step({ kind: "channel", with: "h2", state: "down" }))).toEqual([
      "resume",
    ]);
    primary.log(encodeColo({ kind: "hello" }));
    const again = primary.log(encodeColo({ kind: "dirtied", pages: [] }));
    expect(again).toEqual([{ kind: "memory", command: { do: "take", also: [5, 7] } }]);
  });

  it("does not wait for ever for the other machine", () => {
    const primary = comparingPrimary();
    primary.perform(frameOutput(0));
    primary.now += 9 * MS;
    expect(kinds(primary.timer("compare"))).toEqual([]);
    primary.now += 2 * MS;
    expect(kinds(primary.timer("compare"))).toEqual(["stop"]);
  });

  it("passes on what its machine took, and keeps what comes while it stands", () => {
    const primary = comparingPrimary();
    const frame = { kind: "frame", bytes: Uint8Array.from([7]) } as const;
    expect(kinds(primary.step(frame))).toEqual(["frame"]);
    const sample = Uint8Array.from([1, 2]);
    expect(kinds(primary.exit({ kind: "request", what: "entropy", sample }))).toEqual(["entropy"]);
    expect(kinds(primary.exit({ kind: "request", what: "time" }))).toEqual([]);
    primary.perform(frameOutput(0));
    primary.log(performed(frameOutput(0, 9)));
    expect(primary.step(frame)).toEqual([]);
    primary.log(encodeColo({ kind: "dirtied", pages: [] }));
    primary.state(1);
    const equal = primary.log(encodeColo({ kind: "equal" }));
    expect(commands(equal)).toEqual(["resume", "inject"]);
    expect(kinds(equal)).toEqual(["frame"]);
  });

  it("lets nothing go while it suspects", () => {
    const primary = comparingPrimary();
    primary.perform(frameOutput(0));
    primary.now += 3_000 * MS;
    primary.timer("detector");
    expect(released(primary.log(performed(frameOutput(0))))).toEqual([]);
  });
});

describe("the secondary", () => {
  it("stands, says which pages it wrote, and goes on from the primary's state as a shadow", () => {
    const secondary = new PairBench(COLO, "backup");
    secondary.step({ kind: "start" });
    expect(commands(secondary.log(encodeColo({ kind: "stop" })))).toEqual(["pause", "memory take"]);
    expect(messages(secondary.state(4, 8))).toEqual([{ kind: "dirtied", pages: [4, 8] }]);
    const effects = secondary.log(
      encodeColo({ kind: "end", ticks: 600, machine: Uint8Array.from([1]) }),
    );
    expect(commands(effects)).toEqual(["memory put", "memory track", "run"]);
    expect(effects).toContainEqual({ kind: "vm", command: { do: "run", isShadow: true } });
    expect(kinds(effects)).toEqual(["equal"]);
  });

  it("lets nothing out: its outputs go to the primary", () => {
    const secondary = runningSecondary();
    const effects = secondary.perform(frameOutput(0), writeOutput(1, 3));
    expect(released(effects)).toEqual([]);
    expect(kinds(effects)).toEqual(["performed"]);
  });

  it("uses the primary's randomness, and waits for it with all that comes", () => {
    const secondary = runningSecondary();
    const sample = Uint8Array.from([1, 2]);
    expect(commands(secondary.exit({ kind: "request", what: "entropy", sample }))).toEqual([]);
    const frame: ColoMessage = { kind: "frame", bytes: Uint8Array.from([7]) };
    expect(commands(secondary.log(encodeColo(frame)))).toEqual([]);
    const bytes = Uint8Array.from([8, 9]);
    const effects = secondary.log(encodeColo({ kind: "entropy", bytes }));
    expect(commands(effects)).toEqual(["answer", "inject"]);
    const [answer] = effects;
    expect(answer).toMatchObject({ command: { answer: { what: "entropy", bytes } } });
  });

  it("completes disk commands with what the primary got", () => {
    const secondary = runningSecondary();
    secondary.pending = [writeRequest(3)];
    const done = encodeColo({ kind: "disk-done", ioId: 3, isOk: true, data: new Uint8Array(0) });
    expect(commands(secondary.log(done))).toEqual(["inject"]);
  });

  it("takes no frame of its own host", () => {
    const secondary = runningSecondary();
    expect(secondary.step({ kind: "frame", bytes: Uint8Array.from([7]) })).toEqual([]);
  });

  it("takes over from where it is: nothing waits for the primary any more", () => {
    const secondary = runningSecondary();
    const sample = Uint8Array.from([1, 2]);
    secondary.exit({ kind: "request", what: "entropy", sample });
    secondary.pending = [writeRequest(3)];
    const effects = secondary.arbitrate("won");
    expect(commands(effects)).toEqual(["run", "answer"]);
    expect(released(effects)).toEqual([-1]);
    expect(released(secondary.perform(frameOutput(5)))).toEqual([5]);
  });

  it("confirms nothing while it suspects, and all of it when the suspicion was wrong", () => {
    const secondary = runningSecondary();
    secondary.now += 3_000 * MS;
    secondary.timer("detector");
    expect(kinds(secondary.perform(frameOutput(0)))).toEqual([]);
    secondary.step({ kind: "message", channel: "heartbeat", from: "h1", bytes: new Uint8Array(1) });
    secondary.log(encodeColo({ kind: "alive", count: 5_000, isWaiting: true }));
    expect(kinds(secondary.timer("grace"))).toEqual(["performed"]);
  });
});

it("goes on identically from a snapshot", () => {
  const primary = comparingPrimary();
  primary.perform(frameOutput(0), frameOutput(1));
  primary.log(performed(frameOutput(0)));
  const other = new PairBench(COLO, "primary");
  other.replica.restore(primary.replica.snapshot());
  other.now = primary.now;
  expect(other.log(performed(frameOutput(1)))).toEqual(primary.log(performed(frameOutput(1))));
});

it("refuses damaged messages", () => {
  const whole = performed(frameOutput(0));
  expect(decodeColo(whole.subarray(0, whole.length - 1))).toBeUndefined();
  expect(decodeColo(Uint8Array.from([99]))).toBeUndefined();
});
