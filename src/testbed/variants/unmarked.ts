// Requirements without a mark, and why none can be.

export const UNMARKED: ReadonlyMap<string, string> = new Map([
  ["R-1.7", "whether a translation was cached may be seen by nobody, no mark either"],
  ["R-1.8", "it holds at every step: there is no situation in which it comes up"],
  ["R-11.4", "it compares two runs, and a mark belongs to one"],
]);
