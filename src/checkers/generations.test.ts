// Histories of more than one generation, in which nobody knows everything: a host that was paused goes on
// in the one in which it stood still, log entries are numbered a second time, hosts come back as copies,
// copies are given up, answers are late. Each is what a right protocol may do, beside it, where there is
// one, what a wrong one does that looks alike.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import {
  ackHeard,
  ackSent,
  buffered,
  copied,
  entry,
  flag,
  open,
  replayed,
} from "../../test/support/generations.ts";
import { judge, PairScript, quietScript } from "../../test/support/history-builder.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import { ACK_HELD } from "./ack-held.ts";
import { ACKED_NOT_DISCARDED } from "./acked-not-discarded.ts";
import { BUFFERS } from "./buffers.ts";
import { LAG_CONVERGES } from "./lag-converges.ts";
import { LOG_INTEGRITY } from "./log-integrity.ts";
import { LOSER_HALTS } from "./loser-halts.ts";
import { LOSER_ROLE } from "./loser-role.ts";
import { MOVE_CONTINUITY } from "./move-continuity.ts";
import { OUTPUT_COMMIT } from "./output-commit.ts";
import { WAITS_ON_SILENCE } from "./waits-on-silence.ts";

describe("waits-on-silence", () => {
  function waiting(): PairScript {
    const script = quietScript();
    script.suspect("h2");
    script.role("h2", "TAS_WAIT");
    return script;
  }

  test("who is told that its primary has moved has its answer", () => {
    const script = waiting();
    open(script, 2, ["h3", "h2"]);
    script.role("h2", "BACKUP", 2);
    accepts(WAITS_ON_SILENCE, script.facts);
  });

  test("INV-13: nobody has admitted it to the generation whose backup it says it is", () => {
    const script = waiting();
    open(script, 2, ["h1", "h3"]);
    script.role("h2", "BACKUP", 2);
    expect(rejection(WAITS_ON_SILENCE, script.facts)).toContain("from TAS_WAIT to BACKUP");
  });

  test("who is told that the VM has left it has its answer, and goes nowhere but to its end", () => {
    const left = (role: "HALTED" | "SOLO"): readonly Fact[] => {
      const script = waiting();
      open(script, 2, ["h1", "h3"]);
      script.role("h2", role);
      return script.facts;
    };
    accepts(WAITS_ON_SILENCE, left("HALTED"));
    expect(rejection(WAITS_ON_SILENCE, left("SOLO"))).toContain("from TAS_WAIT to SOLO");
  });

  test("the answer to a command that was refused before it began to wait is late", () => {
    const fenced = (role: "HALTED" | "SOLO"): readonly Fact[] => {
      const script = quietScript();
      const ordinal = script.issueWrite(1, 8);
      script.apply("h1", ordinal, "fenced");
      script.role("h1", "TAS_WAIT");
      script.role("h1", role);
      return script.facts;
    };
    accepts(WAITS_ON_SILENCE, fenced("HALTED"));
    expect(rejection(WAITS_ON_SILENCE, fenced("SOLO"))).toContain("from TAS_WAIT to SOLO");
  });

  test("who lost its power while it waited, and is a copy, waits no more", () => {
    const script = waiting();
    script.crash("h2");
    copied(script, "h2");
    script.role("h2", "BACKUP", 2);
    expect(judge(WAITS_ON_SILENCE, script.facts).findings).toEqual([]);
  });
});

describe("loser-halts and loser-role", () => {
  test("the voters' word comes before who asked them has counted them", () => {
    const script = quietScript();
    script.suspect("h2");
    script.ask("h2", "lost");
    script.role("h2", "BACKUP", 2);
    script.wait(1);
    open(script, 2, ["h3", "h2"]);
    const facts = script.wait(6_000).finish();
    accepts(LOSER_HALTS, facts);
    accepts(LOSER_ROLE, facts);
  });

  test("a request of long ago is answered when its node has a later generation", () => {
    const late = (owner: string): readonly Fact[] => {
      const script = quietScript();
      open(script, 2, ["h3", "h2"]);
      flag(script, 2, "h2", "won");
      open(script, 3, ["h2", "h1"]);
      flag(script, 1, owner, "lost");
      return script.wait(6_000).finish();
    };
    accepts(LOSER_HALTS, late("h2"));
    expect(rejection(LOSER_HALTS, late("h3"))).toContain("h3 still had a running machine");
  });

  test("a request of a former life of the host is not the copy's", () => {
    const asked = (isCopy: boolean): readonly Fact[] => {
      const script = quietScript();
      flag(script, 1, "h1", "won");
      if (isCopy) script.stop("h2", "lost");
      // A machine that runs may be given another state: that is its own life still.
      copied(script, "h2");
      flag(script, 1, "h2", "lost");
      return script.wait(6_000).finish();
    };
    accepts(LOSER_HALTS, asked(true));
    expect(rejection(LOSER_HALTS, asked(false))).toContain("h2 still had a running machine");
  });

  test("a backup that lost asks who is in, and an outage keeps the answer back; a primary need not ask", () => {
    const inOutage = (node: string, isEnded: boolean): readonly Fact[] => {
      const script = quietScript();
      script.suspect(node);
      script.ask(node, "lost");
      const outage = { kind: "fault", fault: "storage-outage", target: "storage" } as const;
      script.world({ ...outage, phase: "start", detail: "" });
      script.wait(4_000);
      if (isEnded) script.world({ ...outage, phase: "end", detail: "" });
      script.wait(2_000).readTime();
      return script.facts.filter((fact) => fact.kind !== "crossing");
    };
    expect(judge(LOSER_ROLE, inOutage("h2", false)).findings).toEqual([]);
    expect(rejection(LOSER_ROLE, inOutage("h2", true))).toContain("had not halted");
    expect(rejection(LOSER_ROLE, inOutage("h1", false))).toContain("had not halted");
  });
});

