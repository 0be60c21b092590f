// INV-10: at most one live machine. For each generation one owner wins the flag; a superseded node
// falls silent within the detection timeout and the settling time; nobody executes on inputs of
// its own once it was told that it lost, and two machines never live side by side.
//
// A superseded primary that could not reach storage may go on executing in silence: nothing of it
// gets out (R-5.4), and it halts when it is told. Its late network outputs are INV-04's business.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk, nearer } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface Moment {
  readonly time: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  winners: Map<number, { readonly owner: NodeName; readonly fact: number }>;
  /** When the storage told a node that the VM is not its own: a lost flag or a fenced command. */
  told: Map<NodeName, Moment>;
  /** First live act of a machine that never had the flag. */
  rogue: Map<NodeName, Moment>;
  resumed: Map<NodeName, number>;
  /** When each node spoke to the network last, and who has spoken since it has the VM. */
  spoke: Map<NodeName, number>;
  speaker: NodeName | null;
  nearest: number | undefined;
  reported: Set<NodeName>;
  looked: number;
}

export const SINGLE_LIVE: CheckerKind = defineChecker({
  name: "single-live",
  invariants: ["INV-10"],
  rejects: "two owners of one generation; a superseded node that still speaks; two live machines",
  property: "safety",
  appliesTo: "any",
  hears: [
    "host",
    "machine-start",
    "crossing",
    "release",
    "disk-apply",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    winners: new Map(),
    told: new Map(),
    rogue: new Map(),
    resumed: new Map(),
    spoke: new Map(),
    speaker: null,
    nearest: undefined,
    reported: new Set(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "test-and-set") judgeWinner(state, fact, index, desk);
    observeReign(state.reign, fact, index);
    // What it was told of an earlier generation is over once it has the VM.
    if (fact.kind === "test-and-set" || fact.kind === "open-generation")
      state.told.delete(state.reign.authority);
    if (fact.kind === "machine-start") {
      state.told.delete(fact.node);
      state.rogue.delete(fact.node);
      state.reported.delete(fact.node);
    } else if (fact.kind === "host" && (fact.what === "resume" || fact.what === "unstall"))
      state.resumed.set(fact.node, fact.time);
    noteTold(state, fact, index);
    if (fact.kind === "crossing" && fact.isLive) judgeExecution(state, fact, index, desk);
    else if (fact.kind === "release" && isOutput(fact)) {
      judgeRelease(state, fact, index, desk);
      measure(state, fact);
    }
  },
  describe: (state) => ({
    summary: `${count(state.looked, "live act")}, ${count(state.winners.size, "flag")} won, ${count(state.reign.takeovers, "takeover")}; never two live machines`,
    looked: state.looked,
    idle: "no machine did anything of its own",
  }),
  closeness: {
    unit: "ns",
    between: "the last word of the old owner of the VM and the first of the new one",
    of: ({ nearest }) => nearest,
  },
});

/** A superseded node may still let out what its backup had acknowledged: that is as near as it gets. */
function measure(state: State, { node, time, outputClass }: FactOf<"release">): void {
  if (outputClass !== "network") return;
  const { authority, superseded } = state.reign;
  if (superseded !== null && node === superseded && state.speaker === authority) state.nearest = 0;
  state.spoke.set(node, time);
  if (node !== authority || state.speaker === authority) return;
  state.speaker = authority;
  const last = superseded === null ? undefined : state.spoke.get(superseded);
  if (last !== undefined) state.nearest = nearer(state.nearest, time - last);
}

function judgeWinner(state: State, fact: FactOf<"test-and-set">, index: number, desk: Desk): void {
  if (fact.result !== "won") return;
  const first = state.winners.get(fact.generation);
  if (first === undefined) {
    state.winners.set(fact.generation, Object.freeze({ owner: fact.owner, fact: index }));
    return;
  }
  if (first.owner === fact.owner) return;
  desk.report({
    invariant: "INV-10",
    time: fact.time,
    message: `${at(fact.time)} ${fact.owner} won the test-and-set of generation ${fact.generation}, which ${first.owner} had won before: two nodes may go live`,
    facts: [first.fact, index],
  });
}

function noteTold(state: State, fact: Fact, index: number): void {
  const isRefusal =
    (fact.kind === "test-and-set" && fact.result === "lost") ||
    (fact.kind === "disk-apply" && fact.result === "fenced");
  if (!isRefusal) return;
  const node = fact.kind === "test-and-set" ? fact.owner : fact.node;
  if (node === state.reign.authority || state.told.has(node)) return;
  state.told.set(node, Object.freeze({ time: fact.time, fact: index }));
}

/** From when a node can be expected to know: a paused host learns nothing. */
function since(state: State, node: NodeName, time: number): number {
  return Math.max(time, state.resumed.get(node) ?? 0);
}

function judgeExecution(state: State, fact: FactOf<"crossing">, index: number, desk: Desk): void {
  state.looked += 1;
  const { node, time } = fact;
  const bound = desk.context.settleBound;
  if (node === state.reign.authority) {
    for (const [rogue, first] of state.rogue)
      if (time > first.time + bound)
        report(state, rogue, desk, {
          time: first.time,
          message: `${at(first.time)} ${rogue} took input of its own without ever having won the flag, and ${node} was still live ${at(time)}: two live machines`,
          facts: [first.fact, index],
        });
    return;
  }
  const told = state.told.get(node);
  if (told !== undefined) {
    if (time > since(state, node, told.time) + bound)
      report(state, node, desk, {
        time,
        message: `${at(time)} ${node} still took ${fact.crossing} input of its own, though the storage told it ${at(told.time)} that ${state.reign.authority} has the VM: two live machines`,
        facts: [state.reign.wonFact, told.fact, index],
      });
  } else if (!state.reign.hadIt.includes(node) && !state.rogue.has(node))
    state.rogue.set(node, Object.freeze({ time, fact: index }));
}

function judgeRelease(state: State, fact: FactOf<"release">, index: number, desk: Desk): void {
  state.looked += 1;
  const { node, time } = fact;
  // Disk commands of a superseded node are refused by the storage: INV-25 looks at that.
  if (node === state.reign.authority || state.reign.wonAt < 0 || fact.outputClass === "disk")
    return;
  const { authority, wonAt, wonFact, left } = state.reign;
  // A later takeover gives a node that was superseded before no more time.
  const leaving = left.get(node);
  const superseded = leaving?.how === "taken" ? leaving : { time: wonAt, fact: wonFact };
  const deadline = since(state, node, superseded.time) + silenceBound(desk.context);
  if (time <= deadline) return;
  const whose = superseded.fact === wonFact ? `${authority} had won the VM` : "it was superseded";
  report(state, node, desk, {
    time,
    message: `${at(time)} ${node} still released ${fact.outputClass} output ${fact.ordinal}, though ${whose} ${at(superseded.time)}: two nodes speak for one VM`,
    facts: [superseded.fact, index],
  });
}

function silenceBound(context: CheckerContext): number {
  return context.detectionTimeout + context.settleBound;
}

function report(
  state: State,
  node: NodeName,
  desk: Desk,
  what: { readonly time: number; readonly message: string; readonly facts: readonly number[] },
): void {
  if (state.reported.has(node)) return;
  state.reported.add(node);
  desk.report({ invariant: "INV-10", ...what });
}
