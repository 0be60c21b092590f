// run.json: one document of plain data, with everything but the facts.

import { expect, test } from "vitest";
import { runJson } from "./json.ts";
import { invalidRun, sampleRun } from "../../test/support/report-run.ts";

interface Document {
  readonly [key: string]: unknown;
}

test("a valid run", () => {
  const text = runJson(sampleRun());
  const document = JSON.parse(text) as Document;
  expect(text.endsWith("}\n")).toBe(true);
  expect(document).toMatchObject({
    format: "ftsim-run",
    version: 1,
    verdict: "valid",
    exitCode: 0,
    seed: "42",
    facts: 31,
    steps: [
      { node: "h1", steps: 4318772 },
      { node: "h2", steps: 5000000 },
    ],
    marks: [{ name: "pending-disk-io-reissued", hits: 2 }],
    figures: {
      asked: 2,
      answered: 2,
      inFlightAtFault: 1,
      answeredAfterGoLive: 1,
      positions: 1,
      acknowledgedWrites: 1,
      takeovers: [{ node: "h2", awaySince: 2e9, suspectedAt: 3.961e9, wonAt: 3.963e9 }],
    },
  });
});

test("a run with a rule off says so before anything else", () => {
  const keys = Object.getOwnPropertyNames(JSON.parse(runJson(invalidRun())) as Document);
  expect(keys.slice(0, 4)).toEqual(["format", "version", "variants", "verdict"]);
});
