// Names of links as scenarios say them, resolved to directed links `wire:from>to`.
//
//   log-link, heartbeat-link        the wire between the two hosts, both directions
//   h1-h2, primary-backup           everything between two hosts: log and heartbeats
//   h1-storage, primary-clients     a host's way to the storage, to the clients' network
//   c1-net                          a client's wire
//   h1-all, storage-all             all wires of a node: cut off from the whole cluster
//   log:h1>h2                       one direction of one wire
//   h1>h2                           one direction of everything between two nodes

/** One directed link of the world. */
export interface NamedLink {
  readonly name: string;
  readonly wire: string;
  readonly from: string;
  readonly to: string;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["clients", "switch"],
  ["net", "switch"],
]);

/**
 * The links that a name means; empty when it means none. `nodeOf` turns a role into a node and
 * leaves other names as they are.
 */
export function resolveLinks(
  pattern: string,
  links: readonly NamedLink[],
  nodeOf: (name: string) => string,
): readonly string[] {
  if (pattern === "log-link") return namesOf(links.filter(({ wire }) => wire === "log"));
  if (pattern === "heartbeat-link") return namesOf(links.filter(({ wire }) => wire === "hb"));
  const parsed = /^(?:([a-z]+):)?([a-z0-9]+)([->])([a-z0-9]+)$/.exec(pattern);
  if (parsed === null) return [];
  const [, wire, left = "", direction, right = ""] = parsed;
  const a = endOf(left, nodeOf);
  const b = endOf(right, nodeOf);
  return namesOf(
    links.filter((link) => {
      if (wire !== undefined && link.wire !== wire) return false;
      const isForward = isEnd(link.from, a) && isEnd(link.to, b);
      const isBackward = isEnd(link.from, b) && isEnd(link.to, a);
      return isForward || (direction === "-" && isBackward);
    }),
  );
}

function endOf(name: string, nodeOf: (name: string) => string): string {
  return ALIASES.get(name) ?? nodeOf(name);
}

/** Whatever is at the other end. */
const ALL = "all";

function isEnd(node: string, name: string): boolean {
  return name === ALL || node === name;
}

function namesOf(links: readonly NamedLink[]): readonly string[] {
  return links.map(({ name }) => name);
}
