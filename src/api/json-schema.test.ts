// The JSON Schema of scenarios says of files what their reader says: it accepts every scenario that is
// shipped and refuses bad ones, and the reader agrees. Needs `npm run build` for the file in dist/.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { validates } from "../../test/support/json-schema.ts";
import { ROOT } from "../../test/support/worlds.ts";
import { parseScenario } from "../testbed/scenario-file.ts";
import { scenarioJsonSchema } from "./json-schema.ts";

const SCHEMA = scenarioJsonSchema();
type Json = Record<string, unknown>;

function isAccepted(value: unknown): boolean {
  return validates(SCHEMA, value);
}

/** By who reads the files. */
function isRead(value: unknown): boolean {
  return parseScenario({ name: "x", file: "x", text: JSON.stringify(value) }, []).ok;
}

const GOOD = { title: "t", about: "a", workload: { for: "2s" } };

describe("the schema", () => {
  it("is the file of the build", () => {
    expect(JSON.parse(readFileSync(join(ROOT, "dist", "schema.json"), "utf8"))).toEqual(SCHEMA);
  });

  it("accepts every scenario that is shipped", () => {
    const files = readdirSync(join(ROOT, "scenarios"));
    expect(files.length).toBeGreaterThan(100);
    const refused = files.filter(
      (file) => !isAccepted(parse(readFileSync(join(ROOT, "scenarios", file), "utf8"))),
    );
    expect(refused).toEqual([]);
  });

  it.each([
    ["without a title", { about: "a", workload: { for: "2s" } }],
    ["without a workload", { title: "t", about: "a" }],
    ["an unknown key", { ...GOOD, wrokload: 1 }],
    ["an unknown key further down", { ...GOOD, topology: { "log-link": { rrt: "1ms" } } }],
    ["a number without its unit", { ...GOOD, topology: { "log-link": { rtt: 5 } } }],
    ["another unit", { ...GOOD, topology: { "log-link": { rtt: "5 Mb/s" } } }],
    ["no rate", { ...GOOD, workload: { for: "2s", rate: "100" } }],
    ["a kind of workload that there is not", { ...GOOD, workload: { kind: "x", for: "2s" } }],
    ["a fault of no kind", { ...GOOD, faults: [{ at: "1s" }] }],
    ["a fault of two kinds", { ...GOOD, faults: [{ at: "1s", crash: "h1", pause: "h1" }] }],
    ["a fault without its moment", { ...GOOD, faults: [{ crash: "h1" }] }],
    ["a trigger without its event", { ...GOOD, faults: [{ when: { nth: 2 }, crash: "h1" }] }],
    ["more hosts than there may be", { ...GOOD, topology: { hosts: 9 } }],
    ["an end that there is not", { ...GOOD, expect: "fine" }],
  ])("refuses %s", (_, value) => {
    expect([isAccepted(GOOD), isRead(GOOD)]).toEqual([true, true]);
    expect([isAccepted(value), isRead(value)]).toEqual([false, false]);
  });

  it("tells of every unit how it is written", () => {
    const units = new Set<string>();
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      const { pattern, description } = value as Json;
      if (typeof pattern === "string" && typeof description === "string") {
        units.add(description);
        for (const example of description.slice(description.indexOf(":") + 1).split(/,| or /))
          expect(example.trim(), description).toMatch(new RegExp(pattern));
      }
      Object.values(value).forEach(visit);
    };
    visit(SCHEMA);
    expect(units.size).toBe(6);
  });
});
