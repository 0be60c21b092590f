// Which sections of the paper a requirement of the specification comes from.

const SECTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["R-1", ["2.1"]],
  ["R-2", ["2.2"]],
  ["R-3", ["2.3"]],
  ["R-4", ["2.3", "3.2"]],
  ["R-5", ["2.3"]],
  ["R-6", ["3.1"]],
  ["R-7", ["3.2"]],
  ["R-8", ["3.3"]],
  ["R-9", ["3.4"]],
  ["R-10", ["3.5"]],
  ["R-11", ["4.1", "4.2"]],
]);

export function paperSections(shows: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const requirement of shows)
    for (const section of SECTIONS.get(requirement.split(".")[0] ?? "") ?? []) found.add(section);
  return [...found].sort();
}
