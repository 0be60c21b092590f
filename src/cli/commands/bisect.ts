// `ftsim bisect`: two runs, or two replicas of one run, that should be the same and are not: the first
// fact in which they differ, and for each machine the first step after which its state does.

import { encodeFact } from "../../report/facts-codec.ts";
import { findParting } from "../../gdb/bisect.ts";
import { WorldJournal } from "../../gdb/world-journal.ts";
import type { Fact, FactOf } from "../../history/fact.ts";
import type { FtHost } from "../../testbed/ft-host.ts";
import type { World } from "../../testbed/world.ts";
import { type ElfSymbol, parseElf } from "../../vm/elf.ts";
import { RAM_BASE } from "../../vm/layout.ts";
import { type FactDifference, factText, type Names, partingText } from "../bisect/text.ts";
import {
  type FinishedRun,
  type NamedRequest,
  runThrough,
  scenarioRun,
  secondOptions,
  storedRun,
} from "../bisect/runs.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import { chooseSeed } from "../seed.ts";
import type { SubjectOptions } from "../explore/subject.ts";
import { madeBy } from "../fuzz/subject.ts";
import { UsageError } from "../usage-error.ts";

export interface BisectOptions extends SubjectOptions {
  readonly replicas: string | undefined;
}

/** `versus`: what stood behind `--vs`; undefined without it. */
export async function bisect(
  [one = "", other]: readonly string[],
  options: BisectOptions,
  versus: readonly string[] | undefined,
): Promise<number> {
  const { replicas } = options;
  if (replicas !== undefined) {
    if (other !== undefined || versus !== undefined)
      throw new UsageError("--replicas: expected one run, whose replicas are compared");
    const isStored = options.seed === undefined && /[/\\]|\.json$/.test(one);
    return compareReplicas(await (isStored ? storedRun(one) : scenarioRun(one, options)), replicas);
  }
  if (versus === undefined) {
    if (other === undefined)
      throw new UsageError(
        "bisect: expected two stored runs, SCENARIO --seed N --vs OPTIONS, or --replicas h1,h2",
      );
    return compareRuns(await storedRun(one), await storedRun(other));
  }
  if (other !== undefined)
    throw new UsageError("--vs: expected one scenario before it, and options behind it");
  const seeded = { ...options, seed: chooseSeed(options.seed) };
  const second = await scenarioRun(one, secondOptions(seeded, versus));
  return compareRuns(await scenarioRun(one, seeded), second);
}

function compareRuns(one: NamedRequest, other: NamedRequest): number {
  const engine = createEngine();
  const runs = [runThrough(engine, one), runThrough(engine, other)] as const;
  const names: Names = ["A", "B"];
  const lines = [
    `ftsim ${madeBy()}   bisect`,
    ...runs.map(({ name, result }, at) => `  ${names[at]}  ${name}   digest ${result.digest}`),
    "",
  ];
  const difference = firstDifference(runs[0].result.facts, runs[1].result.facts);
  if (difference === undefined && runs[0].result.digest === runs[1].result.digest) {
    const { facts } = runs[0].result;
    lines.push(`EQUAL   ${facts.length} facts, the same digest: nothing differs`);
  } else {
    if (difference === undefined) lines.push("  the same facts, caused by other events", "");
    else lines.push(...factText("first differing fact:", names, difference));
    lines.push(...machinesText(runs, names), "DIFFERENT");
  }
  for (const { world } of runs) world.release();
  process.stdout.write(`${lines.join("\n")}\n`);
  return lines.at(-1) === "DIFFERENT" ? EXIT_VIOLATION : EXIT_OK;
}

function machinesText(runs: readonly [FinishedRun, FinishedRun], names: Names): readonly string[] {
  const [a, b] = [runs[0].world, runs[1].world];
  if (a.spec.booted.digest !== b.spec.booted.digest)
    return ["  machines: two guests, which began differently", ""];
  const problem = problemOfTwins(a) ?? problemOfTwins(b);
  if (problem !== undefined) return [`  machines: ${problem}`, ""];
  const symbols = symbolsOf(a);
  return a.hosts.flatMap((host) => {
    const twin = b.hosts.find(({ name }) => name === host.name);
    if (twin === undefined || !hasLived(host) || !hasLived(twin)) return [];
    const parting = withDeterminismGuard(() =>
      findParting(a.spec.runtime, [journalOf(a, host), journalOf(b, twin)]),
    );
    return partingText(host.name, names, parting, symbols);
  });
}

