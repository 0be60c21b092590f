// The guest of a swarm's run, and what its clients do.

import type { Draws } from "./draws.ts";

export interface DrawnWork {
  readonly guest: string;
  readonly workload: Workload;
  /** How long the safety phase is, in microseconds. */
  readonly lasts: number;
}

const LEAST_LASTS = 1_000_000;
const MOST_LASTS = 3_000_000;

export function drawWork(draws: Draws): DrawnWork {
  const work = draws.of("work");
  const lasts = work.between("for", LEAST_LASTS, MOST_LASTS);
  const [guest, draw] = work.weighted("kind", KINDS);
  return { guest, lasts, workload: { ...draw(work), for: `${lasts}us` } };
}

interface Workload {
  /** A key-value workload without. */
  readonly kind?: string;
  readonly [key: string]: unknown;
}

type DrawWork = (work: Draws) => Workload;

const KINDS: readonly (readonly [number, readonly [guest: string, DrawWork]])[] = [
  [10, ["kv", drawKeyValue]],
  [3, ["kv", drawLease]],
  [4, ["probe", drawProbe]],
  [3, ["probe", drawCounter]],
  [2, ["probe", drawStream]],
  [2, ["oltp", drawOltp]],
];

/** Whether its clients take locks that end by a clock. */
export function hasLeases({ kind = "key-value", mix }: Workload): boolean {
  if (kind !== "key-value") return kind === "lease";
  return (mix as { readonly lock?: number } | undefined)?.lock !== 0;
}

const common = (work: Draws): { readonly clients: number; readonly depth: number } => ({
  clients: work.spread("clients", 1, 12),
  depth: work.spread("depth", 1, 4),
});

/**
 * So many keys, or locks, that not too many operations meet on one: whether a history is linearizable
 * takes exponentially long to decide in their number.
 */
function spreadOver(work: Draws, name: string, clients: number, depth: number): number {
  return work.spread(name, Math.max(1, Math.ceil((clients * depth) / MEET)), 64);
}

const MEET = 4;

function drawKeyValue(work: Draws): Workload {
  const { clients, depth } = common(work);
  const mix = ["get", "set", "incr", "del", "lock", "unlock", "ping"];
  return {
    kind: "key-value",
    clients,
    depth,
    rate: `${work.spread("rate", 20, 400)}/s`,
    keys: spreadOver(work, "keys", clients, depth),
    locks: spreadOver(work, "locks", clients, depth),
    lease: work.time("lease", 10_000, 2_000_000),
    // A part of the operations only, each with a weight of its own.
    mix: Object.fromEntries(mix.map((name) => [name, work.weighted(`mix ${name}`, WEIGHTS)])),
    "large-values": `${work.between("large-values", 0, 50)}%`,
    ...(work.happens("hangs up", { numerator: 1, denominator: 4 })
      ? { "hang-up-after": work.spread("hang-up-after", 1, 64) }
      : {}),
  };
}

const WEIGHTS: readonly (readonly [number, number])[] = [
  [2, 0],
  [2, 5],
  [2, 20],
  [1, 60],
];

function drawLease(work: Draws): Workload {
  const { clients, depth } = common(work);
  return {
    kind: "lease",
    clients,
    depth,
    locks: spreadOver(work, "locks", clients, depth),
    lease: work.time("lease", 20_000, 500_000),
  };
}

function drawProbe(work: Draws): Workload {
  const { clients } = common(work);
  return {
    kind: "probe",
    clients,
    depth: work.spread("depth", 1, 4),
    rate: `${work.spread("rate", 20, 200)}/s`,
    // At least one on TCP: byte streams are what most of the checkers look at.
    udp: work.between("udp", 0, clients - 1),
  };
}

function drawCounter(work: Draws): Workload {
  return { kind: "counter", ...common(work), rate: `${work.spread("rate", 20, 400)}/s` };
}

function drawStream(work: Draws): Workload {
  return {
    kind: "stream",
    clients: work.spread("clients", 1, 4),
    rate: `${work.spread("rate", 5, 40)}/s`,
    most: `${work.spread("most", 2, 64)}KiB`,
    uploads: `${work.between("uploads", 0, 100)}%`,
  };
}

function drawOltp(work: Draws): Workload {
  return {
    kind: "oltp",
    clients: work.spread("clients", 1, 8),
    timer: work.spread("timer", 50, 500),
    think: work.time("think", 5_000, 100_000),
    work: work.spread("work", 1, 40),
    reads: work.between("reads", 0, 3),
    writes: work.between("writes", 0, 3),
  };
}
