// Disk commands that were outstanding at a takeover. The new primary cannot know whether
// they were applied, so it issues them again: each once, in their first order (disk-order.ts).

import type { DiskRequest } from "../vm/exit.ts";
import { release } from "./disk-order.ts";
import type { Step } from "./parts.ts";
import type { NumberedOutput } from "./protocol.ts";

/** Ordinal of a command that is known from the device's state, not from an exit. */
const FROM_DEVICE = -1;

export function reissuePending(step: Step): void {
  const { parts, out } = step;
  const { reissue } = parts.config.rules;
  if (reissue === "none") return;
  const requests = pendingNow(step);
  const pending = requests.map(asOutput);
  if (reissue === "error") {
    for (const request of requests) endRequest(step, request, "error");
    return;
  }
  if (reissue === "assume-done") {
    for (const request of requests) if (request.op !== "read") endRequest(step, request, "ok");
    for (const output of pending)
      if (requestOf(output).op === "read") out.push({ ...output, kind: "release", isAgain: true });
    return;
  }
  if (reissue === "completed-too") {
    const isPending = (ioId: number): boolean => requests.some((request) => request.ioId === ioId);
    for (const write of parts.replay.recentWrites)
      if (write.output.class === "disk" && !isPending(write.output.request.ioId))
        out.push({ ...write, kind: "release", isAgain: true });
  }
  if (reissue === "parallel") {
    for (const output of pending) out.push({ ...output, kind: "release", isAgain: true });
    return;
  }
  for (const output of pending) release(step, output, true);
}

/**
 * Effects are carried out after the step: a completion that the last replayed entry has just
 * injected still looks pending in the step's context.
 */
export function pendingNow({ context, out }: Step): readonly DiskRequest[] {
  const completed = new Set<number>();
  for (const effect of out.list())
    if (effect.kind === "vm" && effect.command.do === "inject") {
      const { entry } = effect.command;
      if (entry.kind === "disk-done") completed.add(entry.ioId);
    }
  return context.pendingDisk().filter(({ ioId }) => !completed.has(ioId));
}

/** Completes it without asking the disk. */
function endRequest(step: Step, { ioId }: DiskRequest, status: "ok" | "error"): void {
  step.out.vm({
    do: "inject",
    entry: { kind: "disk-done", ioId, status, data: new Uint8Array(0) },
    cost: { kind: "none", bytes: 0 },
  });
}

export function asOutput(request: DiskRequest): NumberedOutput {
  return { ordinal: FROM_DEVICE, output: { class: "disk", request } };
}

function requestOf(output: NumberedOutput): DiskRequest {
  if (output.output.class !== "disk") throw new RangeError("not a disk command");
  return output.output.request;
}
