// The fault mix of a swarm's run. Which kinds there are at all is drawn first, so that a run with few
// of them goes deeper than one with all (swarm testing); then how many faults, each with its moment,
// its target and its strength. What is beyond the budget is left out afterwards.

import type { FaultKind, Strength } from "../../faults/fault.ts";
import { SPARE } from "../../faults/fault.ts";
import { FAULT_KINDS } from "../../faults/registry.ts";
import { drawDrama } from "./dramas.ts";
import { type Draws, oneIn } from "./draws.ts";
import { drawEnding } from "./ending.ts";
import type { DrawnProtocol } from "./protocol.ts";
import type { DrawnTopology } from "./topology.ts";
import { type DrawnWork, hasLeases } from "./work.ts";

export interface Drawn extends DrawnWork {
  readonly topology: DrawnTopology;
  readonly protocol: DrawnProtocol;
}

export function drawFaults(all: Draws, drawn: Drawn): readonly object[] {
  const draws = all.of("faults");
  const armed = FAULT_KINDS.filter(
    (kind) => isDrawn(kind, drawn) && draws.happens(`armed ${kind.name}`, ARMED),
  );
  const drama = [...drawDrama(draws, drawn), ...drawEnding(draws, drawn)];
  if (armed.length === 0) return drama;
  const [least, most] = draws.weighted("how many", COUNTS);
  const count = draws.between("count", least, most);
  const faults = Array.from({ length: count }, (_, index) => {
    const fault = draws.of(`fault ${index}`);
    const kind = fault.pick("kind", armed);
    return {
      ...drawMoment(fault, drawn),
      [kind.name]: drawTarget(fault, kind, drawn),
      ...(kind.canEnd ? { for: fault.time("for", 1_000, 1_200_000) } : {}),
      ...drawStrengths(fault, kind),
    };
  });
  return [...faults, ...drama];
}

const ARMED = { numerator: 1, denominator: 3 };
const COUNTS: readonly (readonly [number, readonly [number, number]])[] = [
  [1, [0, 0]],
  [6, [1, 5]],
  [3, [6, 15]],
  [2, [16, 40]],
];

/**
 * Left out: what ends the service on purpose (ending.ts), what makes most guests end it (an error of their disk: a
 * drama of the guest that does not), and what no protocol can make good.
 */
const NEVER_DRAWN: readonly string[] = ["power-off", "storage-error", "lost-cache"];

function isDrawn({ name }: FaultKind, { topology, workload }: Drawn): boolean {
  if (NEVER_DRAWN.includes(name)) return false;
  // Nobody fences a disk of one's own: a late write of its own is none of a superseded node.
  if (name === "delayed-command") return topology.disks === "shared";
  // A lease is as good as the clock that it is measured on: one that is set forward ends it early.
  if (name === "clock-step" || name === "clock-skew") return !hasLeases(workload);
  return name !== "move" || topology.hosts > 2;
}

/** A moment, or the n-th time that something happens. */
function drawMoment(fault: Draws, { lasts }: Drawn): object {
  if (!fault.happens("is triggered", oneIn(3)))
    return { at: `${fault.between("at", 1_000, lasts)}us` };
  const when = fault.weighted("when", TRIGGERS);
  const nth = fault.spread("nth", 1, when.most);
  const delay = fault.happens("later", oneIn(2)) ? { after: fault.time("after", 1, 20_000) } : {};
  return { when: { nth, ...when.of }, ...delay };
}

/** What triggers wait for, and up to the how-many-eth of it. */
const TRIGGERS: readonly (readonly [number, { readonly of: object; readonly most: number }])[] = [
  [3, { of: { release: "network" }, most: 200 }],
  [3, { of: { release: "disk" }, most: 60 }],
  [2, { of: { append: "any" }, most: 800 }],
  [1, { of: { "ack-send": "any" }, most: 300 }],
  [1, { of: { "ack-receive": "any" }, most: 300 }],
  [2, { of: { "disk-apply": "any" }, most: 60 }],
  [2, { of: { "test-and-set": "any" }, most: 2 }],
  [2, { of: { "open-generation": "any" }, most: 3 }],
  [2, { of: { copy: "any" }, most: 12 }],
  [2, { of: { role: "any" }, most: 6 }],
  [1, { of: { invoke: "any" }, most: 200 }],
  [1, { of: { ok: "any" }, most: 200 }],
];

function drawTarget(fault: Draws, kind: FaultKind, drawn: Drawn): string {
  const node = (): string => fault.pick("node", nodes(drawn));
  switch (kind.aim) {
    case "storage":
      return "storage";
    case "node-or-storage":
      return fault.happens("storage", oneIn(2)) ? "storage" : node();
    case "node":
      return node();
    case "links":
      return drawLinks(fault, drawn);
  }
}

function nodes({ topology }: Drawn): readonly string[] {
  const spares = Array.from({ length: topology.hosts }, (_, index) => `h${index + 1}`);
  return ["primary", "primary", "backup", "backup", ...spares];
}

/** Wires by name, everything between two nodes, all of a node; sometimes one direction only. */
function drawLinks(fault: Draws, { topology }: Drawn): string {
  const hosts = Array.from({ length: topology.hosts }, (_, index) => `h${index + 1}`);
  const one = fault.pick("one end", ["primary", "backup", ...hosts]);
  const way = fault.pick("way", ["-", "-", ">"]);
  const isOut = fault.happens("outwards", oneIn(2));
  const towards = (other: string): string =>
    isOut || way === "-" ? `${one}${way}${other}` : `${other}${way}${one}`;
  return fault.weighted<() => string>("links", [
    [3, () => "log-link"],
    [2, () => "heartbeat-link"],
    [3, () => `primary${way}backup`],
    [2, () => (topology.disks === "shared" ? towards("storage") : ownDisk(fault, hosts, way))],
    [2, () => towards("clients")],
    [1, () => towards("all")],
  ])();
}

/** A host's way to its own disk. */
function ownDisk(fault: Draws, hosts: readonly string[], way: string): string {
  const host = fault.pick("host of a disk", hosts);
  return `${host}${way}${host.replace("h", "disk")}`;
}

function drawStrengths(fault: Draws, kind: FaultKind): object {
  const taken = kind.takes?.filter((name) => fault.happens(`takes ${name}`, oneIn(2))) ?? [];
  return Object.assign(
    {},
    ...[...kind.needs, ...taken].map((name) => STRENGTHS[name](fault, kind)),
  );
}

const STRENGTHS: Readonly<Record<Strength, (fault: Draws, kind: FaultKind) => object>> = {
  percent: (fault) => ({ to: `${fault.between("percent", 5, 95)}%` }),
  chance: (fault) => ({
    chance: `${fault.spread("chance", 1, 300)}/1000`,
    ...(fault.happens("in periods", oneIn(3))
      ? { stability: fault.time("stability", 1_000, 100_000) }
      : {}),
  }),
  by: (fault, { name }) => {
    const by = fault.spread("by", 10, name.startsWith("clock-") ? 2_000_000 : 100_000);
    const isEarly = name.startsWith("clock-") && fault.happens("early", oneIn(2));
    return { by: `${isEarly ? "-" : ""}${by}us` };
  },
  bandwidth: (fault) => ({ to: `${fault.spread("bandwidth", 500, 100_000)}kb/s` }),
  ppm: (fault) => ({ ppm: fault.between("ppm", -500, 500) }),
  times: (fault) => ({ times: fault.spread("times", 2, 20) }),
  onto: () => ({ onto: SPARE }),
};
