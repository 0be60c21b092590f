// The checkers of answers that tell by themselves: right-answers accepts and rejects by the result;
// at-least-once wants all that was promised; udp-answers says what each boundary policy did, and rejects what only the other may do.

import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import type { Op, OpResult } from "../history/op.ts";
import type { CheckerContext } from "./checker.ts";
import { judge, PairScript, TEST_CONTEXT } from "../../test/support/history-builder.ts";
import { AT_LEAST_ONCE } from "./at-least-once.ts";
import { RIGHT_ANSWERS } from "./right-answers.ts";
import { UDP_ANSWERS } from "./udp-answers.ts";

const SPIN: Op = { kind: "probe", command: "spin 1 7" };
const DOWN: Op = { kind: "down", bytes: 100, salt: 3 };

function answered(...answers: readonly (readonly [Op, OpResult])[]): readonly Fact[] {
  const script = new PairScript();
  for (const [op, result] of answers) script.ok(script.invoke(op), op, result);
  return script.facts;
}

describe("right-answers", () => {
  test("accepts what was observed, and bytes that arrived", () => {
    const facts = answered(
      [SPIN, { kind: "text", text: "spin 9 ab" }],
      [DOWN, { kind: "bytes", bytes: 100 }],
    );
    expect(judge(RIGHT_ANSWERS, facts)).toMatchObject({ verdict: "valid", looked: 2 });
  });

  test("INV-27: a guest that saw its buffer change", () => {
    const facts = answered([SPIN, { kind: "wrong", detail: "a buffer changed" }]);
    const { verdict, findings } = judge(RIGHT_ANSWERS, facts);
    expect(verdict).toBe("invalid");
    expect(findings[0]).toMatchObject({ invariant: "INV-27", facts: [facts.length - 1] });
    expect(findings[0]?.message).toContain("a buffer changed");
  });

  test("INV-19: a client that got other bytes", () => {
    const facts = answered([DOWN, { kind: "wrong", detail: "byte 3" }]);
    expect(judge(RIGHT_ANSWERS, facts).findings[0]?.invariant).toBe("INV-19");
  });

  test("is idle without such operations", () => {
    const facts = answered([{ kind: "ping" }, { kind: "done" }]);
    expect(judge(RIGHT_ANSWERS, facts)).toMatchObject({ verdict: "valid", isIdle: true });
  });
});

const DROP: CheckerContext = { ...TEST_CONTEXT, boundaryPolicy: "drop" };
const RESEND: CheckerContext = { ...TEST_CONTEXT, boundaryPolicy: "resend" };

/** Five datagrams, and the answers that came. */
function datagrams(received: readonly number[], fault: string = "crash"): readonly Fact[] {
  const script = new PairScript();
  for (let i = 0; i < 5; i++)
    script.world({ kind: "client-datagram", client: "c1", direction: "sent", text: "inc" });
  script.world({ kind: "fault", fault, phase: "start", target: "h1", detail: "" });
  for (const value of received)
    script
      .wait(1)
      .world({ kind: "client-datagram", client: "c1", direction: "received", text: `${value}` });
  return script.facts;
}

