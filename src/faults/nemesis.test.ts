// The nemesis strikes when it is told to, ends what has an end, heals the rest, counts what struck,
// and goes on identically from a snapshot.

import { describe, expect, it } from "vitest";
import { type Duration, virtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { Kernel } from "../sim/kernel.ts";
import type { Fault, FaultTargets } from "./fault.ts";
import { NEMESIS, Nemesis, type PlannedFault } from "./nemesis.ts";
import { FAULT_KINDS, findFaultKind } from "./registry.ts";
import type { Trigger } from "./trigger.ts";

const LINKS = [
  { name: "log:h1>h2", wire: "log", from: "h1", to: "h2" },
  { name: "log:h2>h1", wire: "log", from: "h2", to: "h1" },
];

class Site {
  readonly kernel = new Kernel();
  readonly log: string[] = [];
  readonly facts: Fact[] = [];
  readonly nemesis: Nemesis;
  primary = "h1";

  constructor(plan: readonly PlannedFault[]) {
    const note =
      (what: string) =>
      (...details: readonly unknown[]): void => {
        this.log.push(`${this.kernel.now} ${what} ${details.map(String).join(" ")}`.trim());
      };
    const targets: FaultTargets = {
      crash: note("crash"),
      pause: note("pause"),
      resume: note("resume"),
      stall: note("stall"),
      unstall: note("unstall"),
      setSpeed: note("speed"),
      changeLinks: (names, change) => note("links")(names.join(), JSON.stringify(change)),
      restoreLinks: (names, settings) => note("restore")(names.join(), settings.join()),
      setStorageDown: note("storage down"),
    };
    this.nemesis = new Nemesis(
      {
        kernel: this.kernel,
        targets,
        links: LINKS,
        nodeOf: (name) => (name === "primary" ? this.primary : name),
        emit: (fact) => this.facts.push(fact),
      },
      plan,
    );
    this.kernel.register(NEMESIS, ({ kind, payload }) => this.nemesis.handle(kind, payload));
    this.kernel.register("control", ({ payload }) => (payload as () => void)());
    this.nemesis.start();
  }

  at(ns: number, act: () => void): void {
    this.kernel.schedule(virtualTime(ns), "control", "act", act);
  }

  run(): readonly string[] {
    while (this.kernel.step());
    return this.log;
  }
}

function planned(
  kind: string,
  target: string,
  changes: Partial<PlannedFault & Fault>,
): PlannedFault {
  const { at, trigger, delay, lasts, percent, chance, by } = changes;
  return {
    fault: { kind, target, lasts, percent, chance, by },
    at,
    trigger,
    delay: delay ?? (0 as Duration),
  };
}

const ns = (value: number): Duration => value as Duration;
const onRelease = (nth: number): Trigger => ({
  event: "release",
  of: "",
  by: "",
  nth,
  from: virtualTime(0),
});
const release = (node: string): Fact => ({ kind: "release", node, time: 0 }) as Fact;

describe("the schedule", () => {
  it("strikes at its time and ends after its length", () => {
    const site = new Site([
      planned("pause", "h2", { at: virtualTime(10), lasts: ns(5) }),
      planned("crash", "primary", { at: virtualTime(12) }),
    ]);
    expect(site.run()).toEqual(["10 pause h2", "12 crash h1", "15 resume h2"]);
    expect(site.nemesis.struck()).toEqual([1, 1]);
    expect(site.facts).toMatchObject([
      { kind: "fault", fault: "pause", phase: "start", target: "h2", detail: "h2 stands still" },
      { kind: "fault", fault: "crash", phase: "start", target: "primary", detail: "h1 crashes" },
      { kind: "fault", fault: "pause", phase: "end" },
    ]);
  });

  it("aims at whoever has the role then, and ends where it began", () => {
    const site = new Site([planned("stall", "primary", { at: virtualTime(10), lasts: ns(10) })]);
    site.at(5, () => (site.primary = "h2"));
    site.at(15, () => (site.primary = "h1"));
    expect(site.run()).toEqual(["10 stall h2", "20 unstall h2"]);
  });

  it("resolves links and passes strengths on", () => {
    const site = new Site([
      planned("loss", "log-link", {
        at: virtualTime(1),
        lasts: ns(1),
        chance: { numerator: 1, denominator: 20 },
      }),
      planned("delay", "log:h1>h2", { at: virtualTime(5), by: ns(70) }),
      planned("slow", "h1", { at: virtualTime(6), percent: 5 }),
    ]);
    expect(site.run()).toEqual([
      '1 links log:h1>h2,log:h2>h1 {"loss":{"numerator":1,"denominator":20}}',
      "2 restore log:h1>h2,log:h2>h1 loss",
      '5 links log:h1>h2 {"extraLatency":70}',
      "6 speed h1 5",
    ]);
  });
});

describe("triggers", () => {
  it("fire once, at the n-th match, with their delay", () => {
    const site = new Site([planned("crash", "primary", { trigger: onRelease(3), delay: ns(100) })]);
    for (let i = 1; i <= 5; i++) site.at(i, () => site.nemesis.watch(release("h1")));
    expect(site.run()).toEqual(["10003 crash h1"]);
  });

  it("change links at once, and hosts only after the event that is being handled", () => {
    const site = new Site([
      planned("cut", "log-link", { trigger: onRelease(1) }),
      planned("crash", "h1", { trigger: onRelease(1) }),
    ]);
    site.at(7, () => {
      site.nemesis.watch(release("h1"));
      site.log.push("the event goes on");
    });
    expect(site.run()).toEqual([
      '7 links log:h1>h2,log:h2>h1 {"isCut":true}',
      "the event goes on",
      "10007 crash h1",
    ]);
  });
});

describe("healing", () => {
  it("ends what is active, once, and leaves a crash alone", () => {
    const site = new Site([
      planned("cut", "log-link", { at: virtualTime(1) }),
      planned("storage-outage", "storage", { at: virtualTime(2), lasts: ns(100) }),
      planned("crash", "h1", { at: virtualTime(3) }),
    ]);
    site.at(50, () => site.nemesis.heal());
    expect(site.run()).toEqual([
      '1 links log:h1>h2,log:h2>h1 {"isCut":true}',
      "2 storage down true",
      "3 crash h1",
      "50 restore log:h1>h2,log:h2>h1 isCut",
      "50 storage down false",
    ]);
  });

  // Known defect (nemesis.ts, heal): faults that were scheduled or triggered for later still strike,
  // into the phase in which progress is demanded, and nobody heals them.
  it("is the end of all faults: nothing strikes afterwards", () => {
    const site = new Site([
      planned("cut", "log-link", { at: virtualTime(60) }),
      planned("stall", "h2", { trigger: onRelease(1) }),
    ]);
    site.at(50, () => site.nemesis.heal());
    site.at(70, () => site.nemesis.watch(release("h1")));
    expect(site.run()).toEqual([]);
  });
});

describe("snapshot", () => {
  it("keeps matches, strikes and what is active", () => {
    const site = new Site([
      planned("pause", "h2", { at: virtualTime(10), lasts: ns(50) }),
      planned("crash", "h1", { trigger: onRelease(2) }),
    ]);
    while (site.kernel.now < 10) site.kernel.step();
    site.nemesis.watch(release("h1"));
    const kept = [site.kernel.snapshot(), site.nemesis.snapshot()] as const;
    const go = (): readonly unknown[] => {
      site.log.length = 0;
      site.nemesis.watch(release("h1"));
      site.run();
      return [...site.log, site.nemesis.struck().join()];
    };
    const expected = go();
    site.kernel.restore(kept[0]);
    site.nemesis.restore(kept[1]);
    expect(go()).toEqual(expected);
    expect(expected).toEqual(["60 resume h2", "10010 crash h1", "1,1"]);
  });
});

describe("kinds", () => {
  it("have unique names and say in one line what they do", () => {
    expect(new Set(FAULT_KINDS.map(({ name }) => name)).size).toBe(FAULT_KINDS.length);
    for (const kind of FAULT_KINDS) {
      expect(kind.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(kind.summary.length).toBeLessThan(80);
      expect(findFaultKind(kind.name)).toBe(kind);
    }
    expect(findFaultKind("earthquake")).toBeUndefined();
  });

  it("undo at the end exactly what they did at the start", () => {
    for (const kind of FAULT_KINDS.filter(({ canEnd }) => canEnd)) {
      const target = kind.aim === "links" ? "log-link" : "h1";
      const strength = { percent: 5, chance: { numerator: 1, denominator: 2 }, by: ns(9) };
      const site = new Site([
        planned(kind.name, target, { at: virtualTime(1), lasts: ns(1), ...strength }),
      ]);
      const [start = "", end = ""] = site.run();
      expect(site.log.length, kind.name).toBe(2);
      const undo = new Map([
        ["pause", "resume"],
        ["stall", "unstall"],
      ]).get(kind.name);
      if (undo !== undefined) expect(end).toBe(`2 ${undo} h1`);
      else if (kind.aim === "links")
        expect(end).toMatch(/^2 restore log:h1>h2,log:h2>h1 [a-zA-Z]+$/);
      else
        expect([kind.name, end.split(" ").slice(1, 3)]).toEqual([
          kind.name,
          start.split(" ").slice(1, 3),
        ]);
      expect(end.slice(2)).not.toBe(start.slice(2));
    }
  });
});
