// A hash of all that decides how a world goes on and how it is judged (D8), for telling that two
// branches of a sweep are one. Left out is what only names a run: how many events there were, their
// sequence numbers and digests, and what is left of a host that lost its power. Equal hashes mean the
// same future, marks apart, which decide nothing; two worlds that differ only in how far a live machine ran ahead hash differently.

import { Digest } from "../base/digest.ts";
import type { SimEvent } from "../sim/kernel.ts";
import type { FtHost, FtHostSnapshot } from "./ft-host.ts";
import type { World } from "./world.ts";

export function worldHash(world: World): string {
  const snapshot = world.snapshot();
  const { parts } = snapshot;
  const digest = new Digest();
  const dead = new Set(
    world.hosts
      .filter((host) => host.parts.host.status === "crashed" && !mayRestart(world))
      .map(({ name }) => name),
  );
  mixQueue(digest, world, dead);
  for (const [index, host] of world.hosts.entries()) {
    digest.text(host.name);
    const saved = parts.hosts[index] as FtHostSnapshot;
    if (dead.has(host.name)) mixDead(digest, host, saved);
    else mixHost(digest, host, saved);
  }
  // What the closing looks at, beside the parts: how much was recorded; the rest is in the judge.
  digest.integer(world.facts.history.length);
  mix(digest, [
    parts.network,
    parts.switch,
    parts.disks,
    parts.clients,
    parts.nemesis,
    parts.director,
    parts.roles,
    parts.judge,
    parts.lineages,
  ]);
  snapshot.release();
  return digest.toString();
}

/** What lies in wait for a host that comes back would matter then. */
function mayRestart({ spec }: World): boolean {
  return spec.scenario.faults.some((fault) => "restart" in fault);
}

function mixQueue(digest: Digest, world: World, dead: ReadonlySet<string>): void {
  const { now, queues } = world.kernel.snapshot();
  digest.integer(now);
  for (const [actor, items] of queues) {
    digest.text(actor);
    if (dead.has(actor)) continue;
    for (const event of items.toSorted(byOrder)) mix(digest, event);
  }
}

function byOrder(a: SimEvent, b: SimEvent): number {
  return a.time - b.time || a.lane - b.lane || a.sequence - b.sequence;
}

function mixDead(digest: Digest, host: FtHost, saved: FtHostSnapshot): void {
  digest.integer(host.parts.runner.record.length);
  mix(digest, [saved.host, saved.state.isStopped, saved.restarted]);
}

function mixHost(digest: Digest, host: FtHost, saved: FtHostSnapshot): void {
  const { runner, ...rest } = saved;
  const { port, ...running } = runner;
  digest.text(host.parts.runner.machine.stateHash());
  digest.integer(host.parts.runner.machine.count);
  digest.integer(port.nextOrdinal);
  digest.integer(port.record.length);
  digest.text(port.record.at(-1)?.stateHash ?? "");
  mix(digest, [rest, running]);
}

/** Plain data, Maps and Sets in their order. An event's number says only when it was scheduled. */
function mix(digest: Digest, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    digest.text(typeof value);
    digest.text(String(value));
  } else if (value instanceof Uint8Array) digest.bytes(value);
  else if (Array.isArray(value)) mixAll(digest, "[", value);
  else if (value instanceof Map) mixAll(digest, "{", [...value].flat(1));
  else if (value instanceof Set) mixAll(digest, "(", [...value]);
  else {
    const isEvent = "lane" in value && "actor" in value;
    for (const key of Object.getOwnPropertyNames(value)) {
      if (isEvent && key === "sequence") continue;
      digest.text(key);
      mix(digest, (value as Record<string, unknown>)[key]);
    }
    digest.text("end");
  }
}

function mixAll(digest: Digest, bracket: string, items: readonly unknown[]): void {
  digest.text(bracket);
  digest.integer(items.length);
  for (const item of items) mix(digest, item);
}
