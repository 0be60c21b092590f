// The checkers that judge by world facts what the disk and the clients see, and whether the service
// lives: each accepts a history and rejects at least one, named after the invariant.

import { describe, expect, test } from "vitest";
import type { FactOf } from "../history/fact.ts";
import type { CheckerContext } from "./checker.ts";
import { BYTE_STREAMS } from "./byte-streams.ts";
import { DISK_AUDIT } from "./disk-audit.ts";
import { DISK_COMMIT } from "./disk-commit.ts";
import { DUPLICATES } from "./duplicates.ts";
import {
  connect,
  edit,
  judge,
  crashedScript,
  failoverScript,
  PairScript,
  quietScript,
  TEST_CONTEXT,
} from "../../test/support/history-builder.ts";
import { accepts, messageOf } from "../../test/support/judgements.ts";
import { NO_DOUBLE_SUICIDE } from "./no-double-suicide.ts";
import { ONE_COMPLETION } from "./one-completion.ts";
import { REFERENCE } from "./reference.ts";
import { REISSUE } from "./reissue.ts";
import { SERVICE_RESUMES } from "./service-resumes.ts";
import { STALE_WRITER } from "./stale-writer.ts";

describe("reissue", () => {
  /** A takeover with writes 2 and 3, to the same sectors, pending; the test re-issues. */
  function pending(): PairScript {
    const script = crashedScript();
    script.suspect("h2");
    script.ask("h2", "won");
    script.goLive("h2");
    script.announce("h2");
    return script;
  }
  const again = (script: PairScript, ordinal: number): void => {
    script.release(ordinal, { isAgain: true });
  };

  test("INV-23 holds when each is issued again, in order", () => {
    accepts(REISSUE, failoverScript().finish());
  });

  test("INV-23: a pending write is forgotten", () => {
    const script = pending();
    again(script, 4);
    script.apply("h2", 4, "repeated");
    expect(messageOf(judge(REISSUE, script.finish()))).toMatchInlineSnapshot(
      `"INV-23: at 2.020000 s h2 went live with disk write 3 (8 sectors from 64) pending and did not issue it again by the end of the run"`,
    );
  });

  test("INV-23: overlapping writes in parallel", () => {
    const script = pending();
    again(script, 4);
    again(script, 5);
    expect(messageOf(judge(REISSUE, script.facts))).toContain("was done");
  });

  test("INV-23: one twice", () => {
    const script = pending();
    again(script, 4);
    again(script, 4);
    expect(messageOf(judge(REISSUE, script.facts))).toContain("second time");
  });

  test("INV-23: one whose completion was in the log", () => {
    const script = pending();
    again(script, 3);
    expect(messageOf(judge(REISSUE, script.facts))).toContain("not pending");
  });

  test("INV-23: before the test-and-set", () => {
    const script = crashedScript();
    script.release(4, { node: "h2", isAgain: true });
    expect(messageOf(judge(REISSUE, script.facts))).toContain("without having taken over");
  });

  test("INV-23: completed with an error instead", () => {
    const script = pending();
    script.arrive("disk-done", "error", 2);
    expect(messageOf(judge(REISSUE, script.facts))).toContain("not issued again");
  });
});

describe("stale-writer", () => {
  test("INV-25 holds when the old primary is fenced", () => {
    const script = failoverScript();
    script.apply("h1", 4, "fenced");
    accepts(STALE_WRITER, script.finish());
  });

  test("INV-25: a late write of the old primary is applied (H-1)", () => {
    const script = failoverScript();
    script.apply("h1", 4, "ok");
    expect(messageOf(judge(STALE_WRITER, script.facts))).toMatchInlineSnapshot(
      `"INV-25: at 2.024000 s the storage applied disk write 2 (8 sectors from 64) of h1 (fence 1, h1), though h2 had won generation 1 at 2.019000 s: a stale command must be fenced"`,
    );
  });
});