function compareReplicas(request: NamedRequest, text: string): number {
  const run = runThrough(createEngine(), request);
  const { world, result } = run;
  const [one, other] = hostsOf(world, text);
  const names: Names = [one.name, other.name];
  const problem = problemOfTwins(world);
  if (problem !== undefined) throw new UsageError(`--replicas: ${problem}`);
  const through = replayedThrough(result.facts, names);
  const heading = [`ftsim ${madeBy()}   bisect of ${names.join(" and ")} in ${run.name}`, ""];
  const difference = firstDifferentCrossing(result.facts, names, through);
  const parting = withDeterminismGuard(() =>
    findParting(world.spec.runtime, [journalOf(world, one), journalOf(world, other)], through),
  );
  const symbols = symbolsOf(world);
  world.release();
  const isEqual = difference === undefined && parting.kind === "equal";
  const lines = isEqual
    ? [
        `EQUAL   ${names.join(" and ")}: the same machine through step ${parting.through}, as far as one replayed the other`,
      ]
    : [
        ...(difference === undefined
          ? []
          : factText("first differing crossing:", names, difference)),
        ...partingText(names.join(" and "), names, parting, symbols),
        "DIFFERENT",
      ];
  process.stdout.write(`${[...heading, ...lines].join("\n")}\n`);
  return isEqual ? EXIT_OK : EXIT_VIOLATION;
}

function hostsOf(world: World, text: string): readonly [FtHost, FtHost] {
  const hosts = text.split(",").map((name) => world.hosts.find((host) => host.name === name));
  const [one, other] = hosts;
  const names = world.hosts.map(({ name }) => name).join(", ");
  if (one === undefined || other === undefined || one === other || hosts.length !== 2)
    throw new UsageError(`--replicas ${text}: expected two of ${names}, e.g. h1,h2`);
  if (!hasLived(one) || !hasLived(other))
    throw new UsageError(`--replicas ${text}: not both of them have a machine`);
  return [one, other];
}

/** Its machine is there, dead or alive, and something came into it: a spare host's is neither. */
function hasLived({ parts }: FtHost): boolean {
  return parts.runner.record.length > 0;
}

function journalOf(world: World, host: FtHost): WorldJournal {
  const [journal] = WorldJournal.of(world, [host]);
  if (journal === undefined) throw new Error("no journal");
  return journal;
}

function problemOfTwins({ spec }: World): string | undefined {
  if (spec.rules.vm.bounceBuffers) return undefined;
  return "without bounce buffers the disk writes into memory at no step: states cannot be gone back to";
}

/** As far as either of them replayed: what a machine does alone has no counterpart. */
function replayedThrough(facts: readonly Fact[], names: Names): number {
  let through = 0;
  for (const fact of facts)
    if (fact.kind === "crossing" && !fact.isLive && names.includes(fact.node))
      through = Math.max(through, fact.count);
  return through;
}

type Crossing = FactOf<"crossing">;

function firstDifferentCrossing(
  facts: readonly Fact[],
  [one, other]: Names,
  through: number,
): FactDifference | undefined {
  const of = (node: string): readonly Crossing[] =>
    facts.filter(
      (fact): fact is Crossing =>
        fact.kind === "crossing" && fact.node === node && fact.count <= through,
    );
  const [mine, its] = [of(one), of(other)];
  for (const [index, fact] of mine.entries()) {
    const twin = its[index];
    if (twin === undefined) return undefined;
    if (keyOf(fact) === keyOf(twin)) continue;
    return { index: fact.index, facts: [fact, twin], before: mine[index - 1] };
  }
  return undefined;
}

function keyOf({ crossing, count, phase, valueHash, stateHash }: Crossing): string {
  return [crossing, count, phase, valueHash, stateHash].join(" ");
}

function firstDifference(one: readonly Fact[], other: readonly Fact[]): FactDifference | undefined {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [a, b] = [one[index], other[index]];
    if (a !== undefined && b !== undefined && encodeFact(a) === encodeFact(b)) continue;
    return { index, facts: [a, b], before: one[index - 1] };
  }
  return undefined;
}

/** Of a kernel that was built for Debian there are none here. */
function symbolsOf({ spec }: World): ReadonlyMap<string, ElfSymbol> {
  const { program, ramBytes } = spec.booted.guest;
  if (program.kind !== "elf") return new Map();
  const parsed = parseElf(program.elf, RAM_BASE, ramBytes);
  return parsed.ok ? parsed.value.symbols : new Map();
}
