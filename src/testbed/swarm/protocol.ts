// The protocol's options and times in a swarm's run.

import { type Draws, oneIn } from "./draws.ts";
import type { DrawnTopology } from "./topology.ts";

export interface DrawnProtocol {
  readonly [key: string]: unknown;
}

/** Silence after which a peer is suspected: short, so that much happens in a short run. */
const TIMEOUT_LEAST = 150_000;
const TIMEOUT_MOST = 800_000;

export function drawProtocol(draws: Draws, topology: DrawnTopology): DrawnProtocol {
  const { hosts } = topology;
  const protocol = draws.of("protocol");
  const heartbeat = protocol.spread("heartbeat-timeout", TIMEOUT_LEAST, TIMEOUT_MOST);
  const log = protocol.spread("log-timeout", TIMEOUT_LEAST, TIMEOUT_MOST);
  const progress = fraction(protocol, "progress-interval", log);
  return {
    "heartbeat-timeout": `${heartbeat}us`,
    "heartbeat-interval": `${fraction(protocol, "heartbeat-interval", heartbeat)}us`,
    "log-timeout": `${log}us`,
    "progress-interval": `${progress}us`,
    "suspect-grace": protocol.time("suspect-grace", 100, 20_000),
    "test-and-set-retry": protocol.time("test-and-set-retry", 20_000, 200_000),
    boundary: protocol.pick("boundary", ["drop", "resend"]),
    "disk-reads": protocol.pick("disk-reads", ["logged", "logged", "backup"]),
    "disk-races": protocol.pick("disk-races", ["blocks", "blocks-and-pages"]),
    "log-compression": protocol.pick("log-compression", ["none", "none", "deflate"]),
    arbiter: protocol.pick("arbiter", arbiters(topology)),
    ...(protocol.happens("batches frames", oneIn(3))
      ? { "rx-batch": protocol.time("rx-batch", 10, 2_000) }
      : {}),
    ...(protocol.happens("batches entries", oneIn(3))
      ? { "log-batch": protocol.time("log-batch", 10, 2_000) }
      : {}),
    ...(protocol.happens("small buffers", oneIn(3)) ? drawBuffers(protocol) : {}),
    ...(protocol.happens("tiny buffers", oneIn(4)) ? drawTinyBuffers(protocol) : {}),
    ...(protocol.happens("tight lag", oneIn(2)) ? drawLagControl(protocol, progress) : {}),
    ...(hosts > 2 ? drawProtection(protocol) : {}),
  };
}

/** A fourth to a tenth: two or three may be lost and nobody is suspected. */
function fraction(protocol: Draws, name: string, timeout: number): number {
  return Math.floor(timeout / protocol.between(name, 4, 10));
}

/** Two hosts have no majority without both of them; disks of their own arbitrate nothing. */
function arbiters({ hosts, disks }: DrawnTopology): readonly string[] {
  const storage = disks === "shared" ? ["storage", "storage", "storage"] : [];
  const majority = hosts > 2 ? ["majority"] : [];
  return [...storage, "third-party", ...majority];
}

function drawBuffers(protocol: Draws): object {
  return {
    "primary-buffer": `${protocol.spread("primary-buffer", 16, 1_024)}KiB`,
    "backup-buffer": `${protocol.spread("backup-buffer", 16, 1_024)}KiB`,
    "backup-socket": protocol.spread("backup-socket", 16, 1_024),
  };
}

/** As small as nobody would have them: both ends are full in a short run. */
function drawTinyBuffers(protocol: Draws): object {
  return {
    "primary-buffer": `${protocol.spread("tiny primary-buffer", 4, 32)}KiB`,
    "backup-buffer": `${protocol.spread("tiny backup-buffer", 2, 16)}KiB`,
    "backup-socket": protocol.spread("tiny backup-socket", 2, 32),
  };
}

/** A loop that acts within a short run: it sees no more than what a keep-alive brings. */
function drawLagControl(protocol: Draws, progress: number): object {
  return {
    "lag-high": `${progress * protocol.between("lag-high", 8, 12)}us`,
    "lag-low": `${progress * protocol.between("lag-low", 2, 4)}us`,
    "lag-period": `${progress * protocol.between("lag-period", 3, 6)}us`,
    "cpu-step": `${protocol.between("cpu-step", 2, 5)}%`,
    "cpu-floor": `${protocol.between("cpu-floor", 20, 80)}%`,
  };
}

function drawProtection(protocol: Draws): object {
  return {
    start: protocol.pick("start", ["pair", "pair", "pair", "alone"]),
    "protection-delay": protocol.time("protection-delay", 50_000, 1_000_000),
    "copy-pause": protocol.time("copy-pause", 20_000, 200_000),
    "switch-time": protocol.time("switch-time", 1_000, 50_000),
  };
}
