// The two runs that show a hole: as things stand, and with what opens it. The same options whether a
// person types them, a test runs them or docs/holes.md shows them.

import { summarize } from "../../report/summary.ts";
import { type BootCache, createWorld, runToEnd } from "../../testbed/run.ts";
import type { Hole } from "../../testbed/variants/holes.ts";
import { exitOf } from "../exit-codes.ts";
import { findProtocol } from "../protocols.ts";
import { toReportRun } from "../report-input.ts";
import type { RunOptions } from "../run-options.ts";
import { loadScenario } from "../scenarios.ts";
import { resolveVariants } from "../variants.ts";

/** Of every command that is shown. */
export const SHOWN_SEED = "42";

export type HoleState = "closed" | "open";

export interface HoleRun {
  readonly exit: number;
  /** What the terminal shows of it, without its head and its last lines. */
  readonly excerpt: string;
}

export function holeCommand(hole: Hole, state: HoleState): string {
  const base = `npx ftsim run ${hole.scenario} --seed ${SHOWN_SEED}`;
  return state === "closed" ? base : `${base} ${hole.opened}`;
}

export function holeOptions(hole: Hole, state: HoleState, seed: string): RunOptions {
  const [flag = "", value = ""] = state === "open" ? hole.opened.split(" ") : [];
  const valueOf = (name: string): string[] => (flag === name ? [value] : []);
  return {
    scenario: hole.scenario,
    seed,
    without: valueOf("--without"),
    bug: valueOf("--bug"),
    set: valueOf("--set"),
    protocol: undefined,
    out: undefined,
    pcap: false,
    report: false,
    allFacts: false,
    hideBug: false,
    json: false,
    quiet: false,
    verbose: false,
  };
}

export function runHole(engine: BootCache, hole: Hole, state: HoleState, seed: string): HoleRun {
  const options = holeOptions(hole, state, seed);
  const scenario = loadScenario(options.scenario, options.set, seed);
  const created = createWorld(engine, {
    scenario,
    seed,
    protocol: findProtocol(scenario.protocol.name),
    changes: resolveVariants(options.without, options.bug),
    interventions: [],
  });
  if (!created.ok) throw new Error(created.error);
  const result = runToEnd(created.value);
  const extras = { options, reportPath: "", outDir: "", wallSeconds: 0, isInterrupted: false };
  const text = summarize(toReportRun(result, extras));
  created.value.release();
  return { exit: exitOf(result), excerpt: middleOf(text) };
}

/** The moments and the verdict: no version, no digest, no times of this machine. */
function middleOf(text: string): string {
  const paragraphs = text.split("\n\n");
  return paragraphs.slice(1, -1).join("\n\n");
}
