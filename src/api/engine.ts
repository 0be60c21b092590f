// The engine that all runs of this process share: one page pool, and guests that are booted once. A
// cache and nothing else: no run can tell what ran before it.

import { createEngine, loadGuests } from "../cli/engine.ts";
import { BootCache } from "../testbed/run.ts";
import { type Guest, imageOf } from "./guest.ts";

let shared: BootCache | undefined;
const withOwn = new WeakMap<Guest, BootCache>();

/** `guest`: somebody's own, which stands beside the shipped ones. */
export function engineWith(guest: Guest | undefined): BootCache {
  shared ??= createEngine();
  if (guest === undefined) return shared;
  const known = withOwn.get(guest);
  if (known !== undefined) return known;
  const images = new Map([...loadGuests(), [guest.name, imageOf(guest)] as const]);
  const engine = new BootCache(shared.runtime, images);
  withOwn.set(guest, engine);
  return engine;
}
