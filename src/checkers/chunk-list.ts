// An append-only list as plain data, cheap to snapshot: full chunks are frozen, so clonePlain shares
// them, and a copy costs one pointer for each CHUNK elements. Positions go on counting when the
// front is dropped. Elements must be frozen or primitive.

const CHUNK = 128;

export interface ChunkList<T> {
  /** Position of the first element of the first chunk; a multiple of nothing in particular. */
  start: number;
  chunks: (readonly T[])[];
  tail: T[];
}

export function emptyList<T>(start: number): ChunkList<T> {
  return { start, chunks: [], tail: [] };
}

/** One past the last position. */
export function endOf(list: ChunkList<unknown>): number {
  return list.start + list.chunks.length * CHUNK + list.tail.length;
}

export function push<T>(list: ChunkList<T>, item: T): void {
  list.tail.push(item);
  if (list.tail.length < CHUNK) return;
  list.chunks.push(Object.freeze(list.tail));
  list.tail = [];
}

export function itemAt<T>(list: ChunkList<T>, position: number): T | undefined {
  const offset = position - list.start;
  if (offset < 0) return undefined;
  const chunk = Math.floor(offset / CHUNK);
  const items = chunk < list.chunks.length ? list.chunks[chunk] : list.tail;
  return chunk > list.chunks.length ? undefined : items?.[offset % CHUNK];
}

/** Forgets whole chunks below the position. */
export function dropBefore(list: ChunkList<unknown>, position: number): void {
  const whole = Math.min(Math.floor((position - list.start) / CHUNK), list.chunks.length);
  if (whole <= 0) return;
  list.chunks.splice(0, whole);
  list.start += whole * CHUNK;
}
