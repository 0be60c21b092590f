// SCN-45: five nodes whose majority is the arbiter, and every way to split them in two. Whoever goes
// live has three of the original nodes on its side; a pair that is on one side goes on as it is.

import { beforeAll, describe, expect, it } from "vitest";
import { type BootCache, runToEnd } from "../../src/testbed/run.ts";
import { parseScenario } from "../../src/testbed/scenario-file.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import { createTestEngine, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

/** ns. */
const SPLIT_AT = 200_000_000;
const NODES = ["h1", "h2", "h3", "h4", "h5"];

/** Every split once: h1 is always in the first part. */
const SPLITS: readonly (readonly string[])[] = Array.from({ length: 15 }, (_, mask) =>
  NODES.filter((_node, index) => index === 0 || (mask >> (index - 1)) % 2 === 1),
);

function split(part: readonly string[]): Scenario {
  const others = NODES.filter((node) => !part.includes(node));
  const cuts = part.flatMap((a) => others.map((b) => `{ at: 200ms, cut: ${a}-${b} }`));
  const text = `title: split
about: Five nodes in two parts.
topology: { hosts: 5 }
protocol: { arbiter: majority, re-protect: off, heartbeat-timeout: 200ms, log-timeout: 200ms, heartbeat-interval: 40ms, progress-interval: 40ms }
workload: { clients: 2, rate: 40/s, for: 700ms }
recovery: 500ms
faults: [${cuts.join(", ")}]
`;
  const parsed = parseScenario({ name: "split", file: "split.yaml", text }, []);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe("a cluster of five, split in two", () => {
  it.each(SPLITS.map((part) => [part.join(" "), part] as const))("%s and the others", (_, part) => {
    const run = runToEnd(worldOf(engine, { scenario: split(part), seed: "1" }));
    const winners = run.facts.flatMap((fact) =>
      fact.kind === "arbiter-answer" && fact.result === "won" && fact.time > SPLIT_AT
        ? [fact.owner]
        : [],
    );
    expect(run.verdict).toBe("valid");
    const isTogether = part.includes("h2");
    const winner = part.length >= 3 ? "h1" : "h2";
    expect([...new Set(winners)]).toEqual(isTogether ? [] : [winner]);
  });

  it("goes on identically after a restore, in the middle of the votes", () => {
    const world = worldOf(engine, { scenario: split(["h1", "h3"]), seed: "2" });
    let votes = 0;
    world.facts.listen(({ kind }) => {
      if (kind === "vote") votes += 1;
    });
    while (votes === 0) world.advance(1);
    const kept = world.snapshot();
    const rest = (): string => {
      while (!world.isOver) world.advance(1_000);
      return world.digest();
    };
    const first = rest();
    world.restore(kept);
    expect(rest()).toBe(first);
    kept.release();
    world.release();
  });
});

describe("a cluster of three that loses hosts", () => {
  it("is left the majority without which nobody can win, by a budget that is to be survived", () => {
    const text = `title: losses
about: A new backup is there, and then hosts die again.
topology: { hosts: 3 }
protocol: { arbiter: majority, protection-delay: 50ms, heartbeat-timeout: 200ms, log-timeout: 200ms, heartbeat-interval: 40ms, progress-interval: 40ms }
workload: { clients: 2, rate: 40/s, for: 1500ms }
recovery: 500ms
faults:
  - { at: 200ms, crash: h1 }
  - { when: { nth: 1, open-generation: any }, after: 50ms, crash: h2 }
`;
    const parsed = parseScenario({ name: "losses", file: "losses.yaml", text }, []);
    if (!parsed.ok) throw new Error(parsed.error);
    const run = runToEnd(worldOf(engine, { scenario: parsed.value, seed: "1" }));
    const faults = run.facts.flatMap((fact) =>
      fact.kind === "fault" ? [`${fact.phase} ${fact.fault} ${fact.target}`] : [],
    );
    expect(faults).toEqual(["start crash h1", "skipped crash h2"]);
    expect(run.verdict).toBe("valid");
  });
});
