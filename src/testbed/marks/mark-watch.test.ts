// Goal: what the facts of a run show is marked, and what only looks like it is not. Method: short
// stories by hand, each with one that differs in what matters; real runs for what comes at their end,
// and for forks.

import { describe, expect, it } from "vitest";
import {
  createTestEngine,
  runOf,
  scenarioOf,
  SMALL,
  worldOf,
} from "../../../test/support/worlds.ts";
import type { ClaimDraft, WorldDraft } from "../../../test/support/history-builder.ts";
import type { Fact, NodeName, Role } from "../../history/fact.ts";
import { runToEnd } from "../run.ts";
import { MARKS } from "../variants/marks.ts";
import { MarkWatch } from "./mark-watch.ts";

const MS = 1_000_000;

/** A story: facts in order, with the time that goes by. */
class Story {
  readonly facts: Fact[] = [];
  now: number = 0;
  generation: number = 1;

  world(draft: WorldDraft): this {
    this.facts.push({ ...draft, witness: "world", time: this.now } as Fact);
    return this;
  }

  claim(node: NodeName, draft: ClaimDraft): this {
    const { generation, now: time } = this;
    this.facts.push({ ...draft, witness: "claim", node, generation, time } as Fact);
    return this;
  }

  role(node: NodeName, role: Role): this {
    return this.claim(node, { kind: "role", role, reason: "" });
  }

  later(ms: number): this {
    this.now += ms * MS;
    return this;
  }

  crash(node: NodeName): this {
    return this.world({ kind: "host", node, what: "crash", detail: "" }).world({
      kind: "machine-stop",
      node,
      count: 1,
      why: "its host crashed",
    });
  }

  append(lsn: number, entry: string = "net-rx", isGroupEnd: boolean = true): this {
    const rest = { count: 1, phase: "before", group: lsn, hash: "", bytes: 1 } as const;
    return this.claim("h1", { kind: "log-append", lsn, entry, isGroupEnd, ...rest });
  }

  store(lsn: number): this {
    return this.claim("h2", { kind: "log-buffered", lsn, hash: "" });
  }

  replay(lsn: number): this {
    return this.claim("h2", { kind: "log-replay", lsn, count: 1 });
  }

  hold(ordinal: number, outputClass: "network" | "disk" = "network"): this {
    return this.claim("h1", { kind: "output-hold", ordinal, outputClass, lsn: 1, groupEnd: 1 });
  }

  letGo(ordinal: number, heldFor: number = 0): this {
    const rest = { outputClass: "network", lsn: 1, heldFor } as const;
    return this.claim("h1", { kind: "output-release", ordinal, ...rest });
  }

  suspect(node: NodeName, reason: string = "heartbeat"): this {
    return this.claim(node, { kind: "suspect", reason, silence: 1 }).role(node, "SUSPECT");
  }

  ask(node: NodeName, attempt: number = 1): this {
    return this.role(node, "TAS_WAIT").claim(node, { kind: "test-and-set-request", attempt });
  }

  flag(owner: NodeName, result: "won" | "lost", isFirst: boolean = result === "won"): this {
    const { generation } = this;
    this.world({ kind: "test-and-set", generation, owner, result, isFirst });
    return this.claim(owner, { kind: "test-and-set-result", result });
  }

  event(crossing: "timer" | "net-rx" | "disk-done" | "output", count: number, isLive = true): this {
    const phase = crossing === "output" ? "during" : "before";
    const rest = { index: 0, pc: "", privilege: 3, valueHash: "", stateHash: "" } as const;
    const value = { ioId: -1, ioStatus: "", ticks: -1 } as const;
    return this.world({
      kind: "crossing",
      node: "h1",
      crossing,
      phase,
      count,
      isLive,
      ...rest,
      ...value,
    });
  }

  command(ioId: number, sector: number, isAgain: boolean, node: NodeName = "h1"): this {
    const disk = { ioId, op: "write", sector, sectorCount: 2, dataHash: "" } as const;
    const rest = { outputClass: "disk", count: 1, hash: "", length: 0, segment: null } as const;
    return this.world({ kind: "release", node, ordinal: 1, disk, isAgain, ...rest });
  }

  apply(ioId: number, result: "ok" | "fenced" | "repeated" | "torn", node: NodeName = "h1"): this {
    const disk = { ioId, op: "write", sector: 1, sectorCount: 1, dataHash: "" } as const;
    const fence = { fenceGeneration: 1, fenceOwner: node };
    return this.world({ kind: "disk-apply", node, disk, result, ...fence });
  }

