// `ftsim explain NAME`: a rule, an invariant or checker, a planted bug, a fault, a scenario, a hole, a
// requirement, a mark, a number of the specification: what it means, where the paper says it, what breaks without it, and
// what to run.

import { CHECKERS } from "../../checkers/registry.ts";
import { STRENGTH_EXAMPLES } from "../../testbed/fault-plan.ts";
import { FAULT_KINDS } from "../../faults/registry.ts";
import { INVARIANTS, UNCHECKED } from "../../report/invariants.ts";
import { KNOWN_PROTOCOLS, knownProtocol } from "../../protocols/registry.ts";
import { wrap } from "../../report/text.ts";
import { PLANTED_BUGS } from "../../testbed/variants/bugs.ts";
import { MARKS } from "../../testbed/variants/marks.ts";
import { HOLES } from "../../testbed/variants/holes.ts";
import { PROTECTIONS } from "../../testbed/variants/protections.ts";
import { REQUIREMENTS } from "../documents/requirements.ts";
import { ANY_SEED, loadScenario, scenarioNames } from "../scenarios.ts";
import { closest } from "../suggest.ts";
import { UsageError } from "../usage-error.ts";
import {
  explainHole,
  explainMark,
  explainNumber,
  explainRequirement,
} from "./explain-specification.ts";

type Explainer = (name: string) => readonly string[] | undefined;

const EXPLAINERS: readonly Explainer[] = [
  explainRule,
  explainInvariant,
  explainChecker,
  explainBug,
  explainFault,
  explainProtocol,
  explainScenario,
  explainHole,
  explainRequirement,
  explainNumber,
  explainMark,
];

export function explain(name: string): number {
  const found = explanations(name);
  if (found.length === 0)
    throw new UsageError(
      `nothing is called ${name}${closest(name, everyName())}; see \`ftsim list\``,
    );
  const paragraphs = found.map((lines) => lines.flatMap((line) => wrap(line, 4)).join("\n"));
  process.stdout.write(`${paragraphs.join("\n\n")}\n`);
  return 0;
}

/** One paragraph of lines for everything that this name stands for. */
export function explanations(name: string): readonly (readonly string[])[] {
  return EXPLAINERS.map((explainer) => explainer(name)).filter((text) => text !== undefined);
}

function explainRule(name: string): readonly string[] | undefined {
  const rule = PROTECTIONS.find(
    (candidate) => candidate.name === name || candidate.requirement === name,
  );
  if (rule === undefined) return undefined;
  return [
    `${rule.name}: a rule (${rule.requirement}${rule.paper === "-" ? ", not in the paper" : `, paper ${rule.paper}`})`,
    `  ${rule.meaning}`,
    `  Without it: ${rule.breaks}`,
    `  with        npx ftsim run ${rule.scenario} --seed 42`,
    `  without     npx ftsim run ${rule.scenario} --seed 42 --without ${rule.name}`,
  ];
}

function explainInvariant(name: string): readonly string[] | undefined {
  const id = name.toUpperCase();
  const invariant = INVARIANTS.get(id);
  if (invariant === undefined) return undefined;
  const checkers = CHECKERS.filter(({ invariants }) => invariants.includes(id));
  const checkedBy =
    checkers.length === 0
      ? (UNCHECKED.get(id) ?? "not checked")
      : `checked by ${checkers.map((checker) => checker.name).join(", ")}`;
  return [`${id}: ${invariant.name}`, `  ${invariant.meaning}`, `  ${checkedBy}`];
}

function explainChecker(name: string): readonly string[] | undefined {
  const checkers = CHECKERS.filter(
    (candidate) => candidate.name === name || candidate.invariants.includes(name),
  );
  if (checkers.length === 0) return undefined;
  return checkers.flatMap((checker) => {
    const bugs = PLANTED_BUGS.filter(({ killers }) => killers.includes(checker.name));
    return [
      `${checker.name}: a checker (${checker.invariants.join(", ")}; ${checker.property}; ${checker.appliesTo === "any" ? "judges world facts, for any protocol" : "compares what replicas claim, for replaying protocols"})`,
      `  It rejects: ${checker.rejects}`,
      ...bugs.map(
        (bug) => `  caught      npx ftsim run ${bug.scenario} --seed 42 --bug ${bug.name}`,
      ),
    ];
  });
}

