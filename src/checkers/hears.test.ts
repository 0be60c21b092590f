// What a checker does not hear it cannot judge. The compiler rejects a look at a kind of fact that is
// not in `hears`; the books that checkers share take any fact, so their kinds are held up here.

import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Fact } from "../history/fact.ts";
import { CHECKERS } from "./registry.ts";

const BOOKS = new Map<string, readonly Fact["kind"][]>([
  ["observeReign", ["test-and-set", "open-generation", "machine-start"]],
  ["observeRole", ["role"]],
  ["observeAdmission", ["open-generation"]],
  ["observeMachines", ["machine-start", "machine-stop", "state-put", "open-generation"]],
  ["observeDisturbance", ["fault", "host", "run"]],
  ["observeGroups", ["log-append"]],
  ["observeIo", ["machine-start", "state-take", "state-put", "output", "crossing"]],
  ["observeLogFill", ["log-append", "log-ack-receive", "log-replay", "log-begin"]],
  [
    "observeVmSigns",
    ["log-append", "log-buffered", "machine-stop", "test-and-set", "open-generation"],
  ],
  ["observeFollowing", ["crossing", "role", "lag", "machine-stop", "run"]],
  ["liveActor", ["crossing", "announce", "release"]],
  ["observeEarlyReleases", ["log-buffered", "host", "client", "client-read"]],
]);

function sources(): ReadonlyMap<string, string> {
  const folder = new URL(".", import.meta.url);
  const names = readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

describe("the kinds that a checker hears", () => {
  const files = sources();

  it("include those of every book that it keeps", () => {
    let looked = 0;
    for (const kind of CHECKERS) {
      const source = files.get(`${kind.name}.ts`);
      expect(source, `the file of ${kind.name}`).toBeDefined();
      for (const [book, needed] of BOOKS) {
        if (kind.hears === undefined || !source?.includes(`${book}(`)) continue;
        looked += 1;
        for (const fact of needed) expect(kind.hears, `${kind.name} keeps ${book}`).toContain(fact);
      }
    }
    expect(looked).toBeGreaterThan(20);
  });

  it("are told here for every book that looks at facts", () => {
    const known = [...BOOKS.keys()];
    let looked = 0;
    for (const [name, source] of files)
      for (const [, book = ""] of source.matchAll(/export function (\w+)\([^)]*\bfact: Fact\b/g)) {
        looked += 1;
        expect(known, `${book} of ${name}`).toContain(book);
      }
    expect(looked).toBe(known.length);
  });
});
