// The nemesis strikes when it is told to, ends what has an end, heals the rest, counts what struck,
// and goes on identically from a snapshot.

import { describe, expect, it } from "vitest";
import { type Duration, virtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { Kernel } from "../sim/kernel.ts";
import type { BudgetRule } from "./budget.ts";
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
  lastHope = "";
  lastVote = "";

  constructor(plan: readonly PlannedFault[], budget: BudgetRule = "unbounded") {
    const note =
      (what: string) =>
      (...details: readonly unknown[]): boolean => {
        this.log.push(`${this.kernel.now} ${what} ${details.map(String).join(" ")}`.trim());
        return true;
      };
    const targets: FaultTargets = {
      crash: note("crash"),
      pause: note("pause"),
      resume: note("resume"),
      stall: note("stall"),
      unstall: note("unstall"),
      setSpeed: note("speed"),
      alarm: note("alarm"),
      command: (node, request) => note("operator")(node, JSON.stringify(request)),
      restart: note("power on"),
      stepClock: note("clock step"),
      driftClock: note("clock drift"),
      restoreDrift: note("clock drift usual"),
      changeStorage: (change) => note("storage")(JSON.stringify(change)),
      restoreStorage: (settings) => note("storage usual")(settings.join()),
      delayNextWrite: note("delay write of"),
      tearWrites: note("tear"),
      loseCache: note("cache lost"),
      bites: (bite) => (bite === "cut" ? 7 : 0),
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
        isLastHope: (node) => node === this.lastHope,
        isLastVote: (node) => node === this.lastVote,
        emit: (fact) => this.facts.push(fact),
      },
      plan,
      budget,
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
  const { at, trigger, delay, lasts, percent, chance, by, bandwidth, ppm, times, onto } = changes;
  return {
    fault: { kind, target, lasts, percent, chance, by, bandwidth, ppm, times, onto },
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

  // Was a defect (nemesis.ts, heal): faults that were scheduled or triggered for later still strike,
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

  /** What each kind says to the world at its start, and at its end. */
  const SAYS: ReadonlyMap<string, readonly string[]> = new Map([
    ["crash", ["crash h1"]],
    ["restart", ["crash h1", "power on h1"]],
    ["pause", ["pause h1", "resume h1"]],
    ["stall", ["stall h1", "unstall h1"]],
    ["slow", ["speed h1 5", "speed h1 100"]],
    ["false-alarm", ["alarm h1"]],
    ["clock-step", ["clock step h1 9"]],
    ["clock-skew", ["clock step h1 9", "clock step h1 -9"]],
    ["clock-drift", ["clock drift h1 500", "clock drift usual h1"]],
    ["cut", ['links L {"isCut":true}', "restore L isCut"]],
    ["hold", ['links L {"isHeld":true,"heldReturn":9}', "restore L isHeld,heldReturn"]],
    ["loss", ['links L {"loss":HALF}', "restore L loss"]],
    ["duplicate", ['links L {"duplication":HALF}', "restore L duplication"]],
    ["reorder", ['links L {"reordering":HALF}', "restore L reordering"]],
    ["corrupt", ['links L {"corruption":HALF}', "restore L corruption"]],
    ["delay", ['links L {"extraLatency":9}', "restore L extraLatency"]],
    ["bandwidth", ['links L {"bitsPerSecond":1000}', "restore L bitsPerSecond"]],
    ["storage-outage", ["storage down true", "storage down false"]],
    ["storage-stall", ['storage {"isStalled":true}', "storage usual isStalled"]],
    ["storage-slow", ['storage {"slowTimes":3}', "storage usual slowTimes"]],
    ["storage-error", ['storage {"errors":HALF,"errorsOf":""}', "storage usual errors,errorsOf"]],
    ["torn-write", ["tear", "storage down true", "storage down false"]],
    ["lost-cache", ["storage down true", "cache lost", "storage down false"]],
    ["delayed-command", ["delay write of h1 9"]],
    ["lost-reply", ['storage {"lostReplies":HALF}', "storage usual lostReplies"]],
    ["move", ['operator h1 {"do":"move","to":"h3"}']],
    ["power-off", ['operator h1 {"do":"power-off"}']],
    ["cpu-share", ['operator h1 {"do":"cpu-share","percent":5}']],
  ]);

  it("are all listed here", () => {
    expect([...SAYS.keys()]).toEqual(FAULT_KINDS.map(({ name }) => name));
  });

  it.each([...SAYS])("%s does its part, and undoes it at its end", (name, expected) => {
    const { aim } = findFaultKind(name) as NonNullable<ReturnType<typeof findFaultKind>>;
    const target = aim === "links" ? "log-link" : aim === "node" ? "h1" : "storage";
    const chance = { numerator: 1, denominator: 2 };
    const strength = {
      percent: 5,
      chance,
      by: ns(9),
      bandwidth: 1_000,
      ppm: 500,
      times: 3,
      onto: "h3",
    };
    const site = new Site([
      planned(name, target, { at: virtualTime(1), lasts: ns(1), ...strength }),
    ]);
    const said = site.run().map((line) => line.replace(/^\d+ /, ""));
    const short = said.map((line) =>
      line.replace("log:h1>h2,log:h2>h1", "L").replace(JSON.stringify(chance), "HALF"),
    );
    expect(short).toEqual(expected);
    expect(site.facts[0]).toMatchObject({ kind: "fault", phase: "start" });
    expect((site.facts[0] as { detail: string }).detail).toMatch(/^[a-z].{5,80}$/);
  });

  it("a torn write of a host takes the host with it", () => {
    const site = new Site([planned("torn-write", "primary", { at: virtualTime(1) })]);
    expect(site.run()).toEqual(["1 tear h1", "1 crash h1"]);
  });
});

describe("the budget", () => {
  const crashes = [
    planned("crash", "h1", { at: virtualTime(1) }),
    planned("crash", "h2", { trigger: onRelease(1) }),
    planned("lost-cache", "storage", { at: virtualTime(9) }),
  ];

  it("leaves out a strike that takes the last host, or what is durable, and says so", () => {
    const site = new Site(crashes, "survivable");
    site.at(5, () => {
      site.lastHope = "h2";
      site.nemesis.watch(release("h2"));
    });
    expect(site.run()).toEqual(["1 crash h1"]);
    expect(site.nemesis.struck()).toEqual([1, 0, 0]);
    expect(site.facts.slice(1)).toMatchObject([
      { phase: "skipped", detail: expect.stringContaining("not struck, beyond the budget") },
      { phase: "skipped", detail: "h2 crashes: not struck, beyond the budget" },
    ]);
  });

  it("leaves out a strike that takes a vote for good, without which there is no majority", () => {
    const plan = [
      planned("restart", "h1", { at: virtualTime(1), lasts: ns(1) }),
      planned("crash", "h1", { at: virtualTime(3) }),
      planned("crash", "h2", { at: virtualTime(4) }),
    ];
    const site = new Site(plan, "survivable");
    site.lastVote = "h1";
    expect(site.run()).toEqual(["1 crash h1", "2 power on h1", "4 crash h2"]);
    expect(site.nemesis.struck()).toEqual([1, 0, 1]);
  });

  it("unbounded leaves out nothing", () => {
    const site = new Site(crashes);
    site.at(5, () => {
      site.lastHope = "h2";
      site.nemesis.watch(release("h2"));
    });
    expect(site.run().slice(0, 2)).toEqual(["1 crash h1", "9 storage down true"]);
    expect(site.nemesis.struck()).toEqual([1, 1, 1]);
  });
});

describe("what fired", () => {
  it("is told by kind: strikes, and what they hit at once or later", () => {
    const site = new Site([
      planned("cut", "log-link", { at: virtualTime(1) }),
      planned("cut", "log:h1>h2", { at: virtualTime(2) }),
      planned("crash", "h1", { at: virtualTime(3) }),
      planned("loss", "log-link", { trigger: onRelease(1) }),
    ]);
    site.run();
    site.facts.length = 0;
    site.nemesis.reportFired();
    expect(site.facts).toEqual([
      { kind: "fault-fired", witness: "world", time: 3, fault: "crash", strikes: 1, bites: 1 },
      { kind: "fault-fired", witness: "world", time: 3, fault: "cut", strikes: 2, bites: 7 },
    ]);
  });
});
