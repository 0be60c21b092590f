// Links keep what arrives and hand it over, in order, when they are let go.

import type { FaultKind } from "../fault.ts";

export const HOLD: FaultKind = {
  name: "hold",
  aim: "links",
  summary: "links keep everything back and deliver it later",
  needs: [],
  canEnd: true,
  start: (targets, _fault, aim) => targets.changeLinks(aim.links, { isHeld: true }),
  end: (targets, _fault, aim) => targets.restoreLinks(aim.links, ["isHeld"]),
  describe: (fault) => `${fault.target} held`,
};
