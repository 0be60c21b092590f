// A snapshot of plain state shares bytes, keeps orders, and nothing that is done to one side shows
// on the other.

import fc from "fast-check";
import { expect, it } from "vitest";
import { clonePlain } from "./clone.ts";

it("copies plain data deeply", () => {
  fc.assert(
    fc.property(
      fc.object({
        key: fc.string().filter((key) => key !== "__proto__"),
        withMap: true,
        withSet: true,
        withNullPrototype: false,
        maxDepth: 4,
      }),
      (value) => {
        expect(clonePlain(value)).toEqual(value);
      },
    ),
  );
});

it("cuts every tie but those to bytes and to frozen data", () => {
  const bytes = Uint8Array.from([1]);
  const frozen = Object.freeze({ a: 1 });
  const state = {
    list: [{ n: 1 }],
    map: new Map([["k", { n: 1 }]]),
    set: new Set([1]),
    bytes,
    frozen,
  };
  const copy = clonePlain(state);
  state.list[0]!.n = 2;
  state.map.get("k")!.n = 2;
  state.set.add(2);
  expect(copy.list[0]!.n).toBe(1);
  expect(copy.map.get("k")!.n).toBe(1);
  expect([...copy.set]).toEqual([1]);
  expect(copy.bytes).toBe(bytes);
  expect(copy.frozen).toBe(frozen);
});

it("keeps the order in which things were put into a map", () => {
  const map = new Map([
    ["b", 1],
    ["10", 2],
    ["9", 3],
  ]);
  map.delete("b");
  map.set("b", 4);
  expect([...clonePlain({ map }).map.keys()]).toEqual(["10", "9", "b"]);
});

it("refuses what is not plain: such a state would be shared without a word", () => {
  expect(() => clonePlain({ words: new Uint32Array(2) })).toThrow("only plain records");
  expect(() => clonePlain({ at: new (class Thing {})() })).toThrow("only plain records");
});
