// Whose loss would be the end of the VM, by what the storage and the replicas said.

import { expect, it } from "vitest";
import type { Fact } from "../history/fact.ts";
import { RoleBook } from "./role-book.ts";

const WORLD = { witness: "world", time: 1 } as const;
const opened = (primary: string, backup: string): Fact => {
  const pair = { generation: 2, opener: primary, primary, backup } as const;
  return { ...WORLD, kind: "open-generation", ...pair, result: "won" };
};
const won = (owner: string): Fact => {
  const flag = { generation: 2, owner, result: "won", isFirst: true } as const;
  return { ...WORLD, kind: "test-and-set", ...flag };
};

it("keeps who has won a generation when it is told once more that it was opened", () => {
  const book = new RoleBook({ primary: "h1", backup: "h2" });
  for (const fact of [opened("h1", "h2"), won("h2")]) book.watch(fact);
  expect([book.isLastHope("h1"), book.isLastHope("h2")]).toEqual([false, true]);
  book.watch(opened("h1", "h2"));
  expect([book.isLastHope("h1"), book.isLastHope("h2")]).toEqual([false, true]);
});