describe("disk-commit", () => {
  test("INV-22 holds in a takeover", () => {
    accepts(DISK_COMMIT, failoverScript().finish());
  });

  test("INV-22: the storage gets what nobody released", () => {
    const script = quietScript();
    const ordinal = script.issueWrite(7, 8);
    script.apply("h1", ordinal);
    expect(messageOf(judge(DISK_COMMIT, script.facts))).toContain("never released");
  });

  test("INV-22: other data than the machine performed", () => {
    const disk = { ioId: 1, op: "write", sector: 40, sectorCount: 8, dataHash: "x" } as const;
    const facts = edit(quietScript().facts, "release", { disk }, (one) => one.disk !== null);
    expect(messageOf(judge(DISK_COMMIT, facts))).toContain("with data x");
  });
});

describe("one-completion", () => {
  test("INV-24 holds in a takeover", () => {
    accepts(ONE_COMPLETION, failoverScript().finish());
  });

  test("INV-24: a second completion", () => {
    const script = failoverScript();
    script.arrive("disk-done", "done 2", 2);
    expect(messageOf(judge(ONE_COMPLETION, script.facts))).toContain("completed before");
  });

  test("INV-24: a completion of nothing", () => {
    const script = quietScript();
    script.arrive("disk-done", "done 77", 77);
    expect(messageOf(judge(ONE_COMPLETION, script.facts))).toContain("never began");
  });

  test("INV-24: no completion until the end", () => {
    const script = quietScript();
    script.release(script.issueWrite(2, 64));
    expect(messageOf(judge(ONE_COMPLETION, script.finish()))).toMatchInlineSnapshot(
      `"INV-24: at 5.015000 s the guest on h1 still waited for disk write 2 (8 sectors from 64), which it had begun at 0.013000 s: its command left h1 at 0.015000 s, and the storage did not answer it"`,
    );
  });

  test("INV-24: what is missing says how far it got, and that it is an absence", () => {
    const script = quietScript();
    script.issueWrite(2, 64);
    const result = judge(ONE_COMPLETION, script.finish());
    expect(messageOf(result)).toContain("its command never left h1");
    expect(result.findings[0]?.isAbsence).toBe(true);
  });

  test("INV-24: a clone begins with what was pending at the clone point, not later", () => {
    const script = quietScript();
    script.stop("h2", "its host crashed");
    script.release(script.issueWrite(2, 64));
    script.world({ kind: "state-take", node: "h1", count: 9000, outputs: 3, stateHash: "a" });
    // While the state is on its way the source goes on: one more command, and an answer.
    script.release(script.issueWrite(3, 72));
    script.arrive("disk-done", "done 2", 2);
    const done = script.facts.at(-1) as FactOf<"crossing">;
    expect(done.crossing).toBe("disk-done");
    script.world({ kind: "machine-start", node: "h3", count: 9000, stateHash: "a" });
    const put = { source: "h1", sourceHash: "a", stateHash: "a" };
    script.world({ kind: "state-put", node: "h3", count: 9000, ...put });
    script.facts.push({ ...done, node: "h3", isLive: false });
    accepts(ONE_COMPLETION, script.facts);
    const seen = (ioId: number): string => {
      const facts = [...script.facts, { ...done, node: "h3", isLive: false, ioId }];
      return messageOf(judge(ONE_COMPLETION, facts));
    };
    expect(seen(2)).toContain("h3");
    expect(seen(3)).toContain("never began");
  });
});

describe("byte-streams", () => {
  const reset = (script: PairScript): void => {
    const connection = "10.0.0.21:49152";
    script.world({ kind: "client-connection", client: "c1", connection, what: "reset" });
  };

  test("INV-19 holds in a takeover", () => {
    accepts(BYTE_STREAMS, failoverScript().finish());
  });

  test("INV-19: a byte that one server would not have sent", () => {
    const facts = edit(failoverScript().finish(), "stream-compared", { differsAt: 17 });
    expect(messageOf(judge(BYTE_STREAMS, facts))).toMatchInlineSnapshot(
      `"INV-19: at 2.024000 s what client c1 read on connection 10.0.0.21:49152 differs at byte 17 from what a machine that never failed would have sent (60 bytes compared)"`,
    );
  });

  test("INV-19: a connection reset by a takeover", () => {
    const script = failoverScript();
    reset(script);
    expect(messageOf(judge(BYTE_STREAMS, script.facts))).toContain("was reset after h2 took over");
  });

  test("INV-19 says nothing of a reset without a takeover, or of a later connection", () => {
    const quiet = quietScript();
    reset(quiet);
    expect(judge(BYTE_STREAMS, quiet.finish()).verdict).toBe("valid");
    const later = failoverScript();
    connect(later);
    reset(later);
    expect(judge(BYTE_STREAMS, later.finish()).verdict).toBe("valid");
  });
});

