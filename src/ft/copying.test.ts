// Copies of a running VM, one replica at a time: what a source and a target say and do at each stage.
// That a copy is whole and its log without a gap is judged in whole runs (test/redundancy.test.ts).

import { describe, expect, it } from "vitest";
import {
  Bench,
  type BenchOptions,
  disk,
  diskRequest,
  MS,
  type Outcome,
} from "../../test/support/replica-bench.ts";
import type { CopyMessage } from "./message.ts";
import { encodeClusterMessage } from "./cluster-message.ts";
import type { Effect, Page } from "./protocol.ts";

const page = (index: number): Page => ({ index, bytes: new Uint8Array(4_096).fill(index) });
const pages = (count: number): readonly Page[] =>
  Array.from({ length: count }, (_, index) => page(index));
const memory = ({ effects }: Outcome): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "memory" ? [effect.command.do] : []));
const of = <K extends Effect["kind"]>({ effects }: Outcome, kind: K) =>
  effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
const sentKinds = ({ sent }: Outcome): readonly string[] => sent.map(({ kind }) => kind);

/** h1, alone, asked for a backup and was given h3. */
function source(options: Pick<BenchOptions, "params" | "rules"> = {}): Bench {
  const params = { reprotects: true, ...options.params };
  const bench = new Bench({ role: "alone", ...options, params });
  bench.start();
  bench.now += 5_000 * MS;
  bench.timer("protect");
  const bytes = encodeClusterMessage({ kind: "place", host: "h3", generation: 1 });
  bench.step({ kind: "message", channel: "cluster", from: "cluster", bytes });
  return bench;
}

const fromTarget = (bench: Bench, message: CopyMessage): Outcome =>
  bench.hearFrom("h3", message, 2);

/** All rounds done; the guest stands still and its state was taken. */
function taken(bench: Bench): Outcome {
  fromTarget(bench, { kind: "copy-accept" });
  bench.step({ kind: "pages", pages: pages(20) });
  bench.now += 10 * MS;
  fromTarget(bench, { kind: "copy-credit", bytes: 20 * 4_096 });
  bench.step({ kind: "pages", pages: pages(2) });
  return bench.step({ kind: "state", pages: [page(7)], machine: new Uint8Array([1, 2]) });
}

describe("a node that is alone", () => {
  it("asks the cluster service, and again while no copy is under way (R-6.3)", () => {
    const bench = new Bench({ role: "alone", params: { reprotects: true } });
    expect(bench.start().timer("protect")).toBe(5_000 * MS);
    bench.now += 5_000 * MS;
    const asked = bench.timer("protect");
    expect(of(asked, "send").map(({ channel }) => channel)).toEqual(["cluster"]);
    expect(asked.timer("protect")).toBe(6_000 * MS);
  });

  it("offers nothing to itself, whoever says so (INV-32)", () => {
    const bench = new Bench({ role: "alone", params: { reprotects: true } });
    bench.start();
    const bytes = encodeClusterMessage({ kind: "place", host: "h1", generation: 1 });
    const outcome = bench.step({ kind: "message", channel: "cluster", from: "cluster", bytes });
    expect(outcome.sent).toEqual([]);
  });
});

