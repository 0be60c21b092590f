// The story of a run with what its consoles add to the facts: a guest that brought itself down says so
// there and nowhere else.

import type { ReportRun } from "./report-run.ts";
import { type Moment, type Story, tellStory } from "./story.ts";

/** How the line begins with which a guest gives up. */
export const PANIC = "panic: ";

export function storyOf(run: ReportRun): Story {
  const story = tellStory(run.facts);
  const panics = run.consoles.flatMap((console) => panicsOf(run, console));
  if (panics.length === 0) return story;
  const moments = [...story.moments, ...panics].sort((a, b) => a.time - b.time);
  return { ...story, moments };
}

function panicsOf(
  { facts }: ReportRun,
  { node, lines }: ReportRun["consoles"][number],
): readonly Moment[] {
  return lines.flatMap(({ time, text }): Moment[] => {
    if (time === null || !text.startsWith(PANIC)) return [];
    const fact = facts.findLastIndex(
      (one) =>
        one.kind === "output" &&
        one.outputClass === "console" &&
        one.node === node &&
        one.time <= time,
    );
    if (fact < 0) return [];
    const what = `the guest on ${node} panics`;
    return [{ time, kind: "stopped", node, what, detail: text.slice(PANIC.length), fact }];
  });
}
