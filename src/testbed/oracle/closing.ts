// The end of a history: what the oracle and the disk have to say, as world facts, and the last fact.

import { equalBytes } from "../../base/bytes.ts";
import { observeMachines, startMachines } from "../../checkers/machines.ts";
import type { OpEvent } from "../../history/op.ts";
import { formatEndpoint } from "../../net/address.ts";
import { auditDisk } from "../../workload/disk-auditors.ts";
import { VM_ADDRESS } from "../addresses.ts";
import type { StreamRead } from "../client-host.ts";
import type { FtHost } from "../ft-host.ts";
import { hostNames, PAIR } from "../topology.ts";
import type { World } from "../world.ts";
import { type ReferenceRun, runReference } from "./reference.ts";

export function closeHistory(world: World): void {
  const time = world.kernel.now;
  const server = lastServer(world);
  if (server !== undefined) compareWithReference(world, server);
  const events: OpEvent[] = [];
  for (const fact of world.facts.history.facts())
    if (fact.kind === "client") events.push(fact.event);
  const disk = world.disks.of(server?.name ?? PAIR[0]);
  const read = (sector: number, count: number): Uint8Array => disk.read(sector, count);
  const audit = auditDisk(world.spec.booted.guest.name, read, events);
  if (audit !== undefined)
    world.facts.emit({ kind: "disk-audit", witness: "world", time, ...audit });
  world.facts.emit({
    kind: "run",
    witness: "world",
    time,
    phase: "end",
    hosts: hostNames(world.spec.scenario),
  });
}

/**
 * The host whose machine serves: of those that still run, the one that released something last. Where
 * nobody runs any more the last one that served is asked: what it executed was recorded outside of it.
 * A copy that the storage never admitted is nobody: it may wait for its admission beside a VM that ended.
 */
function lastServer(world: World): FtHost | undefined {
  const facts = world.facts.history.facts();
  const machines = startMachines();
  for (const fact of facts) observeMachines(machines, fact);
  const running = world.hosts.filter(
    ({ name, hasMachine, isStopped }) => hasMachine && !isStopped && !machines.copies.has(name),
  );
  const candidates = running.length > 0 ? running : world.hosts;
  if (candidates.length < 2) return candidates[0];
  for (let index = facts.length - 1; index >= 0; index--) {
    const fact = facts[index];
    if (fact?.kind !== "release" || fact.outputClass !== "network") continue;
    const host = candidates.find(({ name }) => name === fact.node);
    if (host !== undefined) return host;
  }
  return candidates[0];
}

function compareWithReference(world: World, server: FtHost): void {
  const time = world.kernel.now;
  const record = server.parts.runner.record.crossings();
  const reference = runReference(world.spec, record, world.referencePrefix);
  world.facts.emit({
    kind: "reference",
    witness: "world",
    time,
    node: server.name,
    steps: reference.steps,
    positions: reference.positions,
    differsAt: reference.differsAt,
  });
  for (const client of world.clients)
    for (const stream of client.streams())
      world.facts.emit({
        kind: "stream-compared",
        witness: "world",
        time,
        client: stream.client,
        connection: stream.connection,
        bytes: stream.total,
        differsAt: firstDifference(world, reference, stream),
      });
}

/** -1 when all that the client read is what the reference sent, from the first byte on. */
function firstDifference(world: World, reference: ReferenceRun, stream: StreamRead): number {
  const sender = formatEndpoint({ address: VM_ADDRESS, port: world.spec.booted.guest.port });
  const sent = reference.streams.newest(sender, stream.connection);
  if (sent === undefined) return 0;
  let offset = 0;
  for (const chunk of stream.chunks) {
    const expected = reference.streams.bytes(sent.key, offset, chunk.length);
    if (!equalBytes(chunk, expected)) return offset + commonPrefix(chunk, expected);
    offset += chunk.length;
  }
  return -1;
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