describe("udp-answers", () => {
  test("drop may lose: it says how many", () => {
    const result = judge(UDP_ANSWERS, datagrams([1, 2, 4]), DROP);
    expect(result.verdict).toBe("valid");
    expect(result.figures.get("answersLost")).toBe(1);
    expect(result.summary).toBe(
      "policy drop: 5 datagrams, 3 answered, 1 answer lost, 0 given twice, 1 never counted",
    );
  });

  test("INV-20: drop never gives an answer twice", () => {
    const facts = datagrams([1, 2, 2, 3]);
    const [finding] = judge(UDP_ANSWERS, facts, DROP).findings;
    expect(finding?.invariant).toBe("INV-20");
    expect(finding?.facts).toEqual([facts.length - 3, facts.length - 2]);
  });

  test("resend may give an answer twice: it says how many", () => {
    const result = judge(UDP_ANSWERS, datagrams([1, 2, 2, 3]), RESEND);
    expect(result.verdict).toBe("valid");
    expect(result.figures.get("answersTwice")).toBe(1);
  });

  test("INV-20: resend never loses an answer", () => {
    const [finding] = judge(UDP_ANSWERS, datagrams([1, 3]), RESEND).findings;
    expect(finding?.message).toContain("was given 3 by UDP, but nobody was given 2");
  });

  test("a network that repeats or loses by itself excuses both", () => {
    expect(judge(UDP_ANSWERS, datagrams([1, 1], "duplicate"), DROP).verdict).toBe("valid");
    expect(judge(UDP_ANSWERS, datagrams([1, 3], "loss"), RESEND).verdict).toBe("valid");
    const rough = { ...RESEND, areClientLinksRough: true };
    expect(judge(UDP_ANSWERS, datagrams([1, 3]), rough).verdict).toBe("valid");
  });

  test("what is no number is no answer of the counter", () => {
    const script = new PairScript();
    script.world({ kind: "client-datagram", client: "c1", direction: "received", text: "?" });
    expect(judge(UDP_ANSWERS, script.facts, DROP).isIdle).toBe(true);
  });
});

describe("at-least-once", () => {
  const PROMISED: CheckerContext = { ...DROP, areDatagramsPromised: true };

  /** Three lines of a primary that dies; its backup has performed all, and goes on with a fourth. */
  function lines(released: readonly number[]): readonly Fact[] {
    const script = new PairScript();
    for (let n = 0; n < 3; n++) script.perform("console", `line ${n}`);
    script.ship();
    script.replay();
    for (const ordinal of released.filter((one) => one < 3)) script.release(ordinal);
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.goLive("h2");
    script.perform("console", "line 3");
    script.release(3);
    return script.facts;
  }

  test("INV-20 holds when every answer and every line has left", () => {
    expect(judge(AT_LEAST_ONCE, datagrams([1, 2, 2, 3]), PROMISED).verdict).toBe("valid");
    expect(judge(AT_LEAST_ONCE, lines([0, 1, 2]), PROMISED)).toMatchObject({
      verdict: "valid",
      looked: 4,
    });
  });

  test("INV-20: an answer that nobody was given, under whichever policy (H-6)", () => {
    const [finding] = judge(AT_LEAST_ONCE, datagrams([1, 3]), PROMISED).findings;
    expect(finding?.message).toContain("was given 3 by datagram, but nobody ever was given 2");
  });

  test("INV-20: a line that the survivor performed and that never left", () => {
    const [finding] = judge(AT_LEAST_ONCE, lines([0, 1]), PROMISED).findings;
    expect(finding?.message).toContain("h2 performed console output 2, which never left");
  });

  test("what a machine performed that the VM went on without is nobody's", () => {
    const ahead = (winner: string): readonly Fact[] => {
      const script = new PairScript();
      script.release(script.perform("console", "line 0"));
      script.ship();
      script.replay();
      script.perform("console", "nobody else's");
      const flag = { kind: "test-and-set", generation: 1, result: "won", isFirst: true } as const;
      script.world({ ...flag, owner: winner });
      script.release(2, { node: winner, outputClass: "console" });
      return script.facts;
    };
    expect(judge(AT_LEAST_ONCE, ahead("h2"), PROMISED).findings).toEqual([]);
    const [finding] = judge(AT_LEAST_ONCE, ahead("h1"), PROMISED).findings;
    expect(finding?.message).toContain("h1 performed console output 1, which never left");
  });

  test("is idle where nothing was promised", () => {
    expect(judge(AT_LEAST_ONCE, datagrams([1, 3]), DROP).isIdle).toBe(true);
    expect(judge(AT_LEAST_ONCE, lines([0]), DROP).isIdle).toBe(true);
  });
});
