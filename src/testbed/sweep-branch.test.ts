// Goal: what a branch has to end in follows from who had the VM by the storage's word, and from nothing
// that the protocol says of itself.

import { describe, expect, it } from "vitest";
import { PairScript } from "../../test/support/history-builder.ts";
import { type Circumstances, expectedOf } from "./sweep-branch.ts";

const lost = (node: string, isLastHope: boolean): Circumstances => ({
  facts: 1,
  lost: node,
  isLastHope,
  mayEndService: false,
});

describe("a branch that loses a host", () => {
  it("is valid when somebody else was there, and an outage when nobody was", () => {
    const { facts } = played(() => {});
    expect(expectedOf(facts, [lost("h1", false)])).toBe("valid");
    expect(expectedOf(facts, [lost("h1", true)])).toBe("outage");
  });

  it("is an outage when the flag is the lost one's in the end", () => {
    const { facts } = played((script) => script.ask("h1", "won"));
    expect(expectedOf(facts, [lost("h1", true)])).toBe("outage");
    expect(expectedOf(facts, [lost("h1", false)])).toBe("outage");
  });

  it("is valid when its question for the flag never came through and the other one won", () => {
    const { facts } = played((script) => script.ask("h2", "won"));
    expect(expectedOf(facts, [lost("h1", true)])).toBe("valid");
    expect(expectedOf(facts, [lost("h1", true), lost("h2", true)])).toBe("outage");
  });
});

function played(play: (script: PairScript) => void) {
  const script = new PairScript();
  play(script);
  return { facts: script.finish() };
}
