// Names of links as scenarios say them, resolved in a small world; a name that means nothing gives
// nothing, so that a scenario's typing error can be told.

import { describe, expect, it } from "vitest";
import { type NamedLink, resolveLinks } from "./link-names.ts";

const WIRES = [
  ["log", "h1", "h2"],
  ["hb", "h1", "h2"],
  ["storage", "h1", "storage"],
  ["storage", "h2", "storage"],
  ["net", "h1", "switch"],
  ["net", "h2", "switch"],
  ["net", "c1", "switch"],
] as const;
const LINKS: readonly NamedLink[] = WIRES.flatMap(([wire, a, b]) => [
  { name: `${wire}:${a}>${b}`, wire, from: a, to: b },
  { name: `${wire}:${b}>${a}`, wire, from: b, to: a },
]);
const ROLES = new Map([
  ["primary", "h2"],
  ["backup", "h1"],
]);
const resolve = (name: string): string =>
  resolveLinks(name, LINKS, (node) => ROLES.get(node) ?? node).join(" ");

function resolveAll(wire: string): string {
  return LINKS.filter((link) => link.wire === wire)
    .map(({ name }) => name)
    .join(" ");
}

describe("names of links", () => {
  it.each([
    ["log-link", "log:h1>h2 log:h2>h1"],
    ["heartbeat-link", "hb:h1>h2 hb:h2>h1"],
    ["h1-h2", "log:h1>h2 log:h2>h1 hb:h1>h2 hb:h2>h1"],
    ["h2-h1", "log:h1>h2 log:h2>h1 hb:h1>h2 hb:h2>h1"],
    ["h1>h2", "log:h1>h2 hb:h1>h2"],
    ["log:h2>h1", "log:h2>h1"],
    ["hb:h1-h2", "hb:h1>h2 hb:h2>h1"],
    ["c1-net", "net:c1>switch net:switch>c1"],
    ["h1-storage", "storage:h1>storage storage:storage>h1"],
    ["storage>h1", "storage:storage>h1"],
    [
      "h2-all",
      "log:h1>h2 log:h2>h1 hb:h1>h2 hb:h2>h1 storage:h2>storage storage:storage>h2 net:h2>switch net:switch>h2",
    ],
    ["h2>all", "log:h2>h1 hb:h2>h1 storage:h2>storage net:h2>switch"],
    ["storage-all", resolveAll("storage")],
    ["net:all-clients", resolveAll("net")],
  ])("%s", (name, expected) => expect(resolve(name)).toBe(expected));

  it("follow the roles as they are at that moment", () => {
    expect(resolve("primary-backup")).toBe(resolve("h1-h2"));
    expect(resolve("primary>backup")).toBe("log:h2>h1 hb:h2>h1");
    expect(resolve("primary-clients")).toBe("net:h2>switch net:switch>h2");
    expect(resolve("log:backup>primary")).toBe("log:h1>h2");
  });

  it.each([
    "",
    "log",
    "h1",
    "h1-h3",
    "h1--h2",
    "h1-h2-c1",
    "LOG:h1>h2",
    "log:h1",
    "net:h1>h2",
    "c2-net",
  ])("%j is no link", (name) => expect(resolve(name)).toBe(""));
});
