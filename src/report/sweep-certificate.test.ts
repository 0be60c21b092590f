// Goal: the certificate's table and page say what stands in it. Method: one certificate by hand.

import { describe, expect, it } from "vitest";
import {
  type Certificate,
  type CertificateBranch,
  certificateJson,
  certificateText,
} from "./sweep-certificate.ts";
import { sweepHtml } from "./sweep-html.ts";

const branch = (changes: Partial<CertificateBranch>): CertificateBranch => ({
  afterEvent: 10,
  time: 1_000_000,
  strike: "crash h1",
  second: null,
  outcome: "valid",
  isExpected: true,
  away: 150_000_000,
  answered: 44,
  digest: "0123456789abcdef",
  equalTo: -1,
  finding: "",
  ...changes,
});
const bad = branch({
  afterEvent: 11,
  outcome: "violation",
  isExpected: false,
  finding: "reissue (INV-23): <lost>",
});
const NONE = { valid: 0, outage: 0, liveness: 0, unknown: 0, violation: 0 };
const CERTIFICATE: Certificate = {
  format: "ftsim-sweep",
  version: 2,
  ftsim: { version: "0.1.0", revision: "" },
  verdict: "not as expected",
  isComplete: true,
  scenario: "crash-anywhere",
  seed: "42",
  set: [],
  without: ["reissue"],
  bug: [],
  strikes: [
    { strike: "crash h1", tried: 2, equal: 0, off: 0, outcomes: NONE, unexpected: 1 },
    { strike: "crash h2", tried: 1, equal: 1, off: 0, outcomes: NONE, unexpected: 0 },
  ],
  second: null,
  leftOut: ["lost-cache: needs a cache"],
  window: { from: 0, to: 2_000_000, events: 3, invoked: 2, answered: 1, isEveryEvent: false },
  base: { digest: "fedcba9876543210", verdict: "valid", events: 5_000, facts: 9_000 },
  boundaries: 2,
  drawn: 2,
  kinds: [
    {
      kind: "append",
      happened: 1,
      recounted: 1,
      boundaries: 2,
      tried: 3,
      equal: 1,
      off: 0,
      outcomes: { valid: 2, outage: 0, liveness: 0, unknown: 0, violation: 1 },
      unexpected: 1,
    },
  ],
  isCountedAlike: true,
  outcomes: { valid: 2, outage: 0, liveness: 0, unknown: 0, violation: 1 },
  tried: 3,
  equal: 1,
  off: 0,
  unexpected: 1,
  answered: { least: 40, median: 44, most: 50 },
  recheck: { branches: 0, differ: 0 },
  first: { finding: bad.finding, command: "npx ftsim run X --do '@11~crash~h1'", branch: bad },
  covers: ["gaps"],
  doesNotCover: ["other schedules"],
  branches: [
    branch({}),
    branch({ strike: "crash h2" }),
    bad,
    branch({ afterEvent: 11, strike: "crash h2", outcome: "equal", equalTo: 10, away: -1 }),
  ],
};
const SPEED = { wallSeconds: 2, jobs: 2, snapshot: 3, restore: 6, tail: 90, judge: 3 };

describe("a certificate", () => {
  it("is told in a table, with the first bad branch and how to see it from scratch", () => {
    const text = certificateText(CERTIFICATE, SPEED);
    expect(text).toMatch(/append +1 +1 +2 +3 +1 +0 +2 +0 +1$/m);
    expect(text).toContain("NOT AS EXPECTED   3 branches: 2 valid, 0 outage, 1 violation");
    expect(text).toContain("crash h1 after event 11 (0.001000 s): violation");
    expect(text).toMatch(/crash h2 +1 +1 +0 +0 +0 +0$/m);
    expect(text).toContain("not here         lost-cache: needs a cache");
    expect(text).toContain("again   npx ftsim run X --do '@11~crash~h1'");
    expect(text).toContain("no branch was run again");
    expect(text).toContain("1.5 branches/s on 2 workers");
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("says loudly when it is not whole, or contradicts itself", () => {
    expect(certificateText({ ...CERTIFICATE, isComplete: false }, SPEED)).toContain("INTERRUPTED");
    const uneven = { ...CERTIFICATE, isCountedAlike: false, recheck: { branches: 5, differ: 2 } };
    const text = certificateText(uneven, SPEED);
    expect(text).toContain("DIFFERS from the survey");
    expect(text).toContain("2 OTHER DIGESTS");
  });

  it("has a row for each pair of strikes where there are two, and says what was drawn", () => {
    const second = { afterEvent: 14, time: 2_000_000, strike: "pause h2 for 1 s" };
    const two: Certificate = {
      ...CERTIFICATE,
      drawn: 1,
      second: {
        within: 5_000_000,
        strikes: [{ ...CERTIFICATE.strikes[0]!, strike: "pause h2 for 1 s" }],
      },
      branches: [branch({ second }), branch({ second: { ...second, strike: "crash h2" } })],
    };
    expect(certificateText(two, SPEED)).toMatch(
      /crash h1 or crash h2, then within 5 ms pause h2 for 1 s$/m,
    );
    expect(certificateText(two, SPEED)).toContain("boundaries       2, 1 of them drawn");
    const page = sweepHtml(two);
    expect(page).toContain(">crash h1, pause h2 for 1 s</text>");
    expect(page).toContain("then pause h2 for 1 s after event 14 (0.002000 s): valid");
  });

  it("is one document with a line a branch", () => {
    const json = certificateJson(CERTIFICATE);
    expect(JSON.parse(json)).toEqual(CERTIFICATE);
    expect(json.split("\n").filter((line) => line.includes('"afterEvent":11'))).toHaveLength(2);
  });

  it("is drawn as a strip: a cell a branch, coloured by its end, with its words escaped", () => {
    const page = sweepHtml(CERTIFICATE);
    expect(page.match(/<g><title>/g)).toHaveLength(4);
    expect(page).toContain('fill="var(--failed)"');
    expect(page).toContain(
      "crash h2 after event 11 (0.001000 s): the same world as after event 10",
    );
    expect(page).toContain("reissue (INV-23): &lt;lost&gt;");
    expect(page).not.toContain("<lost>");
    expect(page).not.toContain("<script");
  });
});
