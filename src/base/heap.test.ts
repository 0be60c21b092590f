// A heap under an order that ends in a unique number is a sorted list, whatever was done to it.

import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "./heap.ts";

interface Item {
  readonly key: number;
  readonly sequence: number;
}

const isBefore = (a: Item, b: Item): boolean =>
  a.key !== b.key ? a.key < b.key : a.sequence < b.sequence;
const byOrder = (a: Item, b: Item): number => (isBefore(a, b) ? -1 : 1);

it("pops what the sorted model pops, through any mix of pushes, pops and restores", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("push" as const), key: fc.nat(8) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("pop" as const), key: fc.nat(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), key: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reload" as const), key: fc.nat(0) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let heap = new Heap<Item>(isBefore);
      let model: Item[] = [];
      for (const [sequence, { kind, key }] of steps.entries()) {
        if (kind === "push") {
          const item = { key, sequence };
          heap.push(item);
          model = [...model, item].sort(byOrder);
        } else if (kind === "pop") {
          expect(heap.pop()).toEqual(model.shift());
        } else if (kind === "remove") {
          // Of one that is not there any more nothing comes.
          const gone = model[key] ?? { key, sequence };
          heap.remove(gone);
          model = model.filter((item) => item !== gone);
        } else {
          const items = heap.items();
          heap = new Heap<Item>(isBefore);
          heap.restore(items);
        }
        expect(heap.size).toBe(model.length);
        expect(heap.peek()).toEqual(model[0]);
      }
      while (model.length > 0) expect(heap.pop()).toEqual(model.shift());
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

it("does not share its items with what it was restored from", () => {
  const heap = new Heap<Item>(isBefore);
  heap.push({ key: 1, sequence: 1 });
  const kept = heap.items().slice();
  heap.restore(kept);
  heap.push({ key: 0, sequence: 2 });
  expect(kept).toEqual([{ key: 1, sequence: 1 }]);
});
