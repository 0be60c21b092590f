// The wires of a world, from a scenario: which actors there are and how they are connected.

import { type Duration, duration } from "../base/time.ts";
import type { NamedLink } from "../faults/link-names.ts";
import { NEVER } from "../sim/chance.ts";
import { type LinkFaults, NO_LINK_FAULTS, type LinkOptions } from "../sim/link.ts";
import { linkName } from "../sim/network.ts";
import type { Scenario, ScenarioBody } from "./scenario.ts";
import {
  ARBITER,
  CLUSTER,
  STORAGE,
  SWITCH,
  WIRE_ARBITER,
  WIRE_CLUSTER,
  WIRE_HEARTBEAT,
  WIRE_LOG,
  WIRE_NET,
  WIRE_STORAGE,
  WIRE_VOTE,
} from "./wires.ts";

/** The pair that runs the VM at first: the primary, the backup. All others are spare. */
export const PAIR = ["h1", "h2"] as const;

/** Generation 1, as the arbiter knows it. */
export function firstPair(scenario: Scenario): {
  readonly primary: string;
  readonly backup: string;
} {
  return { primary: PAIR[0], backup: scenario.protocol.start === "alone" ? "" : PAIR[1] };
}

export function hostNames(scenario: Scenario): readonly string[] {
  return Array.from({ length: scenario.topology.hosts }, (_, index) => `h${index + 1}`);
}

/** whether redundancy is restored by itself. */
export function isReprotecting(scenario: Scenario): boolean {
  const { "re-protect": choice } = scenario.protocol;
  const hasSpare = scenario.topology.hosts > PAIR.length || scenario.protocol.start === "alone";
  return choice === "auto" ? hasSpare : choice === "on";
}

/** each host has a disk of its own, which is part of the VM; nothing is shared. */
export function areDisksSeparate(scenario: Scenario): boolean {
  return scenario.topology.disks === "separate";
}

/** The actor that is a host's own disk. */
export function diskOf(host: string): string {
  return `disk${host.slice(1)}`;
}

export interface PlannedWire {
  readonly wire: string;
  readonly a: string;
  readonly b: string;
  readonly options: LinkOptions;
  readonly faults: LinkFaults;
}

type LinkText = ScenarioBody["topology"]["log-link"];

export function clientNames(scenario: Scenario): readonly string[] {
  return Array.from({ length: scenario.workload.clients }, (_, index) => `c${index + 1}`);
}

export function planWires(scenario: Scenario): readonly PlannedWire[] {
  const { topology } = scenario;
  const hosts = hostNames(scenario);
  const wires: PlannedWire[] = [];
  for (const [index, a] of hosts.entries())
    for (const b of hosts.slice(index + 1)) {
      wires.push(plan(WIRE_LOG, a, b, topology["log-link"]));
      wires.push(plan(WIRE_HEARTBEAT, a, b, topology["heartbeat-link"]));
      if (scenario.protocol.arbiter === "majority")
        wires.push(plan(WIRE_VOTE, a, b, topology["heartbeat-link"]));
    }
  for (const host of hosts) {
    const disk = areDisksSeparate(scenario) ? diskOf(host) : STORAGE;
    wires.push(plan(WIRE_STORAGE, host, disk, topology["storage-link"]));
    wires.push(plan(WIRE_NET, host, SWITCH, topology["client-link"]));
    if (scenario.protocol.arbiter === "third-party")
      wires.push(plan(WIRE_ARBITER, host, ARBITER, topology["heartbeat-link"]));
    if (isReprotecting(scenario))
      wires.push(plan(WIRE_CLUSTER, host, CLUSTER, topology["heartbeat-link"]));
  }
  for (const client of clientNames(scenario))
    wires.push(plan(WIRE_NET, client, SWITCH, topology["client-link"]));
  return wires;
}

/** The directed links that a scenario will have: for checking names before anything is built. */
export function plannedLinks(scenario: Scenario): readonly NamedLink[] {
  return planWires(scenario).flatMap(({ wire, a, b }) => [
    { name: linkName(wire, a, b), wire, from: a, to: b },
    { name: linkName(wire, b, a), wire, from: b, to: a },
  ]);
}

function plan(wire: string, a: string, b: string, link: LinkText): PlannedWire {
  const latency: Duration = duration(Math.max(1_000, Math.floor(link.rtt / 2)));
  return {
    wire,
    a,
    b,
    options: { latency, bitsPerSecond: link.bandwidth, queueBytes: link.queue },
    faults: {
      ...NO_LINK_FAULTS,
      loss: link.loss ?? NEVER,
      duplication: link.duplicate ?? NEVER,
      reordering: link.reorder ?? NEVER,
      corruption: link.corrupt ?? NEVER,
    },
  };
}
