// For how long the service was away, takeover by takeover, and for how long it had no backup: said in
// the terminal and above the charts.

import { formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import type { Figures } from "./figures.ts";
import type { Exposure } from "./generations.ts";
import type { Takeover } from "./story.ts";

/** More of them are told by the longest. */
const EACH_MAX = 4;

/**
 * A line for each takeover: "server away 1.966 s = 1.961 detect + 0.002 test-and-set + 0.003 catch up".
 * Of many, how many and the longest.
 */
export function describeAway(figures: Figures): readonly string[] {
  const { takeovers, slowest } = figures;
  const waited = slowest === undefined ? "" : `slowest client ${seconds(slowest.latency)} s`;
  const [first] = takeovers;
  if (first === undefined) return [];
  if (takeovers.length === 1)
    return [[awayOf(first), waited].filter((one) => one !== "").join("; ")];
  if (takeovers.length <= EACH_MAX)
    return [...takeovers.map((one) => `${awayOf(one)} (${one.node})`), waited].filter(
      (one) => one !== "",
    );
  const longest = takeovers.reduce((most, one) => (awayTime(one) > awayTime(most) ? one : most));
  const total = takeovers.reduce((sum, one) => sum + awayTime(one), 0);
  const at = `${longest.node} at ${seconds(longest.liveAt)} s`;
  return [
    `${count(takeovers.length, "takeover")}, server away ${seconds(total)} s in all`,
    `the longest: ${awayOf(longest)} (${at})`,
    waited,
  ].filter((one) => one !== "");
}

/** "2 in flight at the fault, 676 answered after the go-live"; "" without a takeover. */
export function describeAcross(figures: Figures): string {
  const { takeovers, inFlightAtFault, answeredAfterGoLive } = figures;
  if (takeovers.length === 0) return "";
  const many = takeovers.length > 1;
  const before = many ? count(takeovers.length, "fault") : "the fault";
  return `${number(inFlightAtFault)} in flight at ${before}, ${number(answeredAfterGoLive)} answered after the ${many ? "last " : ""}go-live`;
}

/** "2.009 s until generation 2; 5.084 s until the end". Of many, their sum and the longest. */
export function describeExposures(exposures: readonly Exposure[]): string {
  const ended = exposures.filter(({ to }) => to !== null);
  const lengths = ended.map(({ from, to }) => (to ?? from) - from);
  const open = exposures.flatMap(({ to, from }) =>
    to === null ? [`from ${seconds(from)} s to the end`] : [],
  );
  if (ended.length <= EACH_MAX) {
    const each = ended.map(({ generation }, at) => {
      const until = generation > 0 ? `until generation ${generation}` : "until it stopped";
      return `${seconds(lengths[at] ?? 0)} s ${until}`;
    });
    return [...each, ...open].join("; ");
  }
  const total = lengths.reduce((sum, one) => sum + one, 0);
  const longest = lengths.reduce((most, one) => Math.max(most, one), 0);
  const many = `${count(ended.length, "time")}, ${seconds(total)} s in all, ${seconds(longest)} s at most`;
  return [many, ...open].join("; ");
}

function awayOf(takeover: Takeover): string {
  const { suspectedAt, wonAt, liveAt, unansweredSince } = takeover;
  if (awayTime(takeover) === 0) return "no client waited for the takeover";
  // Of each part only what clients felt: an old primary may have served all along.
  const part = (from: number, to: number): string =>
    seconds(Math.max(0, to - Math.max(from, unansweredSince)));
  return `server away ${part(0, liveAt)} s = ${part(0, suspectedAt)} detect + ${part(suspectedAt, wonAt)} test-and-set + ${part(wonAt, liveAt)} catch up`;
}

function awayTime({ liveAt, unansweredSince }: Takeover): number {
  return Math.max(0, liveAt - unansweredSince);
}

function seconds(ns: number): string {
  return formatSeconds(ns, 3);
}
