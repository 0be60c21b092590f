// Makes inputs worse: bytes of any file, lines and values of a text, arguments of a command line.
// Everything is drawn from one stream, so an input is known by its number.

import type { Prng } from "../../src/base/prng.ts";

/** What a number is replaced by: edges of what it may be, and what is none. */
const NUMBERS: readonly string[] = [
  "0",
  "-1",
  "1e308",
  "-1e308",
  "1e-9",
  "NaN",
  "Infinity",
  "9007199254740993",
  "4294967296",
  "0x10",
  "1_000",
  "00",
  "1.5",
];
const WORDS: readonly string[] = [
  "",
  "~",
  "null",
  "true",
  "[]",
  "{}",
  "[[[[[[[[]]]]]]]]",
  "{a: {b: {c: 1}}}",
  "!!binary AAAA",
  "!!js/function x",
  "&a [*a]",
  "'",
  '"',
  "\u0000",
  "\ufeff",
  "\u202e",
  "\ud800",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "1e9s",
  "-1ms",
  "5 parsecs",
  "101%",
  "10Tb/s",
  "h99",
  "x".repeat(300),
];

export function mutateText(text: string, prng: Prng): string {
  let changed = text;
  for (let left = 1 + prng.below(4); left > 0; left--) changed = changeText(changed, prng);
  return changed;
}

function changeText(text: string, prng: Prng): string {
  const lines = text.split("\n");
  const at = prng.below(lines.length);
  const line = lines[at] ?? "";
  switch (prng.below(10)) {
    case 0:
      return lines.toSpliced(at, 1).join("\n");
    case 1:
      return lines.toSpliced(at, 0, line).join("\n");
    case 2:
      return lines.with(at, `  ${line}`).join("\n");
    case 3:
      return text.slice(0, prng.below(text.length + 1));
    case 4:
      return spliced(text, prng, pick(prng, WORDS));
    case 5:
      return lines.with(at, `${line.split(":")[0] ?? ""}: ${pick(prng, WORDS)}`).join("\n");
    case 6:
      return lines.with(at, misspelled(line, prng)).join("\n");
    case 7:
    case 8:
      return withNumber(text, prng);
    default: {
      const other = lines[prng.below(lines.length)] ?? "";
      return lines.with(at, other).join("\n");
    }
  }
}

function withNumber(text: string, prng: Prng): string {
  const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (numbers.length === 0) return spliced(text, prng, pick(prng, NUMBERS));
  const { index, 0: old } = numbers[prng.below(numbers.length)]!;
  return text.slice(0, index) + pick(prng, NUMBERS) + text.slice(index + old.length);
}

function misspelled(line: string, prng: Prng): string {
  if (line === "") return "?";
  const at = prng.below(line.length);
  return line.slice(0, at) + String.fromCharCode(33 + prng.below(94)) + line.slice(at + 1);
}

function spliced(text: string, prng: Prng, insert: string): string {
  const at = prng.below(text.length + 1);
  return text.slice(0, at) + insert + text.slice(at + prng.below(3));
}

export function mutateBytes(bytes: Uint8Array, prng: Prng): Uint8Array {
  if (prng.below(8) === 0) return bytes.slice(0, prng.below(bytes.length + 1));
  const changed = bytes.slice();
  for (let left = 1 + prng.below(8); left > 0; left--) {
    // The header and its tables are where a loader can go wrong.
    const reach = prng.below(2) === 0 ? Math.min(256, changed.length) : changed.length;
    const at = prng.below(reach);
    const width = [1, 2, 4, 8][prng.below(4)]!;
    const fill = [0, 0xff, 0x7f, 0x80][prng.below(4)]!;
    if (prng.below(2) === 0) changed.fill(fill, at, at + width);
    else changed[at] = prng.below(256);
  }
  return changed;
}

export function mutateArguments(
  words: readonly string[],
  known: readonly string[],
  prng: Prng,
): readonly string[] {
  let changed = [...words];
  for (let left = 1 + prng.below(3); left > 0; left--) {
    const at = prng.below(changed.length + 1);
    const old = changed[at] ?? "";
    const choice = prng.below(6);
    if (choice === 0) changed = changed.toSpliced(at, 1);
    else if (choice === 1) changed = changed.toSpliced(at, 0, pick(prng, known));
    else if (choice === 2) changed = changed.toSpliced(at, 0, pick(prng, WORDS));
    else if (choice === 3) changed = changed.toSpliced(at, 1, withNumber(old, prng));
    else if (choice === 4) changed = changed.toSpliced(at, 1, misspelled(old, prng));
    else changed = changed.toSpliced(at, 1, pick(prng, prng.below(2) === 0 ? NUMBERS : WORDS));
  }
  // A process cannot be given a NUL.
  return changed.map((word) => word.replaceAll("\u0000", "?"));
}

function pick<T>(prng: Prng, items: readonly T[]): T {
  return items[prng.below(items.length)]!;
}