describe("the source of a copy", () => {
  it("sends all pages, then those that were written meanwhile, while the guest runs", () => {
    const bench = source();
    const accepted = fromTarget(bench, { kind: "copy-accept" });
    expect(memory(accepted)).toEqual(["track", "read"]);
    const round = bench.step({ kind: "pages", pages: pages(20) });
    expect(round.sent.map((one) => one.kind === "copy-pages" && one.pages.length)).toEqual([16, 4]);
    expect(round.does).toEqual([]);
    bench.now += 10 * MS;
    const next = fromTarget(bench, { kind: "copy-credit", bytes: 20 * 4_096 });
    expect(next.effects).toContainEqual({
      kind: "memory",
      command: { do: "read", which: "written" },
    });
  });

  it("sends no more than the window until it is credited", () => {
    const bench = source();
    fromTarget(bench, { kind: "copy-accept" });
    const round = bench.step({ kind: "pages", pages: pages(600) });
    expect(round.sent).toHaveLength(16);
    expect(fromTarget(bench, { kind: "copy-credit", bytes: 65_536 }).sent).toHaveLength(1);
  });

  it("lets the guest stand still when what is left fits a short pause, and logs from there on", () => {
    const bench = source();
    fromTarget(bench, { kind: "copy-accept" });
    bench.step({ kind: "pages", pages: pages(20) });
    bench.now += 10 * MS;
    fromTarget(bench, { kind: "copy-credit", bytes: 20 * 4_096 });
    const last = bench.step({ kind: "pages", pages: pages(2) });
    expect([last.does, memory(last)]).toEqual([["pause"], ["take"]]);
    const state = bench.step({ kind: "state", pages: [page(7)], machine: new Uint8Array([1]) });
    expect(sentKinds(state)).toEqual(["copy-pages", "copy-state"]);
    // nobody acknowledges yet, and nothing leaves.
    const output = bench.perform({
      ordinal: 0,
      output: { class: "network", bytes: new Uint8Array(60) },
    });
    expect([output.released, output.claims("output-hold")[0]?.generation]).toEqual([[], 2]);
  });

  it("opens the next generation when the copy is whole, and is PRIMARY when that is answered", () => {
    const bench = source();
    taken(bench);
    const done = fromTarget(bench, { kind: "copy-done" });
    const pair = { generation: 2, primary: "h1", backup: "h3" };
    expect(of(done, "open")).toEqual([{ kind: "open", ...pair }]);
    bench.now += 50 * MS;
    expect(bench.timer("switch").does).toEqual(["resume"]);
    const opened = bench.step({ kind: "opened", generation: 2, result: "won" });
    expect([opened.roles, sentKinds(opened)]).toEqual([["PRIMARY"], ["begin"]]);
  });

  it("goes on logging when the channel breaks to a copy that has become its backup", () => {
    const bench = source();
    taken(bench);
    fromTarget(bench, { kind: "copy-done" });
    bench.step({ kind: "opened", generation: 2, result: "won" });
    const broken = bench.step({ kind: "channel", with: "h3", state: "down" });
    expect([broken.marks, broken.roles]).toEqual([[], []]);
    const output = { class: "network", bytes: new Uint8Array(60) } as const;
    expect(bench.perform({ ordinal: 0, output }).released).toEqual([]);
    bench.now += 50 * MS;
    expect(bench.timer("switch").does).toEqual(["resume"]);
  });

  it("tells nobody a second time what it logged to its copy before it was admitted", () => {
    const bench = source();
    taken(bench);
    fromTarget(bench, { kind: "copy-done" });
    const output = { class: "network", bytes: new Uint8Array(60) } as const;
    expect(bench.perform({ ordinal: 0, output }).claims("log-append")).toHaveLength(1);
    const opened = bench.step({ kind: "opened", generation: 2, result: "won" });
    expect(opened.claims("log-append")).toEqual([]);
  });

  it("goes neither alone nor on while the storage has not answered", () => {
    const bench = source();
    taken(bench);
    fromTarget(bench, { kind: "copy-done" });
    bench.now += 100 * MS;
    expect(of(bench.timer("open"), "open")).toHaveLength(1);
    expect(bench.step({ kind: "opened", generation: 2, result: "lost" }).roles).toEqual(["HALTED"]);
  });

  it("gives up a target that falls silent: what it held leaves, and it asks for another", () => {
    const bench = source();
    taken(bench);
    bench.perform({ ordinal: 0, output: { class: "network", bytes: new Uint8Array(60) } });
    bench.now += 2_000 * MS;
    const given = bench.timer("copy");
    expect([given.released, given.does]).toEqual([["0"], ["resume"]]);
    expect(given.claims("copy").map(({ stage }) => stage)).toEqual(["aborted"]);
    expect(of(given, "send").map(({ channel }) => channel)).toContain("cluster");
  });
});

describe("the source of a copy, with a disk of its own (R-11.1)", () => {
  const params = { disks: "separate" } as const;
  const begun = (bench: Bench): void => {
    fromTarget(bench, { kind: "copy-accept" });
    bench.step({ kind: "pages", pages: pages(4), blocks: pages(20) });
    bench.now += 10 * MS;
    fromTarget(bench, { kind: "copy-credit", bytes: 24 * 4_096 });
  };

  it("sends its blocks behind the pages, in the same rounds and the same window", () => {
    const bench = source({ params });
    fromTarget(bench, { kind: "copy-accept" });
    const round = bench.step({ kind: "pages", pages: pages(4), blocks: pages(20) });
    expect(sentKinds(round)).toEqual(["copy-pages", "copy-blocks", "copy-blocks"]);
    expect(round.claims("copy")).toMatchObject([{ pages: 24 }]);
    bench.now += 10 * MS;
    expect(memory(fromTarget(bench, { kind: "copy-credit", bytes: 24 * 4_096 }))).toEqual(["read"]);
    bench.step({ kind: "pages", pages: [], blocks: pages(1) });
    const state = { kind: "state", pages: [page(7)], blocks: [page(8)] } as const;
    const last = bench.step({ ...state, machine: new Uint8Array([1]) });
    expect(sentKinds(last)).toEqual(["copy-pages", "copy-blocks", "copy-state"]);
    expect(last.sent[1]).toMatchObject({ pages: [{ index: 0 }, { index: 8 }] });
  });

  it("waits until its disk stands still: what is under way would be on one disk only", () => {
    const bench = source({ params });
    begun(bench);
    bench.perform(disk(1, {}));
    bench.pending = [diskRequest(1)];
    const paused = bench.step({ kind: "pages", pages: [], blocks: [] });
    expect([paused.does, memory(paused)]).toEqual([["pause"], []]);
    bench.step({ kind: "disk-done", ioId: 1, status: "error", data: new Uint8Array(0) });
    bench.pending = [];
    // The guest knows that it failed, the disk has it not yet.
    expect(memory(bench.step({ kind: "timer", timer: "batch" }))).toEqual([]);
    const done = bench.step({ kind: "disk-done", ioId: 1, status: "ok", data: new Uint8Array(0) });
    expect(memory(done)).toEqual(["take"]);
  });

  it("leaves its disk behind without the rule, and the target keeps what it had (BUG-60)", () => {
    const rules = { copiesDisk: false };
    const bench = source({ params, rules });
    fromTarget(bench, { kind: "copy-accept" });
    const round = bench.step({ kind: "pages", pages: pages(4), blocks: pages(20) });
    expect(sentKinds(round)).toEqual(["copy-pages"]);
    for (const keepsDisk of [false, true]) {
      const spare = new Bench({ role: "spare", params, rules: { copiesDisk: !keepsDisk } });
      spare.start();
      const offered = spare.hearFrom("h1", { kind: "copy-offer" }, 2);
      expect(offered.effects).toContainEqual({
        kind: "memory",
        command: { do: "clear", keepsDisk },
      });
    }
  });
});

