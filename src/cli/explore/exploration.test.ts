// The search, without any run: answers are made up, and what it asks for next is looked at. Its tree
// is a function of the answers; energy is shared; a source that brings news gets more.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RESEED } from "../../faults/operator.ts";
import { Exploration, type Fork, isFinding } from "./exploration.ts";
import type { Watched } from "./task.ts";

const PLAIN: Watched = {
  digest: "0",
  exit: 0,
  verdict: "valid",
  fingerprint: "",
  message: "",
  violated: [],
  sightings: [],
  approaches: [],
  events: 5_000,
  endTime: 1_000_000_000,
};

function sighting(mark: string, afterEvent: number) {
  return { mark, afterEvent, time: afterEvent * 1_000 };
}

function approach(checker: string, distance: number, afterEvent: number) {
  const unit = "ns" as const;
  return { checker, distance, unit, between: "this and that", afterEvent, time: afterEvent };
}

function begin(first: Partial<Watched>, budget: number = 200): Exploration {
  return new Exploration({
    first: { ...PLAIN, ...first },
    recipe: [],
    budget,
    extra: () => [],
  });
}

/** All rounds, each fork answered by `answer`. */
function drive(
  exploration: Exploration,
  answer: (fork: Fork) => Partial<Watched> | null,
): readonly Fork[] {
  const all: Fork[] = [];
  for (let forks = exploration.nextRound(); forks.length > 0; forks = exploration.nextRound()) {
    all.push(...forks);
    exploration.absorb(
      forks.map((fork) => {
        const own = answer(fork);
        return [fork, own === null ? null : { ...PLAIN, ...own }] as const;
      }),
    );
  }
  return all;
}

describe("a search", () => {
  it("forks at the first hit of each mark, and nowhere else at a mark", () => {
    const exploration = begin({ sightings: [sighting("a", 100), sighting("b", 200)] }, 60);
    const forks = drive(exploration, ({ id }) => ({
      sightings: id === 5 ? [sighting("a", 333), sighting("c", 444)] : [],
    }));
    const at = (source: string) =>
      new Set(
        forks
          .filter((one) => one.source === source)
          .map(({ run, afterEvent }) => `${run}@${afterEvent}`),
      );
    expect(at("mark a")).toEqual(new Set(["0@100"]));
    expect(at("mark b")).toEqual(new Set(["0@200"]));
    expect(at("mark c")).toEqual(new Set(["5@444"]));
    expect(at("the beginning")).toEqual(new Set(["0@1"]));
  });

  it("forks before a smallest distance, follows it when it gets smaller, and leaves the edge alone", () => {
    const exploration = begin({ approaches: [approach("x", 50, 2_000), approach("y", 0, 10)] }, 60);
    const forks = drive(exploration, ({ id, source }) => ({
      approaches: source === "near x" && id < 20 ? [approach("x", 50 - id, 3_000)] : [],
    }));
    const near = forks.filter(({ source }) => source === "near x");
    expect(near[0]).toMatchObject({ run: 0, afterEvent: 1_999 });
    expect(new Set(near.map(({ run }) => run)).size).toBeGreaterThan(1);
    // A round is asked for at once: who came nearest in it is where the next one forks.
    expect(near.at(-1)?.afterEvent).toBeGreaterThan(1_900);
    expect(forks.some(({ source }) => source === "near y")).toBe(false);
    expect(exploration.nearest.find(({ checker }) => checker === "x")?.distance).toBeLessThan(50);
  });

  it("never forks before what was done to a run", () => {
    const exploration = begin({ approaches: [approach("x", 90, 40)] }, 120);
    const forks = drive(exploration, ({ id, afterEvent }) => ({
      approaches: [approach("x", 90 - (id % 80), afterEvent + 3)],
    }));
    for (const fork of forks) {
      const parent = exploration.run(fork.run);
      const last = parent.recipe.at(-1);
      if (last === undefined || !("afterEvent" in last)) continue;
      expect(fork.afterEvent).toBeGreaterThanOrEqual(last.afterEvent);
    }
    expect(Math.max(...exploration.runs.map(({ depth }) => depth))).toBeGreaterThan(2);
  });

  it("shares its budget, gives more to who brings news, and uses all of it", () => {
    const marks = ["a", "b", "c"].map((mark, at) => sighting(mark, 100 * (at + 1)));
    const exploration = begin({ sightings: marks }, 150);
    let news = 0;
    const forks = drive(exploration, ({ source, id }) => {
      const isLucky = source === "mark b" && id % 3 === 0 && news < 20;
      if (isLucky) news += 1;
      return { approaches: isLucky ? [approach(`z${news}`, 0, 900)] : [] };
    });
    expect(forks.length).toBe(150);
    const spent = new Map(exploration.sources.map((source) => [source.name, source]));
    const [a, b] = [spent.get("mark a"), spent.get("mark b")];
    expect(b?.gained).toBeGreaterThan(0);
    expect(b?.spent).toBeGreaterThan(a?.spent ?? Infinity);
    for (const source of exploration.sources)
      if (source.points.length > 0) expect(source.spent).toBeGreaterThanOrEqual(20);
  });

  it("ends within its budget when nothing can be forked any more", () => {
    const exploration = begin({ sightings: [sighting("a", 5_000)] }, 50);
    const forks = drive(exploration, () => null);
    expect(forks.length).toBeLessThanOrEqual(50);
    expect(exploration.runs.length).toBe(1);
  });

  it("is the same tree for the same answers, whatever they are", () => {
    const answers = fc.array(
      fc.record({
        mark: fc.nat(6),
        distance: fc.nat(1_000),
        event: fc.integer({ min: 1, max: 4_000 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(answers, (list) => {
        const run = () => {
          const exploration = begin({ sightings: [sighting("m0", 50)] }, 60);
          const forks = drive(exploration, ({ id }) => {
            const one = list[id % list.length] as (typeof list)[0];
            return {
              sightings: [sighting(`m${one.mark}`, one.event)],
              approaches: [approach("x", one.distance, one.event)],
            };
          });
          const labels = forks.map(({ acts }) => acts[0]?.target);
          expect(new Set(labels).size).toBe(labels.length);
          return JSON.stringify(exploration.runs);
        };
        expect(run()).toBe(run());
      }),
      { numRuns: 20 },
    );
  });
});

describe("a finding", () => {
  const reseed = { afterEvent: 1, phase: "start", kind: RESEED, target: "x" } as const;
  const crash = { afterEvent: 1, phase: "start", kind: "crash", target: "h1" } as const;

  it("is any unexpected end; with a fault of ours, a violation of safety only", () => {
    const ended = (exit: number): Watched => ({ ...PLAIN, exit });
    expect([0, 1, 2, 3].map((exit) => isFinding([reseed], ended(exit)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect([0, 1, 2, 3, 70].map((exit) => isFinding([reseed, crash], ended(exit)))).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it("is told once for each fingerprint", () => {
    const exploration = begin({ exit: 1, fingerprint: "F", message: "m" }, 20);
    drive(exploration, ({ id }) => ({ exit: 1, fingerprint: id === 7 ? "G" : "F", message: "m" }));
    const told = exploration.runs.flatMap(({ id, news }) =>
      news.flatMap((one) => (one.kind === "finding" ? [[id, one.fingerprint]] : [])),
    );
    expect(told).toEqual([
      [0, "F"],
      [7, "G"],
    ]);
  });
});
