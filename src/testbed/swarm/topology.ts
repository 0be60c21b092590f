// The hosts, links and storage of a swarm's run.

import { type Draws, oneIn } from "./draws.ts";

export interface DrawnTopology {
  readonly hosts: number;
  readonly disks: "shared" | "separate";
  readonly [key: string]: unknown;
}

export function drawTopology(draws: Draws): DrawnTopology {
  const topology = draws.of("topology");
  const hosts = topology.weighted("hosts", [
    [5, 2],
    [3, 3],
    [1, 4],
    [1, 5],
  ]);
  const disks = topology.pick("disks", ["shared", "shared", "shared", "separate"] as const);
  return {
    hosts,
    disks,
    "log-link": drawLink(topology.of("log-link"), { rtt: [90, 5_000], loss: oneIn(4) }),
    "heartbeat-link": drawLink(topology.of("heartbeat-link"), { rtt: [90, 5_000], loss: oneIn(4) }),
    "client-link": drawLink(topology.of("client-link"), { rtt: [100, 40_000], loss: oneIn(4) }),
    "storage-link": drawLink(topology.of("storage-link"), { rtt: [20, 1_000], loss: oneIn(10) }),
    storage: drawStorage(topology.of("storage"), disks),
    host: drawHost(topology.of("host")),
    ...(topology.happens("unequal hosts", oneIn(3))
      ? { "backup-host": drawHost(topology.of("backup-host")) }
      : {}),
  };
}

function drawLink(
  link: Draws,
  {
    rtt,
    loss,
  }: { readonly rtt: readonly [number, number]; readonly loss: ReturnType<typeof oneIn> },
): object {
  return {
    rtt: link.time("rtt", ...rtt),
    bandwidth: `${link.spread("bandwidth", 100, 10_000)}Mb/s`,
    ...(link.happens("loses", loss) ? { loss: perThousand(link, "loss", 20) } : {}),
    ...(link.happens("duplicates", oneIn(8))
      ? { duplicate: perThousand(link, "duplicate", 50) }
      : {}),
    ...(link.happens("reorders", oneIn(8)) ? { reorder: perThousand(link, "reorder", 50) } : {}),
  };
}

function perThousand(link: Draws, name: string, most: number): string {
  return `${link.spread(name, 1, most)}/1000`;
}

function drawStorage(storage: Draws, disks: DrawnTopology["disks"]): object {
  const least = storage.spread("latency", 50, 10_000);
  return {
    latency: [`${least}us`, `${least * storage.between("spread", 1, 6)}us`],
    "record-latency": storage.time("record-latency", 100, 20_000),
    // A host's own disk has no cache that it could lose.
    cache: disks === "separate" ? "none" : storage.pick("cache", ["none", "volatile"]),
    "failed-reads": storage.pick("failed-reads", ["nothing", "part"]),
  };
}

function drawHost(host: Draws): object {
  return {
    speed: host.spread("speed", 25, 200) * 1_000_000,
    "exit-cost": `${host.spread("exit-cost", 200, 5_000)}ns`,
    "clock-skew": `${host.between("clock-skew", -5_000, 5_000)}ms`,
    "clock-drift-ppm": host.between("clock-drift", -500, 500),
  };
}