describe("logs of more than two generations", () => {
  /** h1 and h2 stood still in generation 1 while others opened two more. */
  function passedOver(): PairScript {
    const script = new PairScript();
    for (let lsn = 1; lsn <= 4; lsn++) script.claim("h1", entry(lsn));
    for (let lsn = 1; lsn <= 3; lsn++) script.claim("h2", buffered(lsn));
    script.claim("h2", ackSent(3));
    for (const generation of [2, 3]) {
      script.claim("h4", { kind: "log-begin", lsn: 2 }, generation);
      script.claim("h3", entry(3), generation);
      script.claim("h4", buffered(3), generation);
      script.claim("h4", ackSent(3), generation);
    }
    return script;
  }

  test.each([
    ["an ack that was sent then", "h1", [ackHeard(3)]],
    ["an entry that was appended then", "h2", [buffered(4), ackSent(4)]],
    ["the replay of what it held then", "h2", [replayed(1), replayed(2)]],
  ] as const)("a host that was paused goes on in the first: %s", (_, node, claims) => {
    const script = passedOver();
    for (const claim of claims) script.claim(node, claim, 1);
    accepts(ACK_HELD, script.facts);
    accepts(LOG_INTEGRITY, script.facts);
  });

  test("INV-02: of the two newest every ack is judged", () => {
    const script = passedOver();
    script.claim("h3", ackHeard(4), 2);
    expect(rejection(ACK_HELD, script.facts)).toContain("the highest ack sent was 3");
  });

  test("INV-02: a copy holds what was logged to one before it that was given up", () => {
    const second = (through: number): readonly Fact[] => {
      const script = new PairScript();
      script.claim("h3", { kind: "log-begin", lsn: 4 }, 2);
      for (let lsn = 5; lsn <= 6; lsn++) script.claim("h1", entry(lsn), 2);
      script.claim("h2", { kind: "log-begin", lsn: 6 }, 2);
      script.claim("h1", entry(7), 2);
      script.claim("h2", buffered(7), 2);
      script.claim("h2", ackSent(through), 2);
      return script.facts;
    };
    accepts(ACK_HELD, second(7));
    expect(rejection(ACK_HELD, second(8))).toContain("did not hold entry 8");
  });
});

describe("acked-not-discarded", () => {
  test("INV-03: what it acknowledged before its primary moved is owed in the next generation", () => {
    const live = (through: number): readonly Fact[] => {
      const script = new PairScript();
      for (let lsn = 1; lsn <= 5; lsn++) script.claim("h1", entry(lsn));
      script.claim("h2", ackSent(5));
      for (let lsn = 1; lsn <= 3; lsn++) script.claim("h2", replayed(lsn));
      open(script, 2, ["h3", "h2"]);
      for (let lsn = 4; lsn <= through; lsn++) script.claim("h2", replayed(lsn), 2);
      script.role("h2", "SOLO", 2);
      return script.facts;
    };
    accepts(ACKED_NOT_DISCARDED, live(5));
    expect(rejection(ACKED_NOT_DISCARDED, live(4))).toContain("only through entry 4");
  });

  test("entries of a group that was never whole are owed in no generation", () => {
    const script = new PairScript();
    script.claim("h1", entry(1));
    script.claim("h1", entry(2, { isGroupEnd: false }));
    script.claim("h2", ackSent(2));
    script.claim("h2", replayed(1), 2);
    script.role("h2", "SOLO", 2);
    accepts(ACKED_NOT_DISCARDED, script.facts);
  });
});

