// From a graph to what WebAssembly has: nested blocks and loops. Reverse postorder, dominators (Cooper,
// Harvey and Kennedy 2001) and the nesting of Ramsey (2022): a node with several ways in becomes the
// end of a block around its dominator, a node with a way back to it becomes a loop. A jump back to
// a node that does not dominate its source has no such form: it goes through the dispatcher.

export interface Structure {
  /** Position of a node in reverse postorder; -1: it cannot be reached. */
  readonly order: readonly number[];
  /** Nodes that the dispatcher can go to, in the order of its table. */
  readonly entries: readonly number[];
  /** Of a node: the nodes that are ends of blocks around it, the outermost first. */
  readonly ends: readonly (readonly number[])[];
  readonly isLoop: readonly boolean[];
  /** Whether a node is the end of a block; otherwise it stands where its only predecessor leads to it. */
  readonly isEnd: readonly boolean[];
  /** Whether this edge, of a node to a node, must go through the dispatcher. */
  isIndirect(from: number, to: number): boolean;
}

type Successors = readonly (readonly number[])[];

/** `successors[0]` are the entries. */
export function structureOf(successors: Successors): Structure {
  const graph = successors.map((each) => [...each]);
  const redirected = new Set<number>();
  for (;;) {
    const order = reversePostorder(graph);
    const dominators = dominatorsOf(graph, order);
    const wrong = irreducible(graph, order, dominators);
    if (wrong.length === 0) return nest(graph, order, dominators, redirected);
    for (const [from, to] of wrong) {
      redirected.add(from * graph.length + to);
      graph[from] = graph[from].map((node) => (node === to ? 0 : node));
      if (!graph[0].includes(to)) graph[0].push(to);
    }
  }
}

function reversePostorder(graph: Successors): number[] {
  const order = graph.map(() => -1);
  const isSeen = graph.map(() => false);
  const finished: number[] = [];
  const stack = [{ node: 0, at: 0 }];
  isSeen[0] = true;
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.at === graph[top.node].length) {
      finished.push(top.node);
      stack.pop();
      continue;
    }
    const next = graph[top.node][top.at++];
    if (isSeen[next]) continue;
    isSeen[next] = true;
    stack.push({ node: next, at: 0 });
  }
  for (const [index, node] of finished.entries()) order[node] = finished.length - 1 - index;
  return order;
}

/** The immediate dominator of every node that can be reached. */
function dominatorsOf(graph: Successors, order: readonly number[]): readonly number[] {
  const byOrder = inOrder(order);
  const before: number[][] = graph.map(() => []);
  for (const node of byOrder) for (const next of graph[node]) before[next].push(node);
  const dominator = graph.map(() => -1);
  dominator[0] = 0;
  const meet = (one: number, other: number): number => {
    let a = one;
    let b = other;
    while (a !== b) {
      while (order[a] > order[b]) a = dominator[a];
      while (order[b] > order[a]) b = dominator[b];
    }
    return a;
  };
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const node of byOrder.slice(1)) {
      const known = before[node].filter((each) => dominator[each] >= 0);
      const next = known.reduce(meet);
      if (dominator[node] === next) continue;
      dominator[node] = next;
      isStable = false;
    }
  }
  return dominator;
}

function inOrder(order: readonly number[]): readonly number[] {
  const nodes: number[] = [];
  for (const [node, position] of order.entries()) if (position >= 0) nodes[position] = node;
  return nodes;
}

function dominates(dominator: readonly number[], above: number, node: number): boolean {
  let at = node;
  while (at !== above && at !== 0) at = dominator[at];
  return at === above;
}

type Edge = readonly [from: number, to: number];

function irreducible(
  graph: Successors,
  order: readonly number[],
  dominator: readonly number[],
): readonly Edge[] {
  const wrong: Edge[] = [];
  for (const from of inOrder(order))
    for (const to of graph[from])
      if (order[to] <= order[from] && !dominates(dominator, to, from)) wrong.push([from, to]);
  return wrong;
}

function nest(
  graph: Successors,
  order: readonly number[],
  dominator: readonly number[],
  redirected: ReadonlySet<number>,
): Structure {
  const ways = graph.map(() => 0);
  const isLoop = graph.map(() => false);
  const nodes = inOrder(order);
  for (const from of nodes) {
    for (const to of graph[from]) {
      if (order[to] <= order[from]) isLoop[to] = true;
      else ways[to] += 1;
    }
  }
  const isEnd = ways.map((count, node) => count > 1 || graph[0].includes(node));
  const ends: number[][] = graph.map(() => []);
  for (const node of [...nodes].reverse()) if (isEnd[node]) ends[dominator[node]].push(node);
  return {
    order,
    entries: graph[0],
    ends,
    isLoop,
    isEnd,
    isIndirect: (from, to) => redirected.has(from * graph.length + to),
  };
}
