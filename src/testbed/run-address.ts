// A run as one line of text, which a browser keeps behind the # of its address and a terminal takes
// as an argument: scenario, seed, what was changed, and everything that a person did to it.
//
//   scenario=failover&seed=42&do=2.380000001~crash~h1&do=2.500000000~cut~log-link&do=2.7...~end-cut~log-link
//
// Encoded and decoded text are the same run; what is damaged is refused in one line.

import { err, ok, type Result } from "../base/result.ts";
import { formatSeconds, virtualTime } from "../base/time.ts";
import { type Act, type Intervention, isTimed } from "../faults/operator.ts";
import { actProblem } from "./acts.ts";
import type { Scenario } from "./scenario.ts";

export interface RunAddress {
  readonly scenario: string;
  readonly seed: string;
  /** `key=value`, as for --set. */
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly interventions: readonly Intervention[];
  /** Of the run's end, once it is known. */
  readonly digest: string | undefined;
}

const SEED_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_FORM = /^[a-z0-9][a-z0-9-]{0,63}$/;
const DIGEST_FORM = /^[0-9a-f]{16}$/;
const TEXT_MAX = 100_000;
const INTERVENTIONS_MAX = 1_000;
const FIGURE_FORM = "~[a-z]{2,9}=[A-Za-z0-9.%/-]{1,32}";
const ACT_FORM = `~(end-)?([a-z][a-z-]{0,31})~([a-z0-9:>-]{1,64})((?:${FIGURE_FORM}){0,4})$`;
const TIMED_FORM = new RegExp(`^(\\d{1,5})\\.(\\d{9})${ACT_FORM}`);
const GAP_FORM = new RegExp(`^@(\\d{1,12})${ACT_FORM}`);

export function isSeed(text: string): boolean {
  return SEED_FORM.test(text);
}

export function encodeAddress(address: RunAddress): string {
  const { scenario, seed, set, without, bug, interventions, digest } = address;
  const parts: (readonly [string, string])[] = [
    ["scenario", scenario],
    ["seed", seed],
    ...set.map((text) => ["set", text] as const),
    ...without.map((name) => ["without", name] as const),
    ...bug.map((name) => ["bug", name] as const),
    ...interventions.map((one) => ["do", encodeIntervention(one)] as const),
    ...(digest === undefined ? [] : [["digest", digest] as const]),
  ];
  return parts
    .map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%3A", ":")}`)
    .join("&");
}

/** What stands behind the #, or a whole address that has one. */
export function parseAddress(text: string): Result<RunAddress> {
  if (text.length > TEXT_MAX) return err(`address: longer than ${TEXT_MAX} characters`);
  const values = new Map<string, string[]>();
  for (const part of text.slice(text.indexOf("#") + 1).split("&")) {
    const equals = part.indexOf("=");
    const key = part.slice(0, Math.max(0, equals));
    const value = decoded(part.slice(equals + 1));
    if (!KEYS.includes(key) || value === undefined)
      return err(`address: "${shown(part)}": expected KEY=VALUE with a key of ${KEYS.join(", ")}`);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const [scenario = "", ...moreScenarios] = values.get("scenario") ?? [];
  const [seed = "", ...moreSeeds] = values.get("seed") ?? [];
  const [digest, ...moreDigests] = values.get("digest") ?? [];
  if (moreScenarios.length + moreSeeds.length + moreDigests.length > 0)
    return err("address: scenario, seed and digest may stand there once");
  if (!NAME_FORM.test(scenario)) return err(`address: no scenario "${shown(scenario)}"`);
  if (!isSeed(seed)) return err(`address: seed "${shown(seed)}": expected letters and digits`);
  if (digest !== undefined && !DIGEST_FORM.test(digest))
    return err(`address: digest "${shown(digest)}": expected 16 hexadecimal digits`);
  const interventions = parseInterventions(values.get("do") ?? []);
  if (!interventions.ok) return err(`address: ${interventions.error}`);
  return ok({
    scenario,
    seed,
    set: values.get("set") ?? [],
    without: values.get("without") ?? [],
    bug: values.get("bug") ?? [],
    interventions: interventions.value,
    digest,
  });
}

const KEYS: readonly string[] = ["scenario", "seed", "set", "without", "bug", "do", "digest"];

/** "2.380000001~end-cut~log-link"; after an event, with a figure: "@12345~slow~h1~to=5%" */
export function encodeIntervention(intervention: Intervention): string {
  const { phase, kind, target, figures = [] } = intervention;
  const when = isTimed(intervention)
    ? formatSeconds(intervention.at, 9)
    : `@${intervention.afterEvent}`;
  const act = `${phase === "end" ? "end-" : ""}${kind}`;
  return [when, act, target, ...figures].join("~");
}

export function parseInterventions(texts: readonly string[]): Result<readonly Intervention[]> {
  if (texts.length > INTERVENTIONS_MAX) return err(`more than ${INTERVENTIONS_MAX} interventions`);
  const interventions: Intervention[] = [];
  let [at, afterEvent] = [0, 1];
  for (const text of texts) {
    const one = parseIntervention(text);
    if (one === undefined)
      return err(
        `"${shown(text)}": expected SECONDS~FAULT~TARGET or @EVENT~FAULT~TARGET, e.g. 2.380000001~crash~h1`,
      );
    const isInOrder = isTimed(one) ? one.at > at : one.afterEvent >= afterEvent;
    if (!isInOrder) return err(`"${text}": expected a moment after the one before it`);
    if (isTimed(one)) at = one.at;
    else afterEvent = one.afterEvent;
    interventions.push(one);
  }
  return ok(interventions);
}

function parseIntervention(text: string): Intervention | undefined {
  const timed = TIMED_FORM.exec(text);
  if (timed !== null) {
    const [, whole, fraction, ...act] = timed;
    return { at: virtualTime(Number(whole) * 1_000_000_000 + Number(fraction)), ...actOf(act) };
  }
  const gap = GAP_FORM.exec(text);
  if (gap === null) return undefined;
  const [, event, ...act] = gap;
  return { afterEvent: Number(event), ...actOf(act) };
}

function actOf([end, kind = "", target = "", figures = ""]: readonly (string | undefined)[]): Act {
  const phase = end === undefined ? "start" : "end";
  if (figures === "") return { phase, kind, target };
  return { phase, kind, target, figures: figures.slice(1).split("~") };
}

/** The first act that cannot be done, in words; undefined when all can. */
export function interventionsProblem(
  scenario: Scenario,
  interventions: readonly Intervention[],
): string | undefined {
  for (const one of interventions) {
    const problem = actProblem(scenario, one);
    if (problem !== undefined) return `${encodeIntervention(one)}: ${problem}`;
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 80);
}
