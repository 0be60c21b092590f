// Hostile programs, and a hostile driver's rings: a hundred thousand of each by `npm run
// campaign:hostile` (FTSIM_HOSTILE), 8,000 with the outside tests. Some minutes, so it does not belong
// to `npm test`; it needs no tool of the system.

import { describe, expect, it } from "vitest";
import { hostilePrograms } from "../../test/support/vm/hostile-program.ts";
import { storm } from "../../test/support/vm/hostile-rings.ts";

const PROGRAMS = Number(process.env["FTSIM_HOSTILE"] ?? 8_000);
const ROUNDS = PROGRAMS;
const MINUTES = 60_000;

describe("a hostile guest", () => {
  it(
    `ends ${PROGRAMS} programs in a state of the machine`,
    () => {
      const { problems, tally } = hostilePrograms(0, PROGRAMS, { threshold: 12, seed: 1 });
      expect(problems).toEqual([]);
      expect((tally.get("halted") ?? 0) + (tally.get("waits") ?? 0)).toBeLessThan(PROGRAMS);
    },
    30 * MINUTES,
  );

  it(
    `fills ${ROUNDS} rings in vain`,
    () => {
      const { seen } = storm("campaign", ROUNDS);
      expect(seen.has("too many commands in flight")).toBe(false);
      expect(seen.get("broken") ?? 0).toBeGreaterThan(ROUNDS / 100);
    },
    30 * MINUTES,
  );
});