describe("the target of a copy", () => {
  const spare = (): Bench => {
    const bench = new Bench({ role: "spare", params: { reprotects: true } });
    bench.start();
    return bench;
  };
  const offered = (): Bench => {
    const bench = spare();
    bench.hearFrom("h1", { kind: "copy-offer" }, 2);
    return bench;
  };
  const state: CopyMessage = {
    kind: "copy-state",
    primary: "h1",
    backup: "h3",
    lsn: 40,
    group: 30,
    ticks: 900,
    releasedThrough: 0,
    share: 100,
    machine: new Uint8Array([1]),
  };

  it("begins empty, takes in pages and gives credit", () => {
    const bench = spare();
    expect(memory(bench.hearFrom("h1", { kind: "copy-offer" }, 2))).toEqual(["clear"]);
    const some = bench.hearFrom("h1", { kind: "copy-pages", pages: pages(3) }, 2);
    expect([memory(some), sentKinds(some)]).toEqual([["put"], ["copy-credit"]]);
    const blocks = bench.hearFrom("h1", { kind: "copy-blocks", pages: pages(2) }, 2);
    const command = { do: "put", pages: [], blocks: pages(2) };
    expect(blocks.effects).toContainEqual({ kind: "memory", command });
    expect(blocks.sent).toContainEqual({ kind: "copy-credit", generation: 2, bytes: 8_192 });
  });

  it("is a backup when all is here, and acknowledges from behind the clone point", () => {
    const whole = offered().hearFrom("h1", state, 2);
    expect(whole.roles).toEqual(["BACKUP"]);
    expect(whole.claims("log-begin")).toMatchObject([{ lsn: 40, generation: 2 }]);
    expect(whole.sent).toContainEqual({ kind: "hello", generation: 2, next: 41 });
  });

  it("forgets a half copy whose source is silent, and is free again (R-6.4)", () => {
    const bench = offered();
    bench.now += 2_000 * MS;
    const silent = bench.timer("copy");
    expect([silent.marks, silent.roles]).toEqual([["half-copy-forgotten"], []]);
    expect(sentKinds(bench.hearFrom("h2", { kind: "copy-offer" }, 3))).toEqual(["copy-accept"]);
  });

  it("asks for no flag before the storage knows it: it inquires", () => {
    const bench = offered();
    bench.hearFrom("h1", state, 2);
    bench.now += 2_000 * MS;
    bench.timer("detector");
    bench.now += MS;
    const grace = bench.timer("grace");
    expect([grace.has("inquire"), grace.has("test-and-set")]).toEqual([true, false]);
    expect(grace.marks).toEqual(["copy-asks-whether-it-counts"]);
    const record = { generation: 2, primary: "h1", backup: "h3", winner: "" };
    const told = bench.step({ kind: "record", ...record });
    expect(told.marks).toEqual(["copy-learns-from-the-record-that-it-counts"]);
    expect(bench.timer("grace").has("test-and-set")).toBe(true);
  });

  it("is nothing when another pair was admitted", () => {
    const bench = offered();
    bench.hearFrom("h1", state, 2);
    const record = { generation: 2, primary: "h1", backup: "h2", winner: "" };
    const told = bench.step({ kind: "record", ...record });
    expect([told.roles, told.marks]).toEqual([["HALTED"], ["whole-copy-counts-for-nothing"]]);
  });

  it("takes no second copy while it has one", () => {
    const bench = offered();
    bench.hearFrom("h1", state, 2);
    expect(sentKinds(bench.hearFrom("h2", { kind: "copy-offer" }, 3))).toEqual(["copy-abort"]);
  });
});