describe("buffers", () => {
  test("a backup whose primary moved is in the new log, whatever role it claimed last", () => {
    const moved = (isHeld: boolean): readonly Fact[] => {
      const script = quietScript();
      open(script, 2, ["h3", "h2"]);
      script.role("h3", "PRIMARY", 2);
      const lsn = script.lsn + 1;
      script.claim("h3", entry(lsn), 2);
      script.claim("h2", buffered(lsn), 2);
      if (!isHeld) script.claim("h2", replayed(lsn), 2);
      const crossing = script.facts.find((one) => one.kind === "crossing") as FactOf<"crossing">;
      script.world({ ...crossing, node: "h2", isLive: false });
      return script.facts;
    };
    accepts(BUFFERS, moved(true));
    expect(rejection(BUFFERS, moved(false))).toContain("nothing to replay");
  });

  test("what was logged to a copy that is given up fills no buffer", () => {
    const again = (isGivenUp: boolean): readonly Fact[] => {
      const script = new PairScript();
      script.role("h1", "SOLO");
      script.claim("h1", entry(1, { bytes: 60_000 }), 2);
      const copy = { target: "h3", round: 1, pages: 0, detail: "its target is silent" } as const;
      if (isGivenUp) script.claim("h1", { kind: "copy", stage: "aborted", ...copy });
      script.claim("h1", entry(2, { bytes: 10_000 }), 2);
      script.claim("h1", entry(3), 2);
      return script.facts;
    };
    accepts(BUFFERS, again(true));
    expect(rejection(BUFFERS, again(false))).toContain("a full buffer stops the machine");
  });
});

describe("move-continuity", () => {
  /** h2 acknowledged the first of two entries of a group, and takes over without it. */
  function afterHalfGroup(): PairScript {
    const script = new PairScript();
    script.claim("h1", entry(1));
    script.claim("h1", entry(2, { isGroupEnd: false }));
    for (const lsn of [1, 2]) script.claim("h2", buffered(lsn));
    script.claim("h1", ackHeard(2));
    script.claim("h2", replayed(1));
    flag(script, 1, "h2", "won");
    return script;
  }

  test("INV-40: what was acknowledged of half a group is nothing that a later copy has to have", () => {
    const script = afterHalfGroup();
    script.claim("h3", { kind: "log-begin", lsn: 1 }, 2);
    open(script, 2, ["h2", "h3"]);
    accepts(MOVE_CONTINUITY, script.facts);
  });

  test("INV-40: a late ack of the primary of before is none", () => {
    const script = afterHalfGroup();
    script.claim("h1", ackHeard(2));
    script.claim("h3", { kind: "log-begin", lsn: 1 }, 2);
    open(script, 2, ["h2", "h3"]);
    accepts(MOVE_CONTINUITY, script.facts);
  });

  test.each([
    [1, true],
    [2, false],
  ])(
    "INV-40: a log that nobody went on with ends where it was replayed to (%i)",
    (lsn, isRight) => {
      const script = afterHalfGroup();
      script.claim("h3", { kind: "log-begin", lsn }, 2);
      open(script, 2, ["h3", "h1"]);
      if (isRight) accepts(MOVE_CONTINUITY, script.facts);
      else expect(rejection(MOVE_CONTINUITY, script.facts)).toContain("though 1 was the last");
    },
  );
});

describe("output-commit", () => {
  test("INV-01: the entry is awaited by the backup of its generation, not by one that was left behind", () => {
    const script = quietScript();
    script.role("h1", "PRIMARY", 2);
    script.role("h3", "BACKUP", 2);
    script.claim("h1", entry(20), 2);
    const waits = { ordinal: 9, outputClass: "network", lsn: 20, groupEnd: 20 } as const;
    script.claim("h1", { kind: "output-hold", ...waits }, 2);
    script.release(9, { outputClass: "network" });
    expect(rejection(OUTPUT_COMMIT, script.facts)).toContain("before h3 held entry 20");
  });
});

describe("lag-converges", () => {
  test("PERF-4: another backup is followed anew", () => {
    const limits = (isOther: boolean): readonly Fact[] => {
      const script = new PairScript();
      const limit = (percent: number) => script.world({ kind: "cpu-limit", node: "h1", percent });
      // Alone, it gets everything back at once.
      for (const percent of [40, 100]) limit(percent);
      if (isOther) open(script, 2, ["h1", "h3"]);
      for (const percent of [40, 80, 50]) limit(percent);
      return script.facts;
    };
    accepts(LAG_CONVERGES, limits(true));
    expect(rejection(LAG_CONVERGES, limits(false))).toContain("turned for the 4th time");
  });
});
