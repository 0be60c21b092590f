// The protocol that protects nothing: what the guest does is done at once, at no cost, by one host.

import { describe, expect, it } from "vitest";
import type { DiskRequest } from "../vm/exit.ts";
import { DEFAULT_PARAMS } from "./params.ts";
import type { Effect, Input, Replica, StepContext } from "./protocol.ts";
import { FT_RULES } from "./rules.ts";
import { UNPROTECTED } from "./unprotected.ts";

const MS = 1_000_000;
const START = 5 * MS;

function created(role: "primary" | "backup" = "primary"): Replica {
  return UNPROTECTED.create({
    self: role === "primary" ? "h1" : "h2",
    peer: role === "primary" ? "h2" : "h1",
    generation: 1,
    role,
    params: DEFAULT_PARAMS,
    rules: FT_RULES,
    hostClock: START,
    hostUptime: START,
    guestTicks: 1_000,
  });
}

function context(changes: Partial<StepContext> = {}): StepContext {
  return {
    now: START,
    uptime: START,
    count: 100,
    isWaiting: false,
    guestDeadline: undefined,
    pendingDisk: () => [],
    ...changes,
  };
}

const FRAME: Input = { kind: "frame", bytes: new Uint8Array([1, 2]) };
const REQUEST: DiskRequest = {
  ioId: 7,
  op: "read",
  sector: 0,
  sectorCount: 1,
  pages: [],
  data: new Uint8Array(0),
};

describe("the first host", () => {
  it("runs from the start, and takes the guest's timer along", () => {
    const effects = created().step({ kind: "start" }, context({ guestDeadline: 1_010 }));
    expect(effects).toEqual([
      { kind: "vm", command: { do: "run" } },
      { kind: "set-timer", timer: "guest", at: START + 1_000 },
    ]);
  });

  it("lets every output go in the step in which it was performed", () => {
    const output = { class: "console", bytes: new Uint8Array([65]) } as const;
    const exit = {
      kind: "output",
      outputs: [
        { ordinal: 3, output },
        { ordinal: 4, output },
      ],
    } as const;
    expect(created().step({ kind: "exit", exit }, context())).toEqual([
      { kind: "release", ordinal: 3, output, isAgain: false },
      { kind: "release", ordinal: 4, output, isAgain: false },
    ]);
  });

  it("gives frames and answers to the guest at no cost", () => {
    const replica = created();
    const [taken] = replica.step(FRAME, context());
    expect(taken).toMatchObject({ kind: "vm", command: { do: "inject", cost: { kind: "none" } } });
    const exit = { kind: "request", what: "time" } as const;
    const [told] = replica.step({ kind: "exit", exit }, context({ now: START + 1_000 }));
    expect(told).toMatchObject({
      command: { do: "answer", answer: { ticks: 1_010 }, cost: { kind: "none" } },
    });
  });

  it("ticks when the guest's deadline has come, not when it has moved on", () => {
    const replica = created();
    const timer: Input = { kind: "timer", timer: "guest" };
    const early = replica.step(timer, context({ guestDeadline: 1_020 }));
    expect(early).toEqual([{ kind: "set-timer", timer: "guest", at: START + 2_000 }]);
    const due = replica.step(timer, context({ now: START + 2_000, guestDeadline: 1_020 }));
    expect(due).toMatchObject([{ command: { do: "inject", entry: { kind: "timer" } } }]);
  });

  it("completes the disk commands that the guest waits for, once", () => {
    const done: Input = { kind: "disk-done", ioId: 7, status: "ok", data: new Uint8Array(512) };
    const waiting = context({ pendingDisk: () => [REQUEST] });
    expect(created().step(done, waiting)).toMatchObject([
      { command: { do: "inject", entry: { kind: "disk-done", ioId: 7 } } },
    ]);
    expect(created().step(done, context())).toEqual([]);
  });

  it("does nothing any more when its guest has stopped", () => {
    const replica = created();
    const exit = { kind: "halt", detail: "off" } as const;
    const effects = replica.step({ kind: "exit", exit }, context());
    expect(effects).toContainEqual({ kind: "vm", command: { do: "halt" } });
    expect(replica.step(FRAME, context())).toEqual([]);
  });

  it("goes on from a snapshot as it would have", () => {
    const one = created();
    const read = (replica: Replica, now: number): readonly Effect[] =>
      replica.step({ kind: "exit", exit: { kind: "request", what: "time" } }, context({ now }));
    read(one, START + 7 * MS);
    const other = created();
    other.restore(one.snapshot());
    // The host's clock was set back: only who has seen it before knows.
    expect(read(other, START)).toEqual(read(one, START));
    expect(read(created(), START)).not.toEqual(read(one, START));
  });
});

it("the second host has no part in it", () => {
  const replica = created("backup");
  expect(replica.step({ kind: "start" }, context())).toEqual([]);
  expect(replica.step(FRAME, context())).toEqual([]);
});