function explainBug(name: string): readonly string[] | undefined {
  const bug = PLANTED_BUGS.find((candidate) => candidate.name === name || candidate.id === name);
  if (bug === undefined) return undefined;
  return [
    `${bug.name}: a planted bug (${bug.id})`,
    `  With it ${bug.meaning}.`,
    `  Caught by ${bug.killers.join(", ")}:`,
    `  run         npx ftsim run ${bug.scenario} --seed 42 --bug ${bug.name}`,
  ];
}

function explainFault(name: string): readonly string[] | undefined {
  const fault = FAULT_KINDS.find((candidate) => candidate.name === name);
  if (fault === undefined) return undefined;
  const target = {
    node: "primary",
    links: "log-link",
    storage: "storage",
    "node-or-storage": "storage",
  }[fault.aim];
  const needs = fault.needs.map((need) => `, ${STRENGTH_EXAMPLES.get(need) ?? ""}`).join("");
  const lasts = fault.canEnd ? ", for: 200ms" : "";
  return [
    `${fault.name}: a fault of ${fault.aim === "node" ? "a host" : fault.aim}`,
    `  ${fault.summary}`,
    `  in a scenario   - { at: 1s, ${fault.name}: ${target}${needs}${lasts} }`,
    ...(fault.needs.includes("chance")
      ? ["  with `stability: 200ms` the chance is drawn for periods of that length"]
      : []),
  ];
}

function explainProtocol(name: string): readonly string[] | undefined {
  const known = knownProtocol(name);
  if (known === undefined) return undefined;
  const judged =
    known.protocol.family === "replay"
      ? "every checker, those that compare its claims too"
      : "black-box checkers alone: what really happened";
  return [
    `${name}: a protocol (${known.source})`,
    `  ${known.about}`,
    `  Judged by ${judged}.`,
    `  run         npx ftsim run ${known.scenario} --seed 42`,
    `  anywhere    npx ftsim run failover --seed 42 --protocol ${name}`,
  ];
}

function explainScenario(name: string): readonly string[] | undefined {
  if (!scenarioNames().includes(name)) return undefined;
  const scenario = loadScenario(name, [], ANY_SEED);
  const rules = PROTECTIONS.filter((rule) => rule.scenario === name);
  const bugs = PLANTED_BUGS.filter((bug) => bug.scenario === name);
  const holes = HOLES.filter((hole) => hole.scenario === name);
  return [
    `${name}: a scenario (${scenario.shows.join(", ")})`,
    `  ${scenario.title}. ${scenario.about}`,
    `  run         npx ftsim run ${name} --seed 42`,
    ...rules.map((rule) => `  break       npx ftsim run ${name} --seed 42 --without ${rule.name}`),
    ...bugs.map((bug) => `  bug         npx ftsim run ${name} --seed 42 --bug ${bug.name}`),
    ...holes.map(({ id, title }) => `  hole        ${id}: ${title}`),
  ];
}

export function everyName(): readonly string[] {
  return [
    ...PROTECTIONS.map(({ name }) => name),
    ...CHECKERS.map(({ name }) => name),
    ...INVARIANTS.keys(),
    ...PLANTED_BUGS.map(({ name }) => name),
    ...FAULT_KINDS.map(({ name }) => name),
    ...KNOWN_PROTOCOLS.map(({ protocol }) => protocol.name),
    ...scenarioNames(),
    ...HOLES.map(({ id }) => id),
    ...REQUIREMENTS.map(({ id }) => id),
    ...MARKS.map(({ name }) => name),
  ];
}