  ownRead(result: "ok" | "error"): this {
    const disk = { ioId: 1, op: "read", sector: 1, sectorCount: 1, dataHash: "" } as const;
    const fence = { fenceGeneration: 1, fenceOwner: "h1" };
    return this.world({ kind: "member-read", node: "h2", disk, result, ...fence });
  }

  copy(stage: "begin" | "round" | "pause" | "resume" | "aborted", detail = "", round = 0): this {
    return this.claim("h1", { kind: "copy", stage, target: "h3", round, pages: 1, detail });
  }

  open(
    generation: number,
    primary: NodeName,
    backup: NodeName,
    result: "won" | "lost" = "won",
  ): this {
    this.world({ kind: "open-generation", generation, opener: primary, primary, backup, result });
    return this;
  }
}

const pair = (): Story => new Story().role("h1", "PRIMARY").role("h2", "BACKUP").later(1);

function marksOf(story: Story, restoreAt: number = -1): ReadonlyMap<string, number> {
  const marks = new Map<string, number>();
  const note = (name: string, hits: number = 1): void =>
    void marks.set(name, (marks.get(name) ?? 0) + hits);
  let watch = new MarkWatch(note);
  for (const [index, fact] of story.facts.entries()) {
    if (index === restoreAt) {
      const kept = watch.snapshot();
      for (const other of story.facts) watch.watch(other);
      marks.clear();
      watch = new MarkWatch(note);
      watch.restore(kept);
    }
    watch.watch(fact);
  }
  return marks;
}

type Tell = (story: Story) => Story;

