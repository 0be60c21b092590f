// What faults may do to this world.

import { SPARE, type FaultTargets, type OperatorRequest } from "../faults/fault.ts";
import type { LinkBite } from "../sim/link.ts";
import type { StorageBite } from "../sim/storage-faults.ts";
import type { FtHost } from "./ft-host.ts";
import { setDrift, stepClock } from "./host-clock.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

export function worldTargets(world: World): FaultTargets {
  const onHost = (node: string, act: (host: FtHost) => boolean): boolean => {
    const host = world.hosts.find(({ name }) => name === node);
    return host !== undefined && act(host);
  };
  const { topology } = world.spec.scenario;
  return {
    crash: (node) => onHost(node, (host) => host.crash()),
    restart: (node) => onHost(node, (host) => host.restart()),
    pause: (node) => onHost(node, (host) => host.pause()),
    resume: (node) => onHost(node, (host) => host.resume()),
    stall: (node) => onHost(node, (host) => host.stall()),
    unstall: (node) => onHost(node, (host) => host.unstall()),
    setSpeed: (node, percent) => onHost(node, (host) => host.setSpeed(percent)),
    alarm: (node) => onHost(node, (host) => host.alarm()),
    command(node, request) {
      const possible = withoutSpare(world, request);
      return possible !== undefined && onHost(node, (host) => host.command(possible));
    },
    stepClock: (node, ns) => onHost(node, (host) => stepClock(host.parts, ns)),
    driftClock: (node, ppm) => onHost(node, (host) => setDrift(host.parts, ppm)),
    restoreDrift: (node) =>
      onHost(node, (host) => setDrift(host.parts, usualDrift(topology, world.hosts.indexOf(host)))),
    changeLinks: (names, change) => {
      for (const name of names)
        world.network.setFaults(name, { ...world.network.link(name).faults, ...change });
    },
    restoreLinks: (names, settings) => {
      for (const name of names) world.network.restoreUsual(name, settings);
    },
    ...storageTargets(world),
    bites: (bite) => world.network.bites(bite as LinkBite) + world.disks.bites(bite as StorageBite),
  };
}

/** `spare` is whichever host is one now; undefined: there is none, and nobody is asked. */
function withoutSpare(world: World, request: OperatorRequest): OperatorRequest | undefined {
  if (request.do !== "move" || request.to !== SPARE) return request;
  const spare = world.hosts.find(({ isSpare }) => isSpare);
  return spare && { ...request, to: spare.name };
}

type StorageTargets = Pick<
  FaultTargets,
  | "setStorageDown"
  | "changeStorage"
  | "restoreStorage"
  | "delayNextWrite"
  | "tearWrites"
  | "loseCache"
>;

function storageTargets({ disks }: World): StorageTargets {
  return {
    setStorageDown: (isDown) => disks.setDown(isDown),
    changeStorage: (change) => disks.change(change),
    restoreStorage: (settings) => disks.restoreSettings(settings),
    delayNextWrite: (node, by) => disks.delayNextWrite(node, by),
    tearWrites: (node) => disks.tearWrites(node),
    loseCache: () => disks.loseCache(),
  };
}

function usualDrift(topology: Scenario["topology"], index: number): number {
  const { host, "backup-host": backup } = topology;
  return (index === 0 ? undefined : backup["clock-drift-ppm"]) ?? host["clock-drift-ppm"];
}
