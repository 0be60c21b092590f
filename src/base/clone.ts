// Snapshots of plain state. Every owner of mutable state keeps it in one plain object: primitives,
// arrays, Maps, Sets and plain records. Byte strings are immutable once made (they are shared);
// a mutable typed array must not be kept in such a state.

import { assert } from "./assert.ts";

/** A deep copy that shares Uint8Arrays and keeps the order of Maps, Sets and record keys. */
export function clonePlain<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(clonePlain) as T;
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [key, item] of value) copy.set(key, clonePlain(item));
    return copy as T;
  }
  if (value instanceof Set) return new Set(value) as T;
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype, "clonePlain: only plain records can be snapshot");
  const copy: Record<string, unknown> = {};
  // Key order of a record is never iterated for a decision; it is copied only to keep shapes.
  for (const key of Object.getOwnPropertyNames(value))
    copy[key] = clonePlain((value as Record<string, unknown>)[key]);
  return copy as T;
}
