// INV-17: a backup that has asked for the flag acknowledges nothing any more in that generation. The
// frozen acks are what keeps the old primary from letting anything new out.

import { count } from "../base/words.ts";
import type { NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, nearer } from "./define.ts";
import { at } from "./words.ts";

interface Request {
  readonly generation: number;
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** The first request of each node in its newest generation. */
  requests: Map<NodeName, Request>;
  /** When each node sent an ack last. */
  acked: Map<NodeName, number>;
  nearest: number | undefined;
  looked: number;
}

export const ACK_FREEZE: CheckerKind = defineChecker({
  name: "ack-freeze",
  invariants: ["INV-17"],
  rejects: "an ack that a backup sends after it asked for the flag",
  property: "safety",
  appliesTo: "replay",
  hears: ["test-and-set", "log-ack-send", "test-and-set-request"],
  begin: (): State => ({ requests: new Map(), acked: new Map(), nearest: undefined, looked: 0 }),
  observe(state, fact, index, desk) {
    // The storage saw the request, whether or not the node claims to have sent it.
    if (fact.kind === "test-and-set-request" || fact.kind === "test-and-set") {
      const node = fact.kind === "test-and-set" ? fact.owner : fact.node;
      const { generation, time } = fact;
      if ((state.requests.get(node)?.generation ?? -1) >= generation) return;
      state.requests.set(node, Object.freeze({ generation, time, fact: index }));
      const acked = state.acked.get(node);
      if (acked !== undefined) state.nearest = nearer(state.nearest, time - acked);
      state.looked += 1;
    } else if (fact.kind === "log-ack-send") {
      state.acked.set(fact.node, fact.time);
      const request = state.requests.get(fact.node);
      if (request === undefined || request.generation !== fact.generation) return;
      desk.report({
        invariant: "INV-17",
        time: fact.time,
        message: `${at(fact.time)} ${fact.node} acknowledged the log through entry ${fact.through}, though it had asked for the flag of generation ${fact.generation} ${at(request.time)}: acks freeze first`,
        facts: [request.fact, index],
      });
    }
  },
  describe: (state) => ({
    summary: `${count(state.looked, "node")} asked for the flag, no ack after that`,
    looked: state.looked,
    idle: "nobody asked for the flag",
  }),
  closeness: {
    unit: "ns",
    between: "the last ack of a backup and its request for the flag",
    of: ({ nearest }) => nearest,
  },
});
