// The log in columns: where a fact stands, and what the filters leave.

import { expect, test } from "vitest";
import { logColumns } from "./columns.ts";
import { failoverFacts, world } from "../../test/support/report-run.ts";

const FACTS = failoverFacts();
const SECOND = 1_000_000_000;

test("a column for each host and one for the rest", () => {
  expect(logColumns(FACTS, { from: 1.9 * SECOND, to: 3.97 * SECOND })).toMatchInlineSnapshot(`
    "time           h1                          h2                          clients, storage, world
       1.990000 s                                                          clients: c2-0 SET k v
       1.991000 s  append 2 output
       1.992000 s  append 3 output
       1.992000 s  HOLD out 1, needs 3
       2.000000 s                                                          world: FAULT h1 crashes
       2.000000 s  CRASH power loss
       2.000000 s  machine stops at step 30: its host crashed
       3.961000 s                              SUSPECTS: no heartbeat for 2.000 s
       3.961000 s                              SUSPECT no heartbeat
       3.962000 s                                                        storage: test-and-set 1: h2 won
       3.963000 s                              told: won
       3.964000 s                              replay 2 at step 20
       3.965000 s                              replay 3 at step 30
       3.966000 s                              SOLO replayed through entry 3
       3.966000 s                              announces 52:54:00:00:00:01
       3.970000 s                              RELEASE out 2 network 61 B
    "
  `);
});

test("only the nodes, kinds and times that were asked for", () => {
  const text = logColumns(FACTS, { nodes: ["h2"], only: ["log-replay"], from: 3 * SECOND });
  expect(text).toMatchInlineSnapshot(`
    "time           h2
       3.964000 s  replay 2 at step 20
       3.965000 s  replay 3 at step 30
    "
  `);
});

test("times are inclusive", () => {
  const only = ["fault"];
  expect(logColumns(FACTS, { from: 2 * SECOND, to: 2 * SECOND, only }).split("\n")).toHaveLength(3);
});

test("no line is wider than a hundred columns, or moves the cursor", () => {
  const hostile = world(1, {
    kind: "client-connection",
    client: "\x1b[31m\r\n".repeat(30),
    connection: "x",
    what: "reset",
  });
  for (const line of logColumns([...FACTS, hostile]).split("\n")) {
    expect(line.length).toBeLessThanOrEqual(100);
    expect(line).toMatch(/^[\x20-\x7e]*$/);
  }
});