/** A mark, a story in which it comes up, and one in which it does not. */
const STORIES: readonly (readonly [mark: string, hit: Tell, miss: Tell])[] = [
  ["backups-own-read-fails", (s) => s.ownRead("error"), (s) => s.ownRead("ok")],
  [
    "frame-meets-timer",
    (s) => s.event("timer", 7).event("net-rx", 7),
    (s) => s.event("timer", 7).event("net-rx", 8),
  ],
  [
    "frame-meets-timer",
    (s) => s.event("net-rx", 7).event("timer", 7),
    (s) => s.event("timer", 7, false).event("net-rx", 7, false),
  ],
  [
    "three-events-at-one-step",
    (s) => s.event("timer", 7).event("net-rx", 7).event("timer", 7),
    (s) => s.event("timer", 7).event("net-rx", 7).event("timer", 8),
  ],
  [
    "two-completions-at-one-step",
    (s) => s.event("disk-done", 7).event("disk-done", 7),
    (s) => s.event("disk-done", 7).event("timer", 7),
  ],
  [
    "frame-right-behind-an-output",
    (s) => s.event("output", 6).event("net-rx", 7),
    (s) => s.event("output", 6).event("net-rx", 8),
  ],
  [
    "event-right-behind-an-output",
    (s) => s.event("output", 6).event("timer", 7),
    (s) => s.event("output", 6).event("net-rx", 7),
  ],
  [
    "group-of-three-or-more",
    (s) => s.append(1, "output", false).append(2, "output", false).append(3),
    (s) => s.append(1, "output", false).append(2).append(3),
  ],
  ["backup-runs-dry", (s) => s.store(1).replay(1), (s) => s.store(1).store(2).replay(1)],
  [
    "ack-arrives-after-the-suspicion",
    (s) => s.suspect("h1").claim("h1", { kind: "log-ack-receive", through: 1, executed: 0 }),
    (s) => s.claim("h1", { kind: "log-ack-receive", through: 1, executed: 0 }),
  ],
  ["output-held-for-20-ms", (s) => s.hold(1).letGo(1, 20 * MS), (s) => s.hold(1).letGo(1, 19 * MS)],
  [
    "one-ack-frees-many-outputs",
    (s) => s.letGo(1).letGo(2).letGo(3).letGo(4),
    (s) => s.letGo(1).letGo(2).letGo(3).later(1).letGo(4),
  ],
  [
    "output-held-before-its-backup-counts",
    (s) => Object.assign(s, { generation: 2 }).hold(1),
    (s) => s.hold(1),
  ],
  [
    "suspicion-taken-back",
    (s) => s.suspect("h2").role("h2", "BACKUP"),
    (s) => s.suspect("h2").role("h2", "TAS_WAIT"),
  ],
  ["only-the-log-falls-silent", (s) => s.suspect("h2", "log"), (s) => s.suspect("h2", "alarm")],
  ["living-peer-is-suspected", (s) => s.suspect("h2"), (s) => s.crash("h1").suspect("h2")],
  [
    "both-suspect-each-other",
    (s) => s.suspect("h1").suspect("h2"),
    (s) => s.suspect("h1").role("h1", "PRIMARY").suspect("h2"),
  ],
  [
    "both-claim-the-flag",
    (s) => s.suspect("h1").suspect("h2").ask("h1").ask("h2"),
    (s) => s.suspect("h1").suspect("h2").ask("h1"),
  ],
  [
    "test-and-set-retried",
    (s) => s.suspect("h2").ask("h2").ask("h2", 2),
    (s) => s.suspect("h2").ask("h2"),
  ],
  [
    "loser-of-the-flag-halts",
    (s) => s.suspect("h1").ask("h1").flag("h1", "lost").role("h1", "HALTED"),
    (s) => s.role("h1", "HALTED"),
  ],
  [
    "winner-is-told-again",
    (s) => s.flag("h2", "won").flag("h2", "won", false),
    (s) => s.flag("h2", "won"),
  ],
  [
    "loser-is-told-again",
    (s) => s.flag("h1", "lost").flag("h1", "lost"),
    (s) => s.flag("h1", "lost").flag("h2", "lost"),
  ],
  [
    "flag-of-an-old-generation-refused",
    (s) => s.open(2, "h1", "h3").flag("h2", "lost"),
    (s) => s.flag("h2", "lost"),
  ],
  [
    "storage-restarts-with-the-flag-taken",
    (s) => s.flag("h2", "won").world({ kind: "storage-restart" }),
    (s) => s.world({ kind: "storage-restart" }).flag("h2", "won"),
  ],
  [
    "takeover-has-a-log-to-drain",
    (s) => s.store(1).store(2).replay(1).role("h2", "GOING_LIVE"),
    (s) => s.store(1).replay(1).role("h2", "GOING_LIVE"),
  ],
  [
    "takeover-from-a-living-primary",
    (s) => s.role("h2", "GOING_LIVE").role("h2", "SOLO"),
    (s) => s.crash("h1").role("h2", "GOING_LIVE").role("h2", "SOLO"),
  ],
  [
    "takeover-takes-200-ms",
    (s) => s.suspect("h2").later(200).role("h2", "GOING_LIVE").role("h2", "SOLO"),
    (s) => s.suspect("h2").later(199).role("h2", "GOING_LIVE").role("h2", "SOLO"),
  ],
  [
    "primary-dies-with-outputs-held",
    (s) => s.hold(1).crash("h1"),
    (s) => s.hold(1).letGo(1).crash("h1"),
  ],
  [
    "primary-dies-with-a-disk-write-held",
    (s) => s.hold(1, "disk").crash("h1"),
    (s) => s.hold(1).crash("h1"),
  ],
  [
    "primary-dies-with-entries-under-way",
    (s) => s.append(1).store(1).append(2).crash("h1"),
    (s) => s.append(1).append(2).store(1).store(2).crash("h1"),
  ],
  [
    "received-frame-dies-with-its-host",
    (s) => s.append(1).store(1).append(2).crash("h1"),
    (s) => s.append(1).store(1).append(2, "timer").crash("h1"),
  ],
  [
    "primary-dies-with-a-write-under-way",
    (s) => s.command(1, 8, false).crash("h1"),
    (s) => s.command(1, 8, false).apply(1, "ok").crash("h1"),
  ],
  [
    "backup-dies-with-log-to-replay",
    (s) => s.store(1).crash("h2"),
    (s) => s.store(1).replay(1).crash("h2"),
  ],
  ["second-host-dies", (s) => s.crash("h1").crash("h2"), (s) => s.crash("h1")],
  [
    "overlapping-commands-reissued",
    (s) => s.command(1, 8, true).command(2, 9, true),
    (s) => s.command(1, 8, true).command(2, 10, true),
  ],
  [
    "reissued-write-was-already-applied",
    (s) => s.apply(1, "ok").command(1, 8, true, "h2"),
    (s) => s.apply(2, "ok").command(1, 8, true, "h2"),
  ],
  [
    "write-applied-after-its-host-died",
    (s) => s.command(1, 8, false).crash("h1").apply(1, "ok"),
    (s) => s.command(1, 8, false).apply(1, "ok").crash("h1"),
  ],
  [
    "writes-applied-out-of-order",
    (s) => s.apply(2, "ok").apply(1, "ok"),
    (s) => s.apply(1, "ok").apply(2, "ok"),
  ],
  [
    "switch-learns-an-old-port-again",
    (s) => learned(s, "h1", "h2", "h1"),
    (s) => learned(s, "h1", "h2", "h3"),
  ],
  [
    "paused-node-wakes-up-superseded",
    (s) => paused(s, (t) => t.flag("h2", "won")),
    (s) => paused(s, (t) => t),
  ],
  ["pause-ends-unnoticed", (s) => paused(s, (t) => t), (s) => paused(s, (t) => t.suspect("h2"))],
  [
    "copys-target-dies-while-the-guest-stands",
    (s) => s.copy("begin", "protect").copy("pause").crash("h3"),
    (s) => s.copy("begin", "protect").crash("h3"),
  ],
  [
    "copy-given-up-for-a-suspicion",
    (s) => s.copy("begin").copy("aborted", "suspects its peer"),
    (s) => s.copy("begin").copy("aborted", "its target is silent"),
  ],
  ["backup-has-moved", (s) => s.open(2, "h1", "h3"), (s) => s.open(2, "h3", "h2")],
  [
    "primary-has-moved",
    (s) => s.open(2, "h3", "h2"),
    (s) => s.flag("h2", "won").open(2, "h2", "h3"),
  ],
  [
    "protection-is-back",
    (s) => s.flag("h2", "won").open(2, "h2", "h3"),
    (s) => s.open(2, "h1", "h3"),
  ],
  [
    "third-generation-opens",
    (s) => s.open(2, "h1", "h3").open(3, "h1", "h2"),
    (s) => s.open(2, "h1", "h3").open(2, "h1", "h3"),
  ],
  [
    "admission-is-told-again",
    (s) => s.open(2, "h1", "h3").open(2, "h1", "h3"),
    (s) => s.open(2, "h1", "h3", "lost").open(2, "h1", "h3"),
  ],
];

