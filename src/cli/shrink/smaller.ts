// Which part of a list is needed: delta debugging. Pieces are left out, half of the list first, then
// smaller ones, down to single elements; what is left at the end is 1-minimal: without any one of its
// elements the test fails. Candidates are tried in an order that does not depend on how many are tried
// at once, and the first that passes is taken, so that the answer is the same for any crew.

/** Whether each of these candidates still shows what is looked for, in their order. */
export type Trial<T> = (candidates: readonly (readonly T[])[]) => Promise<number | undefined>;

/** `trial` answers with the index of the first candidate that passes; undefined: none does. */
export async function smallest<T>(whole: readonly T[], trial: Trial<T>): Promise<readonly T[]> {
  let kept = whole;
  let piece = Math.ceil(kept.length / 2);
  while (piece >= 1 && kept.length > 0) {
    const candidates = withoutPieces(kept, piece);
    const passed = await trial(candidates);
    if (passed !== undefined) {
      kept = candidates[passed] ?? kept;
      piece = Math.min(piece, Math.max(1, Math.ceil(kept.length / 2)));
    } else if (piece === 1) break;
    else piece = Math.ceil(piece / 2);
  }
  return kept;
}

function withoutPieces<T>(list: readonly T[], piece: number): readonly (readonly T[])[] {
  const candidates: (readonly T[])[] = [];
  for (let from = 0; from < list.length; from += piece)
    candidates.push([...list.slice(0, from), ...list.slice(from + piece)]);
  return candidates;
}
