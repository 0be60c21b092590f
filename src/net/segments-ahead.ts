// Text that arrived behind a gap: a list of pieces, ascending by position and never overlapping.

export interface SegmentAhead {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Inserts only what the list does not have yet, so that pieces never overlap. */
export function insertAhead(ahead: readonly SegmentAhead[], arrived: SegmentAhead): SegmentAhead[] {
  const out: SegmentAhead[] = [];
  const end = arrived.position + arrived.bytes.length;
  let position = arrived.position;
  const fill = (stop: number): void => {
    if (stop <= position) return;
    const bytes = arrived.bytes.subarray(position - arrived.position, stop - arrived.position);
    out.push({ position, bytes });
    position = stop;
  };
  for (const piece of ahead) {
    fill(Math.min(piece.position, end));
    out.push(piece);
    position = Math.max(position, Math.min(piece.position + piece.bytes.length, end));
  }
  fill(end);
  return out;
}
