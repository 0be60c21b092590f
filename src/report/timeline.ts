// Which moments of a run are worth a line when there is room for only so many: what decided the run
// (suspicion, test-and-set, roles) before what was done to it.

import type { Moment, MomentKind } from "./story.ts";

const FIRST_TO_GO: readonly MomentKind[] = ["fault-over", "event", "copy", "fault"];

export function timelineRows(
  moments: readonly Moment[],
  most: number,
): { readonly rows: readonly Moment[]; readonly leftOut: number } {
  let rows = moments;
  // What decided the run does not fit by itself: then its beginning is told as it was.
  if (moments.filter(({ kind }) => !FIRST_TO_GO.includes(kind)).length > most)
    return { rows: moments.slice(0, most), leftOut: moments.length - most };
  for (const kind of FIRST_TO_GO) {
    const surplus = rows.length - most;
    if (surplus <= 0) break;
    // The earliest stay: they are the likelier causes of what follows.
    const stays = rows.filter((moment) => moment.kind === kind).length - surplus;
    let seen = 0;
    rows = rows.filter((moment) => moment.kind !== kind || seen++ < stays);
  }
  return { rows, leftOut: moments.length - rows.length };
}