describe("duplicates", () => {
  const again = { connection: "10.0.0.21:49152", sequence: 0, length: 5, flags: "P." };
  const resend: CheckerContext = { ...TEST_CONTEXT, boundaryPolicy: "resend" };

  test("INV-20 holds for a TCP retransmission", () => {
    const script = failoverScript();
    const ordinal = script.perform("network", "again");
    script.release(ordinal, { segment: { ...again, payloadHash: "p0" } });
    accepts(DUPLICATES, script.finish());
  });

  test("INV-20: the same sequence range with other bytes", () => {
    const script = failoverScript();
    const ordinal = script.perform("network", "changed");
    script.release(ordinal, { segment: { ...again, payloadHash: "other" } });
    expect(messageOf(judge(DUPLICATES, script.facts))).toMatchInlineSnapshot(
      `"INV-20: at 2.024000 s h2 sent 5 bytes to 10.0.0.21:49152 at sequence 0 with other contents than h1 had sent there at 0.002000 s"`,
    );
  });

  test("INV-20: a new connection may use the same numbers", () => {
    const script = failoverScript();
    const ordinal = script.perform("network", "syn");
    const syn = { ...again, sequence: 0, length: 0, payloadHash: "", flags: "S." };
    script.release(ordinal, { segment: syn });
    script.release(ordinal + 1, { segment: { ...again, payloadHash: "other" } });
    expect(judge(DUPLICATES, script.facts).verdict).toBe("valid");
  });

  test("INV-20: replayed outputs are let out while draining", () => {
    const script = failoverScript();
    script.release(2, { node: "h2" });
    expect(messageOf(judge(DUPLICATES, script.facts))).toContain("replayed outputs are suppressed");
  });

  test("INV-20: resent under drop; fine under resend, once and in order", () => {
    const script = crashedScript();
    script.suspect("h2");
    script.ask("h2", "won");
    script.goLive("h2");
    script.release(1, { isAgain: true });
    script.release(2, { isAgain: true });
    expect(messageOf(judge(DUPLICATES, script.facts))).toContain("policy is drop");
    expect(judge(DUPLICATES, script.facts, resend).verdict).toBe("valid");
    script.release(2, { isAgain: true });
    expect(messageOf(judge(DUPLICATES, script.facts, resend))).toContain("each once, in order");
  });
});

describe("disk-audit, reference", () => {
  test("INV-21, INV-07 hold", () => {
    accepts(DISK_AUDIT, failoverScript().finish());
    accepts(REFERENCE, failoverScript().finish());
  });

  test("INV-21: an acknowledged write is missing", () => {
    const facts = edit(failoverScript().finish(), "disk-audit", {
      found: 2,
      missing: "SET k7 (c1-9)",
    });
    expect(messageOf(judge(DISK_AUDIT, facts))).toMatchInlineSnapshot(
      `"INV-21: at 2.024000 s a recovery from the disk would not find 1 acknowledged write of 3; the first is SET k7 (c1-9)"`,
    );
  });

  test("INV-07: the reference machine ends elsewhere", () => {
    const facts = edit(failoverScript().finish(), "reference", { differsAt: 4 });
    expect(messageOf(judge(REFERENCE, facts))).toContain("from crossing 4 on");
  });

  test("a reference that compared nothing is unknown, none at all is idle", () => {
    const facts = edit(failoverScript().finish(), "reference", { positions: 0 });
    expect(judge(REFERENCE, facts).verdict).toBe("unknown");
    expect(judge(REFERENCE, quietScript().facts).isIdle).toBe(true);
  });
});

