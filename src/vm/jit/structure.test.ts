// Nested control flow means the same as the graph that it was made of. Method: random graphs; a walk over
// the nested form, choosing successors at random, may only go where WebAssembly's labels allow.

import { describe, expect, it } from "vitest";
import { Prng } from "../../base/prng.ts";
import { structureOf } from "./structure.ts";

function randomGraph(random: Prng, size: number): number[][] {
  const graph: number[][] = [[1]];
  for (let node = 1; node <= size; node++) {
    const count = random.below(3);
    graph.push(Array.from({ length: count }, () => random.below(size + 1)));
  }
  for (let n = random.below(4); n > 0; n--) {
    const entry = 1 + random.below(size);
    if (!graph[0].includes(entry)) graph[0].push(entry);
  }
  return graph;
}

/** Every edge leads to an enclosing loop, to the end of an enclosing block, or inline and only once. */
function check(graph: readonly (readonly number[])[]): number {
  const structure = structureOf(graph);
  const placed = new Set<number>();
  let indirect = 0;
  const tree = (node: number, loops: ReadonlySet<number>, ends: ReadonlySet<number>): void => {
    expect(placed.has(node)).toBe(false);
    placed.add(node);
    const inner = structure.isLoop[node] ? new Set([...loops, node]) : loops;
    const own = structure.ends[node];
    const all = new Set([...ends, ...own]);
    for (const to of node === 0 ? structure.entries : graph[node]) {
      if (node !== 0 && structure.isIndirect(node, to)) {
        indirect += 1;
        expect(structure.entries).toContain(to);
        expect(inner.has(0)).toBe(true);
      } else if (structure.order[to] <= structure.order[node]) expect(inner.has(to)).toBe(true);
      else if (structure.isEnd[to]) expect(all.has(to)).toBe(true);
      else tree(to, inner, all);
    }
    // The innermost block ends first; behind it the blocks around it are still open.
    const rest = [...own];
    for (let end = rest.pop(); end !== undefined; end = rest.pop())
      tree(end, inner, new Set([...ends, ...rest]));
  };
  tree(0, new Set(), new Set());
  const reachable = structure.order.filter((position) => position >= 0).length;
  expect(placed.size).toBe(reachable);
  return indirect;
}

describe("random graphs", () => {
  it("are nested with every node in one place and every edge allowed", () => {
    const random = new Prng("structure");
    let indirect = 0;
    for (let n = 0; n < 600; n++) indirect += check(randomGraph(random, 1 + random.below(24)));
    expect(indirect).toBeGreaterThan(50);
  });
});

describe("a loop with two ways in", () => {
  it("goes through the dispatcher in one of them", () => {
    expect(check([[1], [2, 3], [3], [2]])).toBe(1);
  });
});

describe("a loop with one way in", () => {
  it("does not", () => {
    expect(check([[1], [2], [3], [1, 2]])).toBe(0);
  });
});
