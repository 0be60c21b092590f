// The guest stands still for the last round of a copy, and goes on. What devices have for it meanwhile
// waits; frames are lost, as on any network interface whose host is busy.

import { isStandingStill, type Step, updateControl } from "./parts.ts";
import { deliverDeferred } from "./live-inputs.ts";

export function standStill(step: Step): void {
  const { parts, out } = step;
  if (parts.control.isSwitching) return;
  updateControl(parts, (control) => {
    control.isSwitching = true;
  });
  if (parts.arriving.length > 0) out.mark("arriving-frames-lost-to-a-copy");
  parts.arriving = [];
  out.vm({ do: "pause" });
}

export function resumeGuest(step: Step): void {
  const { parts, out } = step;
  if (!parts.control.isSwitching) return;
  updateControl(parts, (control) => {
    control.isSwitching = false;
  });
  if (isStandingStill(parts)) return;
  out.vm({ do: "resume" });
  deliverDeferred(step);
}