describe("service-resumes", () => {
  const incr = { kind: "incr", key: "n" } as const;

  test("L-1 holds in a takeover", () => {
    accepts(SERVICE_RESUMES, failoverScript().finish());
  });

  test("L-1: nobody takes over", () => {
    const script = crashedScript();
    script.invoke(incr);
    expect(messageOf(judge(SERVICE_RESUMES, script.wait(7000).finish()))).toMatchInlineSnapshot(
      `"L-1: at 6.018000 s no operation had completed on another node since h1 crashed at 0.018000 s; 1 operation waiting"`,
    );
  });

  test("L-1: nobody waits, nobody can tell", () => {
    expect(judge(SERVICE_RESUMES, crashedScript().wait(7000).finish()).verdict).toBe("valid");
  });

  test("L-1: both crashed is an outage: no violation, and no pass unless it is what was asked for", () => {
    const script = crashedScript();
    script.invoke(incr);
    script.crash("h2");
    const facts = script.wait(7000).finish();
    expect(judge(SERVICE_RESUMES, facts).verdict).toBe("unknown");
    const awaited = judge(SERVICE_RESUMES, facts, { ...TEST_CONTEXT, isEndExpected: true });
    expect(awaited.verdict).toBe("valid");
  });

  test("L-1: what its operator ended has nothing to come back from", () => {
    const script = quietScript();
    script.invoke(incr);
    for (const node of ["h1", "h2"]) script.stop(node, "power-off by its operator");
    const result = judge(SERVICE_RESUMES, script.wait(7000).finish());
    expect(result).toMatchObject({ verdict: "valid", isIdle: true });
    expect(result.idle).toContain("was powered off");
  });

  test("L-1: what its operator ended is not in doubt because its primary crashed first", () => {
    const script = crashedScript();
    script.invoke(incr);
    script.stop("h2", "power-off by its operator");
    expect(judge(SERVICE_RESUMES, script.wait(7000).finish()).verdict).toBe("valid");
  });

  test("L-1: who was superseded ends its own machine, not the VM", () => {
    const script = failoverScript();
    script.stop("h1", "power-off by its operator");
    script.invoke(incr);
    script.crash("h2");
    expect(judge(SERVICE_RESUMES, script.wait(7000).finish()).verdict).toBe("unknown");
  });

  test("L-1: nothing completes after everything was healed", () => {
    const script = quietScript();
    script.invoke(incr);
    script.world({ kind: "run", phase: "healed", hosts: [] });
    expect(messageOf(judge(SERVICE_RESUMES, script.wait(7000).finish()))).toContain("was healed");
  });

  /** Everything has healed, and the service has as long as it may take: 3 s. */
  function settledScript(): PairScript {
    const script = quietScript();
    script.world({ kind: "run", phase: "healed", hosts: [] });
    return script.wait(3100);
  }
  const askInVain = (script: PairScript, client: number = 1): void => {
    const opId = script.invoke(incr, client);
    script.wait(10_000);
    script.giveUp(opId, incr, client);
  };
  const connectInVain = (script: PairScript): void => {
    const connection = "10.0.0.21:49153";
    script.wait(5000);
    script.world({ kind: "client-connection", client: "c1", connection, what: "timeout" });
  };

  test("L-1: clients give up again and again after everything was healed", () => {
    const script = settledScript();
    for (let n = 0; n < 3; n++) askInVain(script);
    const result = judge(SERVICE_RESUMES, script.finish());
    expect(messageOf(result)).toMatchInlineSnapshot(
      `"L-1: at 0.013000 s everything was healed, but operation c1-220 at 3.113000 s had no answer at 13.113000 s, and meanwhile nobody else had one"`,
    );
    expect(result.findings).toHaveLength(1);
  });

  test("L-1: nobody can connect any more after everything was healed", () => {
    const script = settledScript();
    connectInVain(script);
    expect(messageOf(judge(SERVICE_RESUMES, script.finish()))).toMatchInlineSnapshot(
      `"L-1: at 0.013000 s everything was healed, but an attempt of c1 to connect at 3.113000 s had no answer at 8.113000 s, and meanwhile nobody else had one"`,
    );
  });

  test("L-1: a service that answers late was away too long, whatever comes later", () => {
    const script = settledScript();
    askInVain(script);
    script.request(incr, { kind: "number", value: 4 });
    expect(messageOf(judge(SERVICE_RESUMES, script.finish()))).toContain("was healed");
  });

  test("L-1: what was asked before the service had to be back may be lost, where the next is answered", () => {
    const script = quietScript();
    const opId = script.invoke(incr);
    script.world({ kind: "run", phase: "healed", hosts: [] });
    script.wait(10_000);
    script.giveUp(opId, incr);
    script.request(incr, { kind: "number", value: 4 });
    expect(judge(SERVICE_RESUMES, script.finish()).verdict).toBe("valid");
  });

  test("L-1: one gives up while another is answered", () => {
    const script = settledScript();
    const opId = script.invoke(incr, 2);
    script.wait(6000);
    script.request(incr, { kind: "number", value: 4 });
    script.wait(4000);
    script.giveUp(opId, incr, 2);
    expect(judge(SERVICE_RESUMES, script.finish()).verdict).toBe("valid");
  });

  test("L-1: the last one gave up too early to tell: no violation, and no pass", () => {
    const script = quietScript();
    script.world({ kind: "run", phase: "healed", hosts: [] });
    script.wait(100);
    // Detection and settling of 3 s, and a TCP that backed off meanwhile.
    askInVain(script);
    const result = judge(SERVICE_RESUMES, script.finish());
    expect(result).toMatchObject({ verdict: "unknown", findings: [] });
  });

  test("L-1: nobody can be asked where nobody has the VM", () => {
    const script = quietScript();
    for (const node of ["h1", "h2"]) script.stop(node, "power-off by its operator");
    script.world({ kind: "run", phase: "healed", hosts: [] });
    script.wait(3100);
    askInVain(script);
    expect(judge(SERVICE_RESUMES, script.finish()).verdict).toBe("valid");
  });
});