function learned(story: Story, ...ports: readonly string[]): Story {
  for (const port of ports) story.world({ kind: "switch-learn", mac: "vm", port });
  return story;
}

function paused(story: Story, meanwhile: Tell): Story {
  story.world({ kind: "host", node: "h1", what: "pause", detail: "" });
  meanwhile(story.later(1));
  return story.world({ kind: "host", node: "h1", what: "resume", detail: "" });
}

describe("what facts show", () => {
  it.each(STORIES)("%s", (mark, hit, miss) => {
    expect(marksOf(hit(pair())).get(mark)).toBe(1);
    expect(marksOf(miss(pair())).get(mark)).toBeUndefined();
  });

  it("is known by marks of the list only", () => {
    const names = new Set(MARKS.map(({ name }) => name));
    for (const [mark] of STORIES) expect(names.has(mark), mark).toBe(true);
  });

  it("is found from a snapshot on, whatever the watch saw since", () => {
    for (const [mark, hit] of STORIES) {
      const story = hit(pair());
      const last = story.facts.length - 1;
      const after = marksOf(story, last);
      for (const [name, hits] of after)
        expect(marksOf(story).get(name)).toBeGreaterThanOrEqual(hits);
      expect(marksOf(story, 2).get(mark), mark).toBe(1);
    }
  });
});

describe("in a run", () => {
  const engine = createTestEngine();

  it("an operator is told that the VM is off", { timeout: 60_000 }, () => {
    const { marks, verdict } = runOf(engine, { scenario: scenarioOf("power-off"), seed: "42" });
    expect(verdict).toBe("valid");
    expect(marks.get("power-off-is-confirmed")).toBe(1);
  });

  it("the host from which a VM is copied dies", { timeout: 60_000 }, () => {
    const scenario = scenarioOf("source-dies-copying");
    const { marks, verdict } = runOf(engine, { scenario, seed: "42" });
    expect(verdict).toBe("valid");
    expect(marks.get("copys-source-dies")).toBe(1);
  });

  it("overlapping disk commands are pending at a takeover", { timeout: 60_000 }, () => {
    const scenario = scenarioOf("overlapping-io-crash");
    const { marks, verdict } = runOf(engine, { scenario, seed: "1" });
    expect(verdict).toBe("valid");
    for (const name of ["overlapping-commands-reissued", "read-reissued", "write-reissued"])
      expect(marks.get(name), name).toBeGreaterThan(0);
  });

  it("wires and TCP are asked at its end, and a fork counts as its world", {
    timeout: 60_000,
  }, () => {
    const scenario = scenarioOf("failover", SMALL);
    const whole = runOf(engine, { scenario, seed: "1" });
    expect(
      whole.marks.get("clients-packet-lost") ?? whole.marks.get("client-sends-again"),
    ).toBeGreaterThan(0);
    expect(whole.marks.get("pending-disk-io-reissued")).toBe(1);
    const [base, fork] = [
      worldOf(engine, { scenario, seed: "1" }),
      worldOf(engine, { scenario, seed: "1" }),
    ];
    base.advance(Math.floor(whole.events / 2));
    const snapshot = base.snapshot();
    fork.advance(100);
    fork.restore(snapshot);
    snapshot.release();
    base.release();
    const forked = runToEnd(fork);
    expect(forked.digest).toBe(whole.digest);
    expect([...forked.marks]).toEqual([...whole.marks]);
  });
});
