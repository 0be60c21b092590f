// Links become narrow; what waits for the wire beyond its queue is dropped.

import type { FaultKind } from "../fault.ts";

export const BANDWIDTH: FaultKind = {
  name: "bandwidth",
  aim: "links",
  summary: "links carry only so much, `to` a bandwidth",
  needs: ["bandwidth"],
  canEnd: true,
  bite: "throttled",
  start(targets, fault, aim) {
    targets.changeLinks(aim.links, { bitsPerSecond: fault.bandwidth ?? 0 });
    return 0;
  },
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["bitsPerSecond"]),
  describe: (fault) => `${fault.target} carries ${(fault.bandwidth ?? 0) / 1_000_000} Mb/s`,
};