describe("no-double-suicide", () => {
  test("L-3 holds when one is left, or both crashed", () => {
    accepts(NO_DOUBLE_SUICIDE, failoverScript().finish());
    const script = failoverScript();
    script.crash("h2");
    accepts(NO_DOUBLE_SUICIDE, script.finish());
  });

  test("L-3: the backup loses to nobody and halts", () => {
    const script = crashedScript();
    script.suspect("h2");
    script.ask("h2", "lost");
    script.stop("h2", "its replica halted");
    expect(messageOf(judge(NO_DOUBLE_SUICIDE, script.finish()))).toMatchInlineSnapshot(
      `"L-3: at 2.020000 s h2 halted (its replica halted), though h1 crashed without having won the flag: no machine was left at 7.020000 s"`,
    );
  });

  test("L-3: the owner halts", () => {
    const script = failoverScript();
    script.stop("h2", "its replica halted");
    expect(messageOf(judge(NO_DOUBLE_SUICIDE, script.finish()))).toContain("though it had the VM");
  });

  test("L-3 holds when the host of a VM that was switched off loses its power afterwards", () => {
    const script = quietScript();
    for (const node of ["h1", "h2"]) script.stop(node, "power-off by its operator");
    for (const node of ["h1", "h2"]) script.stop(node, "its host crashed");
    accepts(NO_DOUBLE_SUICIDE, script.finish());
  });

  test("L-3: a loser that halted before the winner crashed is no suicide", () => {
    const script = quietScript();
    script.ask("h1", "won");
    script.ask("h2", "lost");
    script.stop("h2", "its replica halted");
    script.crash("h1");
    expect(judge(NO_DOUBLE_SUICIDE, script.finish()).verdict).toBe("valid");
  });

  test("L-3: a guest that powered off is no suicide", () => {
    const script = quietScript();
    script.stop("h1", "the guest powered off");
    script.stop("h2", "the guest powered off");
    expect(judge(NO_DOUBLE_SUICIDE, script.finish()).verdict).toBe("valid");
  });
});
