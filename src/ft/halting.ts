// The end of a replica: it executes nothing, releases nothing, announces nothing (R-5.3, INV-12).

import { enterRole, type Step } from "./parts.ts";

const TIMERS = [
  "heartbeat",
  "progress",
  "detector",
  "grace",
  "arbiter",
  "announce",
  "guest",
  "batch",
  "copy",
  "switch",
  "open",
  "protect",
  "report",
  "receive",
];

/** `why`: what the world is told when the end was wanted. */
export function haltReplica(step: Step, reason: string, why?: string): void {
  const { parts, out } = step;
  if (parts.control.role === "HALTED") return;
  const held = parts.gate.takeAll();
  if (held.length > 0) out.mark("halt-drops-held-outputs");
  if (held.length > 0) out.push({ kind: "drop", ordinals: held.map(({ ordinal }) => ordinal) });
  for (const timer of TIMERS) out.push({ kind: "cancel-timer", timer });
  parts.deferred = [];
  parts.arriving = [];
  out.vm(why === undefined ? { do: "halt" } : { do: "halt", why });
  enterRole(step, "HALTED", reason);
}
