// with the protocols of a pair: the VM is announced until the network has found it. Method: a
// backup on a bench that wins, and frames by hand.

import { describe, expect, it } from "vitest";
import { PairBench } from "../../../test/support/pair-bench.ts";
import { DEFAULT_PARAMS } from "../../ft/params.ts";
import type { Effect } from "../../ft/protocol.ts";
import { CHECKPOINTS } from "../checkpoints.ts";
import { COLO } from "../colo.ts";

const { announceAt } = DEFAULT_PARAMS;
const MS = 1_000_000;
const TO_THE_VM = new Uint8Array(64);
const TO_EVERYBODY = new Uint8Array(64).fill(0xff, 0, 6);

describe.each([CHECKPOINTS, COLO])("a new primary of $name", (protocol) => {
  /** A frame that came before tells nothing: a switch floods what it cannot place. */
  function takenOver(): { bench: PairBench; effects: readonly Effect[] } {
    const bench = new PairBench(protocol, "backup");
    bench.step({ kind: "start" });
    bench.step({ kind: "frame", bytes: TO_THE_VM });
    return { bench, effects: bench.arbitrate("won") };
  }

  /** Announces as often as in any case; what the last time did. */
  function announcedAll({ bench, effects }: ReturnType<typeof takenOver>): readonly Effect[] {
    let last = effects;
    for (const at of announceAt.slice(1)) {
      const due = nextOf(last);
      expect(due).toBeDefined();
      if (at === announceAt[1]) expect(due).toBe(bench.now + at);
      bench.now = due ?? bench.now;
      last = bench.timer("announce");
      expect(last).toContainEqual({ kind: "announce" });
    }
    return last;
  }

  function nextOf(effects: readonly Effect[]): number | undefined {
    for (const effect of effects)
      if (effect.kind === "set-timer" && effect.timer === "announce") return effect.at;
    return undefined;
  }

  it("goes on announcing until a frame for it has come", () => {
    const taken = takenOver();
    const { bench } = taken;
    let effects = announcedAll(taken);
    for (let time = 0; time < 3; time++) {
      expect(nextOf(effects)).toBe(bench.now + 200 * MS);
      bench.step({ kind: "frame", bytes: TO_EVERYBODY });
      bench.now += 200 * MS;
      effects = bench.timer("announce");
      expect(effects).toContainEqual({ kind: "announce" });
    }
    bench.step({ kind: "frame", bytes: TO_THE_VM });
    expect(nextOf(bench.timer("announce"))).toBeUndefined();
  });

  it("leaves it at the announcements that are due where frames come", () => {
    const taken = takenOver();
    taken.bench.step({ kind: "frame", bytes: TO_THE_VM });
    expect(nextOf(announcedAll(taken))).toBeUndefined();
  });
});
