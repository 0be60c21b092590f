// What faults may do to this world.

import type { FaultTargets } from "../faults/fault.ts";
import type { FtHost } from "./ft-host.ts";
import type { World } from "./world.ts";

export function worldTargets(world: World): FaultTargets {
  const host = (node: string): FtHost | undefined =>
    world.hosts.find((candidate) => candidate.name === node);
  return {
    crash: (node) => host(node)?.crash(),
    pause: (node) => host(node)?.pause(),
    resume: (node) => host(node)?.resume(),
    stall: (node) => host(node)?.stall(),
    unstall: (node) => host(node)?.unstall(),
    setSpeed: (node, percent) => host(node)?.setSpeed(percent),
    changeLinks: (names, change) => {
      for (const name of names)
        world.network.setFaults(name, { ...world.network.link(name).faults, ...change });
    },
    restoreLinks: (names, settings) => {
      for (const name of names) world.network.restoreUsual(name, settings);
    },
    setStorageDown: (isDown) => {
      world.storage.setDown(isDown);
      if (isDown) return;
      world.storage.restart();
      world.facts.emit({ kind: "storage-restart", witness: "world", time: world.kernel.now });
    },
  };
}
