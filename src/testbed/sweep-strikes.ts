// What a sweep does at a boundary: a fault on a target, as a hand would do it, ended after a while
// where it has an end. Written in words: `crash`, `pause for=300ms`, `slow to=5% on=h1,h2`.

import { err, ok, type Result } from "../base/result.ts";
import { type Duration, formatDuration } from "../base/time.ts";
import { destroysDurable, losesHost } from "../faults/budget.ts";
import { type FaultKind, SPARE } from "../faults/fault.ts";
import { type Act, showsPosition } from "../faults/operator.ts";
import { FAULT_KINDS } from "../faults/registry.ts";
import { actProblem, faultOfAct } from "./acts.ts";
import { STRENGTH_EXAMPLES } from "./fault-plan.ts";
import type { Scenario } from "./scenario.ts";
import { PAIR } from "./topology.ts";
import { parseDuration } from "./units.ts";
import { STORAGE } from "./wires.ts";

export interface Strike {
  readonly act: Act;
  /** Until it is ended; undefined: it has no end. */
  readonly lasts: Duration | undefined;
}

/** Every kind that can strike this world, with usual figures on its usual targets. */
export const ALL_KINDS = "all";

export interface Strikes {
  readonly strikes: readonly Strike[];
  /** Of `all`: the kinds that cannot strike here, and why. */
  readonly leftOut: readonly string[];
}

/** `nodes`: the hosts that are struck where a text does not say on what. */
export function readStrikes(
  texts: readonly string[],
  scenario: Scenario,
  nodes: readonly string[],
): Result<Strikes> {
  const strikes: Strike[] = [];
  const leftOut: string[] = [];
  for (const text of texts) {
    if (text === ALL_KINDS) {
      const all = strikesOfAll(scenario, nodes);
      strikes.push(...all.strikes);
      leftOut.push(...all.leftOut);
      continue;
    }
    const read = readStrike(text, scenario, nodes);
    if (!read.ok) return err(`${text}: ${read.error}`);
    strikes.push(...read.value);
  }
  return ok({ strikes, leftOut });
}

function strikesOfAll(scenario: Scenario, nodes: readonly string[]): Strikes {
  const strikes: Strike[] = [];
  const leftOut: string[] = [];
  for (const kind of FAULT_KINDS) {
    const read = readStrike(kind.name, scenario, nodes);
    if (read.ok) strikes.push(...read.value);
    else leftOut.push(`${kind.name}: ${read.error}`);
  }
  return { strikes, leftOut };
}

function readStrike(
  text: string,
  scenario: Scenario,
  nodes: readonly string[],
): Result<readonly Strike[]> {
  const [name = "", ...words] = text.split(" ").filter((word) => word !== "");
  const kind = FAULT_KINDS.find((one) => one.name === name);
  if (kind === undefined)
    return err(
      `no fault ${name}; expected ${ALL_KINDS} or one of ${FAULT_KINDS.map((one) => one.name).join(", ")}`,
    );
  if (kind.needs.includes("onto") && scenario.topology.hosts === PAIR.length)
    return err(`no spare host to ${name} to: expected topology.hosts: 3 or more`);
  const said = (key: string): string | undefined =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const lasts = lengthOf(said("for"), kind, scenario);
  if (!lasts.ok) return lasts;
  const own = words.filter((word) => !word.startsWith("on=") && !word.startsWith("for="));
  const figures = [...own, ...usualFigures(kind, own)];
  const targets = said("on")?.split(",") ?? usualTargets(kind, nodes);
  const strikes: Strike[] = [];
  for (const target of targets) {
    const act: Act = {
      phase: "start",
      kind: name,
      target,
      ...(figures.length === 0 ? {} : { figures }),
    };
    const problem = actProblem(scenario, act);
    if (problem !== undefined) return err(problem);
    strikes.push({ act, lasts: lasts.value });
  }
  return ok(strikes);
}

/** Where nothing is said, an end comes when the others have noticed: twice their patience. */
function lengthOf(
  text: string | undefined,
  kind: FaultKind,
  { protocol }: Scenario,
): Result<Duration | undefined> {
  if (!kind.canEnd)
    return text === undefined
      ? ok(undefined)
      : err(`${kind.name} has no end: \`for\` says nothing`);
  if (text !== undefined) return parseDuration(text);
  const patience = Math.max(protocol["heartbeat-timeout"], protocol["log-timeout"]);
  return ok((2 * patience) as Duration);
}

function usualFigures({ needs }: FaultKind, own: readonly string[]): readonly string[] {
  const figures: string[] = [];
  for (const [strength, example] of STRENGTH_EXAMPLES) {
    const [key = "", value = ""] = example.split(": ");
    if (!needs.includes(strength) || own.some((word) => word.startsWith(`${key}=`))) continue;
    figures.push(`${key}=${strength === "onto" ? SPARE : value}`);
  }
  return figures;
}

function usualTargets({ aim }: FaultKind, nodes: readonly string[]): readonly string[] {
  if (aim === "links") return ["log-link", ...nodes.map((node) => `${node}-all`)];
  if (aim === "storage") return [STORAGE];
  return aim === "node" ? nodes : [...nodes, STORAGE];
}

/** In words: "pause h1 for 300 ms", "slow h1 to=5% for 300 ms". */
export function strikeName({ act, lasts }: Strike): string {
  const words = [act.kind, act.target, ...(act.figures ?? [])];
  return [...words, ...(lasts === undefined ? [] : ["for", formatDuration(lasts)])].join(" ");
}

/** Whether its host is lost by it, for good as far as its VM goes. */
export function losesItsHost({ act }: Strike): boolean {
  const kind = kindOf(act);
  return kind !== undefined && losesHost(kind, faultOfAct(act));
}

/** Such a strike needs a world whose machines are where the clock is (ADR 9). */
export function showsItsPosition({ act }: Strike): boolean {
  const kind = kindOf(act);
  return kind !== undefined && showsPosition(kind, act.phase);
}

/** What no run need survive in service: what was durable is lost, or the guest is told of errors. */
export function mayEndService({ act }: Strike): boolean {
  const kind = kindOf(act);
  return kind !== undefined && (destroysDurable(kind) || kind.bite === "errored");
}

function kindOf({ kind }: Act): FaultKind | undefined {
  return FAULT_KINDS.find(({ name }) => name === kind);
}
