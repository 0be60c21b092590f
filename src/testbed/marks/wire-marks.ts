// What wires and TCP have counted by the end of a run: each wire that lost, repeated or delayed
// something is a situation that the run was in. Nothing is counted here that was not counted anyway.

import type { LinkCounters } from "../../sim/link.ts";
import type { TcpCounters } from "../../net/tcp-state.ts";
import type { World } from "../world.ts";
import {
  WIRE_ARBITER,
  WIRE_CLUSTER,
  WIRE_HEARTBEAT,
  WIRE_LOG,
  WIRE_NET,
  WIRE_STORAGE,
  WIRE_VOTE,
} from "../wires.ts";
import type { Note } from "./mark-book.ts";

type Counted<C> = readonly (readonly [counter: keyof C, name: string])[];

const OF_WIRES: ReadonlyMap<string, Counted<LinkCounters>> = new Map([
  [
    WIRE_LOG,
    [
      ["dropped", "log-packet-lost"],
      ["duplicated", "log-packet-duplicated"],
      ["reordered", "log-packet-overtaken"],
      ["corrupted", "log-packet-damaged"],
      ["held", "log-packet-held-back"],
    ],
  ],
  [
    WIRE_HEARTBEAT,
    [
      ["dropped", "heartbeat-lost"],
      ["duplicated", "heartbeat-duplicated"],
      ["reordered", "heartbeat-overtaken"],
      ["corrupted", "heartbeat-damaged"],
    ],
  ],
  [
    WIRE_NET,
    [
      ["dropped", "clients-packet-lost"],
      ["duplicated", "clients-packet-duplicated"],
      ["reordered", "clients-packet-overtaken"],
      ["corrupted", "clients-packet-damaged"],
      ["held", "clients-packet-held-back"],
    ],
  ],
  [
    WIRE_STORAGE,
    [
      ["dropped", "disks-packet-lost"],
      ["duplicated", "disks-packet-duplicated"],
      ["reordered", "disks-packet-overtaken"],
      ["corrupted", "disks-packet-damaged"],
    ],
  ],
  [WIRE_VOTE, [["dropped", "vote-lost"]]],
  [WIRE_ARBITER, [["dropped", "third-partys-packet-lost"]]],
  [WIRE_CLUSTER, [["dropped", "cluster-services-packet-lost"]]],
]);

const OF_CLIENTS: Counted<TcpCounters> = [
  ["retransmissions", "client-sends-again"],
  ["fastRetransmits", "client-sends-again-at-once"],
  ["timeouts", "client-hears-nothing"],
  ["duplicates", "client-gets-text-twice"],
  ["outOfOrder", "client-gets-text-out-of-order"],
];

const OF_CHANNELS: Counted<TcpCounters> = [
  ["retransmissions", "log-channel-sends-again"],
  ["fastRetransmits", "log-channel-sends-again-at-once"],
  ["outOfOrder", "log-channel-gets-text-out-of-order"],
];

/** At the end of a run. */
export function noteWires({ network, clients, hosts }: World, note: Note): void {
  for (const { link } of network.links()) {
    const [wire = ""] = link.name.split(":");
    noteAll(OF_WIRES.get(wire) ?? [], link.counters, note);
  }
  for (const { client } of clients) {
    const totals = client.tcpTotals;
    if (totals !== undefined) noteAll(OF_CLIENTS, totals, note);
  }
  for (const { parts } of hosts)
    for (const totals of parts.peers.tcpTotals()) noteAll(OF_CHANNELS, totals, note);
}

function noteAll<C extends object>(counted: Counted<C>, counters: Readonly<C>, note: Note): void {
  for (const [counter, name] of counted) {
    const hits = counters[counter] as number;
    if (hits > 0) note(name, hits);
  }
}
