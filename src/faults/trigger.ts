// Faults that strike when something happens: "the third network release by the primary". A trigger
// looks at facts as they are emitted and fires once.

import type { VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";

export interface Trigger {
  readonly event: TriggerEvent;
  /** What kind of it: an output class, an entry kind, a disk operation, a role, a number; "" for any. */
  readonly of: string;
  /** A node or a role; "" for anybody. */
  readonly by: string;
  /** Fires at the n-th match, from 1. */
  readonly nth: number;
  /** Matches before this moment do not count. */
  readonly from: VirtualTime;
}

export const TRIGGER_EVENTS = [
  "release",
  "append",
  "ack-send",
  "ack-receive",
  "disk-apply",
  "test-and-set",
  "open-generation",
  "copy",
  "role",
  "invoke",
  "ok",
  "in-flight",
] as const;
export type TriggerEvent = (typeof TRIGGER_EVENTS)[number];

export function matchesTrigger(
  trigger: Trigger,
  fact: Fact,
  nodeOf: (name: string) => string,
  inFlight: number,
): boolean {
  if (fact.time < trigger.from) return false;
  // "at least N operations invoked and not answered": asked whenever one more is.
  if (trigger.event === "in-flight")
    return isInvocation(fact) && inFlight >= Number.parseInt(trigger.of, 10);
  const seen = view(fact);
  if (seen === undefined || seen.event !== trigger.event) return false;
  if (trigger.of !== "" && trigger.of !== seen.of) return false;
  return trigger.by === "" || nodeOf(trigger.by) === seen.by;
}

/** How many operations are in flight after this fact. */
export function countInFlight(inFlight: number, fact: Fact): number {
  if (fact.kind !== "client") return inFlight;
  return fact.event.kind === "invoke" ? inFlight + 1 : inFlight - 1;
}

function isInvocation(fact: Fact): boolean {
  return fact.kind === "client" && fact.event.kind === "invoke";
}

interface View {
  readonly event: TriggerEvent;
  readonly of: string;
  readonly by: string;
}

function view(fact: Fact): View | undefined {
  switch (fact.kind) {
    case "release":
      return { event: "release", of: fact.outputClass, by: fact.node };
    // Sent to the host's own disk: where it went is no matter to who waits for it.
    case "disk-issue":
      return { event: "release", of: "disk", by: fact.node };
    case "log-append":
      return { event: "append", of: fact.entry, by: fact.node };
    case "log-ack-send":
      return { event: "ack-send", of: "", by: fact.node };
    case "log-ack-receive":
      return { event: "ack-receive", of: "", by: fact.node };
    case "disk-apply":
      return { event: "disk-apply", of: fact.disk.op, by: fact.node };
    case "test-and-set":
      return { event: "test-and-set", of: fact.result, by: fact.owner };
    case "open-generation":
      return { event: "open-generation", of: fact.result, by: fact.opener };
    case "copy":
      return { event: "copy", of: fact.stage, by: fact.node };
    case "role":
      return { event: "role", of: fact.role, by: fact.node };
    case "client":
      if (fact.event.kind !== "invoke" && fact.event.kind !== "ok") return undefined;
      return { event: fact.event.kind, of: fact.event.op.kind, by: `c${fact.event.client + 1}` };
    default:
      return undefined;
  }
}
