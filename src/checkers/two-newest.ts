// What is kept by generation, for the two newest ones. A host that was paused for long goes on in the
// generation in which it stood still: of one that is older than the two nothing is known any more, and
// what is said of it is not judged.

export function isForgotten(
  byGeneration: ReadonlyMap<number, unknown>,
  generation: number,
): boolean {
  return generation < newestOf(byGeneration) - 1;
}

export function keepTwoNewest(byGeneration: Map<number, unknown>): void {
  const newest = newestOf(byGeneration);
  for (const generation of byGeneration.keys())
    if (generation < newest - 1) byGeneration.delete(generation);
}

function newestOf(byGeneration: ReadonlyMap<number, unknown>): number {
  let newest = 0;
  for (const generation of byGeneration.keys()) newest = Math.max(newest, generation);
  return newest;
}
