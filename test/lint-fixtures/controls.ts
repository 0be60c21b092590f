// What simulated code may do: not one line of this may be flagged (test/house/lint-fence.test.ts).

export const product: number = Math.imul(3, 4);
export const bounds: number = Math.min(1, 2) + Math.max(1, 2) + Math.abs(-1);
export const rounded: number = Math.trunc(1.5) + Math.floor(1.5) + Math.ceil(1.5) + Math.round(1.5);
export const bits: number = Math.clz32(1) + Math.sign(-1) + Math.fround(1);
export const shifted: number = 1 << 20;
export const sorted: readonly number[] = [3, 1].sort((a, b) => a - b);
export const ordered: readonly number[] = [3, 1].toSorted((a, b) => a - b);
export const names: ReadonlyMap<string, number> = new Map([["b", 1]]);
export const listed: readonly string[] = [...names.keys()];
export const total: number = [...names.values()].reduce((sum, value) => sum + value, 0);
export const fixed: string = (1.5).toFixed(3);
export const compared: boolean = (listed[0] ?? "") < "b";
export const text: string = JSON.stringify({ a: 1 });
export const failed: Error = new RangeError("of our own");

interface Stack {
  readonly depth: number;
}

export function walk(stack: Stack): number {
  let steps = 0;
  for (const value of names.values()) steps += value;
  for (let index = 0; index < stack.depth; index++) steps += index;
  return steps;
}

export function name(kind: "a" | "b"): string {
  switch (kind) {
    case "a":
      return "first";
    case "b":
      return "second";
  }
}
