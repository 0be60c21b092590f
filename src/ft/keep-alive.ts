// the signs of life that a replica gives, and what it makes of those of its peer.

import { appendProgress } from "./appending.ts";
import type { SignOfLife } from "./detector.ts";
import { repeatAck } from "./intake.ts";
import type { LogEntry } from "./log-entry.ts";
import type { Message } from "./message.ts";
import { isLogging, isStandingStill, type Parts, type Step, updateControl } from "./parts.ts";
import { throttle } from "./throttle.ts";

export function sendHeartbeat(step: Step): void {
  const { parts, context, out } = step;
  if (!hasPeer(parts)) return;
  out.send({ kind: "heartbeat", sequence: parts.control.heartbeats });
  updateControl(parts, (control) => {
    control.heartbeats += 1;
  });
  out.timer("heartbeat", context.now + parts.config.params.heartbeatInterval);
}

/** Somebody listens for signs of life: not while it is alone, or has no VM. */
function hasPeer({ control }: Parts): boolean {
  return control.isLogging || control.side === "backup";
}

/** a hypervisor is never silent while it works: PROGRESS one way, the current ack the other. */
export function keepAlive(step: Step): void {
  const { parts, context, out } = step;
  if (!hasPeer(parts)) return;
  if (isLogging(parts)) {
    // Its hypervisor says that it lives and why its machine does not run: a full buffer takes no entry,
    // and behind a clone point there is none.
    if (isStandingStill(parts) || standsAtOutput(parts)) {
      out.mark("hypervisor-speaks-for-a-standing-guest");
      out.send({ kind: "stopped", count: context.count });
    } else appendProgress(step);
    const { lagMeter } = parts;
    lagMeter.endPeriod(context.now);
    const { lag } = lagMeter.behind;
    out.claim({ kind: "lag", lag, bufferedEntries: lagMeter.unexecutedEntries });
    throttle(step);
  } else {
    repeatAck(step);
  }
  out.timer("progress", context.now + parts.config.params.progressInterval);
}

/** without its rule: what looks like a hung machine waits for an ack. */
function standsAtOutput({ config, gate }: Parts): boolean {
  return !config.rules.runsWhileHeld && gate.heldCount > 0;
}

export function noteHeard({ parts, context }: Step, message: Message): void {
  const { detector } = parts;
  if (message.kind === "heartbeat") detector.heardHeartbeat(context.uptime);
  else if (message.kind === "entries")
    detector.heardEntries(context.uptime, message.entries.map(signOfLife));
  else detector.heardLog(context.uptime);
}

function signOfLife({ count, body }: LogEntry): SignOfLife {
  return { count, isWaiting: body.kind === "progress" && body.state === "waiting" };
}
