// Maps that forget their oldest entries: a checker's state must not grow with the run.

/** Sets and, beyond `limit`, drops the oldest half; returns the last key dropped. */
export function setBounded<K, V>(
  map: Map<K, V>,
  entry: readonly [K, V],
  limit: number,
): K | undefined {
  map.set(entry[0], entry[1]);
  if (map.size <= limit) return undefined;
  let dropped: K | undefined;
  let left = Math.floor(limit / 2);
  for (const key of map.keys()) {
    if (left === 0) break;
    map.delete(key);
    dropped = key;
    left -= 1;
  }
  return dropped;
}

/** A machine begins anew: what is kept of the node's former one, by "node ...", is not its past. */
export function forgetNode(map: Map<string, unknown>, node: string): void {
  for (const key of map.keys()) if (key.startsWith(`${node} `)) map.delete(key);
}
