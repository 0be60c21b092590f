// Once everything has healed nothing strikes any more, and a service has a time to settle in. What a
// client asks after that is answered while it waits. What it asked before may get lost, since its TCP
// has backed off meanwhile; but then it asks again. So a question that came later, which a client gave
// up after waiting as long as clients do, and in whose time nobody else was answered either, shows that
// there is no service. A question is an operation, or an attempt to connect.

import type { FactOf } from "../history/fact.ts";
import type { CheckerContext } from "./checker.ts";

export interface Healed {
  /** When everything was healed; -1 before. */
  at: number;
  /** When somebody was answered last; -1 before. */
  answered: number;
  /** Questions that clients gave up since then, after waiting at least as long as for a connection. */
  inVain: number;
}

export interface Question {
  readonly asked: number;
  /** When it was given up, or the run ended. */
  readonly until: number;
  /** So long clients wait for such a one. */
  readonly patience: number;
  readonly what: string;
}

export function startHealed(): Healed {
  return { at: -1, answered: -1, inVain: 0 };
}

export function noteAnswer(healed: Healed, time: number): void {
  healed.answered = time;
  healed.inVain = 0;
}

/** An operation that is without an answer until then. */
export function operationInVain(
  opId: string,
  asked: number,
  until: number,
  { clientPatience }: CheckerContext,
): Question {
  return { asked, until, patience: clientPatience.reply, what: `operation ${opId}` };
}

/** An attempt to connect that nothing answered; undefined for what else becomes of connections. */
export function connectionInVain(
  { time, client, what }: FactOf<"client-connection">,
  { clientPatience }: CheckerContext,
): Question | undefined {
  if (what !== "timeout") return undefined;
  const patience = clientPatience.connect;
  return {
    asked: time - patience,
    until: time,
    patience,
    what: `an attempt of ${client} to connect`,
  };
}

/** Takes note of a question in vain; says whether it shows that there is no service. */
export function showsNoService(
  healed: Healed,
  { asked, until, patience }: Question,
  context: CheckerContext,
): boolean {
  const { connect } = context.clientPatience;
  if (healed.at < 0 || until - Math.max(asked, healed.at, healed.answered) < connect) return false;
  healed.inVain += 1;
  const isAlone = healed.answered <= Math.max(asked, healed.at);
  if (!isAlone || until - asked < patience) return false;
  const settled = healed.at + settleTime(context);
  // The gaps between what a TCP sends again double: the next one is as long as all before together, and
  // one first timeout, which is shorter than an attempt to connect.
  return asked >= settled || until - asked >= 2 * (settled - asked) + connect;
}

/** Within this a service is there again: the others notice, and it is settled who has it. */
export function settleTime({ detectionTimeout, settleBound }: CheckerContext): number {
  return detectionTimeout + settleBound;
}
