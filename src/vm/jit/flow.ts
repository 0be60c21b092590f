// The control flow of a region as a graph. Node 0 is the dispatcher, where the region is entered and
// where indirect jumps come back to; node n is the n-th block. An edge leads to a node, to a pc
// outside, or through the dispatcher.

import { type Block, goesOn, targetOf } from "./blocks.ts";
import { rdOf, rs1Of } from "./decode.ts";

/** Returns that are compared one by one; more of them go through the table of jump targets. */
const MOST_RETURNS = 6;
const WORTH_ENTERING = 6;
const LINK: readonly number[] = [1, 5];

export interface Flow {
  /** Without the dispatcher: node n is blocks[n - 1]. */
  readonly blocks: readonly Block[];
  /** Node of a pc that starts a block. */
  readonly nodes: ReadonlyMap<number, number>;
  /** Direct successors of a node; an indirect jump that may stay in the region has the dispatcher. */
  readonly successors: readonly (readonly number[])[];
  /** Nodes at which the region may be entered, ascending. */
  readonly entries: readonly number[];
  /** Of a return: the nodes that it may come back to, by what calls it here. */
  readonly returns: ReadonlyMap<number, readonly number[]>;
}

/** Leaves before the way into the region has paid. */
export function isShort({ instructions, end }: Block): boolean {
  return end === "leave" && instructions.length < WORTH_ENTERING;
}

export function flowOf(found: ReadonlyMap<number, Block>, hot: readonly number[]): Flow {
  const blocks = [...found.values()];
  const nodes = new Map(blocks.map(({ pc }, index) => [pc, index + 1]));
  const returns = findReturns(blocks, nodes);
  const inline = new Set([...returns.values()].flat());
  const entries = new Set<number>();
  for (const pc of [...hot, ...blocks.flatMap(landingsOf)]) {
    const node = nodes.get(pc);
    if (node !== undefined && !inline.has(node) && !isShort(blocks[node - 1])) entries.add(node);
  }
  for (const pc of hot) {
    const node = nodes.get(pc);
    if (node !== undefined) entries.add(node);
  }
  for (const node of loopHeads(blocks, nodes)) entries.add(node);
  const ascending = [...entries].sort((a, b) => a - b);
  const successors = blocks.map((block, index) => [
    ...directTargets(block).flatMap((pc) => nodes.get(pc) ?? []),
    ...(block.end === "indirect" ? [...(returns.get(index + 1) ?? []), 0] : []),
  ]);
  return { blocks, nodes, successors: [ascending, ...successors], entries: ascending, returns };
}

/** The pcs that a block's end leads to, the one behind it first. */
export function directTargets({ instructions, end, next }: Block): readonly number[] {
  const last = instructions.at(-1);
  if (end === "plain") return [next];
  if (last === undefined || end === "leave" || end === "indirect") return [];
  return end === "jump" ? [targetOf(last, end)] : [next, targetOf(last, end)];
}

/** Where the guest may come to from code that is not in the region. */
function landingsOf({ instructions, end, next, page }: Block): readonly number[] {
  if (end === "leave") {
    const instruction = page.at(next);
    if (instruction === undefined || !goesOn(instruction.word)) return [];
    return [next, next + instruction.bytes];
  }
  const last = instructions.at(-1);
  const isCall =
    last !== undefined && (end === "jump" || end === "indirect") && rdOf(last.word) !== 0;
  return isCall ? [next] : [];
}

/** A jump backwards leads to the head of a loop: the way back into a region after a slice ended. */
function loopHeads(
  blocks: readonly Block[],
  nodes: ReadonlyMap<number, number>,
): readonly number[] {
  return blocks.flatMap((block) => {
    const last = block.instructions.at(-1);
    const isLoop = block.end === "branch" || (block.end === "jump" && rdOf(last?.word ?? 0) === 0);
    if (!isLoop) return [];
    return directTargets(block).flatMap((pc) => (pc <= block.pc ? (nodes.get(pc) ?? []) : []));
  });
}

function isReturn({ instructions, end }: Block): boolean {
  const last = instructions.at(-1);
  if (end !== "indirect" || last === undefined) return false;
  return rdOf(last.word) === 0 && LINK.includes(rs1Of(last.word));
}

function findReturns(
  blocks: readonly Block[],
  nodes: ReadonlyMap<number, number>,
): ReadonlyMap<number, readonly number[]> {
  const sites = new Map<number, number[]>();
  for (const block of blocks) {
    const last = block.instructions.at(-1);
    if (block.end !== "jump" || last === undefined || rdOf(last.word) === 0) continue;
    const callee = nodes.get(targetOf(last, block.end));
    const site = nodes.get(block.next);
    if (callee === undefined || site === undefined) continue;
    sites.set(callee, [...(sites.get(callee) ?? []), site]);
  }
  const returns = new Map<number, readonly number[]>();
  for (const [callee, own] of sites)
    for (const node of returnsOf(callee, blocks, nodes))
      returns.set(node, [...new Set([...(returns.get(node) ?? []), ...own])]);
  for (const [node, own] of returns) if (own.length > MOST_RETURNS) returns.delete(node);
  return returns;
}

/** The returns of the function that starts at a node: calls are stepped over, not followed. */
function returnsOf(
  callee: number,
  blocks: readonly Block[],
  nodes: ReadonlyMap<number, number>,
): readonly number[] {
  const queue = [callee];
  const seen = new Set(queue);
  const found: number[] = [];
  for (const node of queue) {
    const block = blocks[node - 1];
    if (isReturn(block)) found.push(node);
    const last = block.instructions.at(-1);
    const isJump = block.end === "jump" || block.end === "indirect";
    const isCall = isJump && last !== undefined && rdOf(last.word) !== 0;
    const after = block.end === "leave" ? landingsOf(block) : [];
    for (const pc of isCall ? [block.next] : [...directTargets(block), ...after]) {
      const next = nodes.get(pc);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return found;
}
