// The Output Rule on its other side: what is held leaves when the ack of its group is there, or
// all of it, when its node is alone.

import { release } from "./disk-order.ts";
import type { HeldOutput } from "./output-gate.ts";
import { isStandingStill, type Step } from "./parts.ts";

export function releaseAcknowledged(step: Step): void {
  const { parts } = step;
  if (!mayRelease(step)) return;
  for (const held of parts.gate.takeReleasable(parts.primaryLog.ackedThrough)) letOut(step, held);
}

export function releaseAll(step: Step): void {
  const { parts, out } = step;
  const held = parts.gate.takeAll();
  const last = held[held.length - 1];
  if (last !== undefined && parts.config.rules.claims === "acks-never-received")
    out.claim({ kind: "log-ack-receive", through: last.waitsFor, executed: 0 });
  for (const output of held) letOut(step, output);
}

/** H-9: a suspecting primary lets nothing go, whatever acks still come in. */
export function mayRelease(step: Step): boolean {
  const { role } = step.parts.control;
  return role === "PRIMARY" || role === "SOLO" || !step.parts.config.rules.quietSuspect;
}

function letOut(step: Step, held: HeldOutput): void {
  const { context, out } = step;
  out.claim({
    kind: "output-release",
    ordinal: held.ordinal,
    outputClass: held.output.class,
    lsn: held.lsn,
    heldFor: context.now - held.since,
  });
  release(step, { ordinal: held.ordinal, output: held.output });
  if (mayRunAgain(step)) out.vm({ do: "resume" });
}

/** The machine of a primary that stops at its outputs, once the last of them has left. */
function mayRunAgain({ parts }: Step): boolean {
  return !parts.config.rules.runsWhileHeld && parts.gate.heldCount === 0 && !isStandingStill(parts);
}
