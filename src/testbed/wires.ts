// The names of the wires, as scenarios say them. A wire between h1 and h2 is two links,
// `log:h1>h2` and `log:h2>h1`.

export const WIRE_LOG = "log";
export const WIRE_HEARTBEAT = "hb";
export const WIRE_STORAGE = "storage";
export const WIRE_NET = "net";
/** Hosts and the cluster service: only where redundancy is restored by itself. */
export const WIRE_CLUSTER = "mgmt";
/** Hosts among themselves, where a majority of them is the arbiter. */
export const WIRE_VOTE = "vote";
/** Hosts and the third party that is the arbiter. */
export const WIRE_ARBITER = "arb";
export const ARBITER = "arbiter";
export const SWITCH = "switch";
export const STORAGE = "storage";
export const CLUSTER = "cluster";

/** Links are named `wire:from>to`. */
export function senderOf(link: string): string {
  return link.slice(link.indexOf(":") + 1, link.indexOf(">"));
}
