// What stands beside the drawing: the clients' figures, what happened, and at the end the verdict with
// its checkers, the digest, and the command that does it again in a terminal.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import type { Moment } from "../report/story.ts";
import { printable } from "../report/text.ts";
import { el } from "./dom.ts";
import type { ConsoleView, Ending, Update } from "./messages.ts";

const LINES_MAX = 400;

export function showClients(into: Element, { clients }: Update): void {
  const { asked, answered, failed, inFlight, rate, median, slowest } = clients;
  const row = (name: string, value: string, kind: string = ""): readonly HTMLElement[] => [
    el("dt", {}, name),
    el("dd", { class: kind }, value),
  ];
  into.replaceChildren(
    ...row("answers in the last second", number(rate)),
    ...row("latency, half below", rate === 0 ? "-" : formatDuration(median)),
    ...row("slowest", rate === 0 ? "-" : formatDuration(slowest)),
    ...row("waiting", number(inFlight), inFlight > 0 && rate === 0 ? "bad" : ""),
    ...row("answered", `${number(answered)} of ${number(asked)}`),
    ...row("failed", number(failed), failed > 0 ? "bad" : ""),
  );
}

export function showMoments(into: Element, moments: readonly Moment[]): void {
  into.replaceChildren(
    ...moments.map(({ time, kind, what, detail }) =>
      el(
        "li",
        { class: `moment ${kind}` },
        el("time", {}, formatSeconds(time, 3)),
        el(
          "span",
          {},
          el("b", {}, printable(titleOf(kind, what))),
          detail === "" ? "" : el("small", {}, printable(detail)),
        ),
      ),
    ),
  );
  into.lastElementChild?.scrollIntoView({ block: "nearest" });
}

function titleOf(kind: Moment["kind"], what: string): string {
  if (kind === "fault") return `fault: ${what}`;
  return kind === "fault-over" ? `over: ${what}` : what;
}

export function showConsoles(into: Element, consoles: readonly ConsoleView[]): void {
  into.replaceChildren(
    ...consoles.map(({ node, lines }) =>
      el(
        "section",
        {},
        el("h3", {}, node),
        el(
          "pre",
          { tabindex: 0 },
          lines
            .slice(-LINES_MAX)
            .map(
              ({ time, text }) =>
                `${time === null ? "boot" : formatSeconds(time, 3)}`.padStart(9) +
                `  ${printable(text)}`,
            )
            .join("\n"),
        ),
      ),
    ),
  );
}

export function showEnding(into: Element, ending: Ending): void {
  const { verdict, valid, judged, finding, exhausted, digest, events, facts, checkers } = ending;
  const rows = checkers.map((checker) =>
    el(
      "tr",
      { class: checker.verdict },
      el("td", {}, checker.name),
      el("td", {}, checker.verdict),
      el("td", {}, printable(checker.summary)),
    ),
  );
  into.replaceChildren(
    el(
      "p",
      { class: `verdict ${verdict}` },
      el("b", {}, verdict.toUpperCase()),
      ` ${valid} of ${judged} checkers, ${number(facts)} facts, ${number(events)} events`,
    ),
    ...(finding === undefined
      ? []
      : [
          el(
            "p",
            { class: "finding" },
            printable(`${finding.checker} (${finding.invariant}): ${finding.message}`),
          ),
        ]),
    ...(exhausted === "" ? [] : [el("p", { class: "finding" }, printable(exhausted))]),
    el("p", {}, "digest ", el("code", { id: "digest" }, digest)),
    el("details", {}, el("summary", {}, "every checker"), el("table", {}, ...rows)),
  );
}
