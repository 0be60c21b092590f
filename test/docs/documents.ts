// The commands of the documentation: lines that begin with `npx ftsim` in a block fenced as `sh`, the
// exit code that a comment behind them names (0 without one), and the output that they show: the
// lines of a `text` block that follows, where `...` stands for what is left out.

import { readdirSync, readFileSync } from "node:fs";

export interface DocumentedCommand {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly args: readonly string[];
  readonly exit: number;
  /** Lines that must be in the output, in this order. */
  readonly shown: readonly string[];
}

/** Its commands need what it adds: extending.outside.test.ts runs them. */
export const EXTENDING = "docs/extending.md";

/** Is made from runs of the same scenarios, seeds and switches, exit codes included: by holes.test.ts. */
const HOLES = "docs/holes.md";

export function documents(): readonly string[] {
  const below = readdirSync("docs").filter((name) => name.endsWith(".md"));
  const all = ["README.md", ...below.map((name) => `docs/${name}`)];
  return all.filter((name) => name !== EXTENDING && name !== HOLES);
}

export function commandsOf(file: string): readonly DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  let block: string | undefined;
  let shown: string[] = [];
  for (const [at, text] of readFileSync(file, "utf8").split("\n").entries()) {
    // A block may stand in a list.
    const trimmed = text.trimStart();
    if (trimmed.startsWith("```")) {
      block = block === undefined ? trimmed.slice(3) : undefined;
      continue;
    }
    if (block === "sh" && trimmed.startsWith("npx ftsim")) {
      shown = [];
      found.push({ file, line: at + 1, ...parseCommand(trimmed), shown });
    } else if (block === "text" && text.trim() !== "" && !text.trim().startsWith("...")) {
      shown.push(text);
    }
  }
  return found;
}

/** Commands in a block of no kind: they would be shown to people, and run by nobody. */
export function commandsOutside(file: string): readonly string[] {
  const outside: string[] = [];
  let block: string | undefined;
  for (const [at, text] of readFileSync(file, "utf8").split("\n").entries()) {
    const trimmed = text.trimStart();
    if (trimmed.startsWith("```")) block = block === undefined ? trimmed.slice(3) : undefined;
    else if (block === "" && trimmed.startsWith("npx ftsim")) outside.push(`${file}:${at + 1}`);
  }
  return outside;
}

/** The first of these lines that is not in the output behind the one before it. */
export function firstMissing(output: string, shown: readonly string[]): string | undefined {
  let from = 0;
  for (const text of shown) {
    const at = output.indexOf(text, from);
    if (at < 0) return text;
    from = at + text.length;
  }
  return undefined;
}

function parseCommand(text: string): Pick<DocumentedCommand, "args" | "exit"> {
  const [command = "", comment = ""] = text.split(" # ");
  const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const exit = /exit (\d+)/.exec(comment)?.[1] ?? "0";
  return { args: args.slice(2).map(String), exit: Number(exit) };
}
