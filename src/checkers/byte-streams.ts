// INV-19: what each client's application read is what one server that never failed would have sent
// (the oracle compares, byte for byte), and no connection that was open at a takeover is reset.

import { count } from "../base/words.ts";
import type { FactOf } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface State {
  reign: Reign;
  /** When another node last took over: who wins the flag for itself takes nothing over. */
  taken: { readonly time: number; readonly fact: number } | null;
  /** Bytes compared so far, by connection. */
  compared: Map<string, number>;
  /** Open connections: when they were connected. */
  open: Map<string, number>;
}

export const BYTE_STREAMS: CheckerKind = defineChecker({
  name: "byte-streams",
  invariants: ["INV-19"],
  rejects: "a byte that a single server would not have sent; a connection reset by a takeover",
  property: "safety",
  appliesTo: "any",
  hears: [
    "machine-start",
    "test-and-set",
    "open-generation",
    "client-connection",
    "stream-compared",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    taken: null,
    compared: new Map(),
    open: new Map(),
  }),
  observe(state, fact, index, desk) {
    if (observeReign(state.reign, fact, index) === "taken")
      state.taken = Object.freeze({ time: fact.time, fact: index });
    if (fact.kind === "stream-compared") judgeStream(state, fact, index, desk);
    else if (fact.kind === "client-connection") judgeConnection(state, fact, index, desk);
  },
  describe: (state, { isWithoutStreams }) => {
    const bytes = [...state.compared.values()].reduce((sum, length) => sum + length, 0);
    const connections = [...state.compared.values()].filter((length) => length > 0).length;
    return {
      summary: `${count(connections, "connection")} equal to a machine that never failed, ${count(bytes, "byte")}`,
      looked: connections,
      ...(isWithoutStreams === true ? { idle: "does not apply: no client speaks TCP" } : {}),
      figures: [
        ["connections", connections],
        ["bytes", bytes],
      ],
    };
  },
});

function judgeStream(
  state: State,
  fact: FactOf<"stream-compared">,
  index: number,
  desk: Desk,
): void {
  state.compared.set(fact.connection, fact.bytes);
  if (fact.differsAt < 0) return;
  desk.report({
    invariant: "INV-19",
    time: fact.time,
    message: `${at(fact.time)} what client ${fact.client} read on connection ${fact.connection} differs at byte ${fact.differsAt} from what a machine that never failed would have sent (${count(fact.bytes, "byte")} compared)`,
    facts: [index],
  });
}

function judgeConnection(
  state: State,
  fact: FactOf<"client-connection">,
  index: number,
  desk: Desk,
): void {
  if (fact.what === "connected") {
    state.open.set(fact.connection, fact.time);
    return;
  }
  const since = state.open.get(fact.connection);
  state.open.delete(fact.connection);
  if (fact.what !== "reset" || since === undefined) return;
  const { taken, reign } = state;
  if (taken === null || since > taken.time) return;
  desk.report({
    invariant: "INV-19",
    time: fact.time,
    message: `${at(fact.time)} connection ${fact.connection} of client ${fact.client}, open since ${at(since).slice(3)}, was reset after ${reign.authority} took over ${at(taken.time)}: a takeover must not show`,
    facts: [taken.fact, index],
  });
}
