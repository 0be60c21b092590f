// Inputs that are right, from which wrong ones are made: small enough to be run to a verdict in a
// fraction of a second, and each with the command that reads it.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Prng } from "../../src/base/prng.ts";
import { ROOT } from "../support/worlds.ts";
import { mutateArguments, mutateBytes, mutateText } from "./mutate.ts";

export const KINDS = ["scenario", "reproduction", "history", "elf", "command-line"] as const;
export type InputKind = (typeof KINDS)[number];

/** One input: files by their names in a folder of its own, and the arguments that read them there. */
export interface Input {
  readonly kind: InputKind;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly words: readonly string[];
}

export interface Corpus {
  readonly scenarios: readonly string[];
  readonly reproduction: string;
  readonly facts: string;
  readonly elf: Uint8Array;
}

/** What keeps a run short, whatever stands in its file. */
const SHORT: readonly string[] = [
  "workload.for=30ms",
  "recovery=20ms",
  "protocol.heartbeat-timeout=10ms",
  "protocol.log-timeout=10ms",
  "protocol.heartbeat-interval=2ms",
  "protocol.progress-interval=2ms",
];
const FLAGS = SHORT.flatMap((text) => ["--set", text]);

/** Runs ftsim once for the stored run that reproductions and histories are made from. */
export function loadCorpus(folder: string): Corpus {
  const out = join(folder, "stored");
  const words = ["run", "failover", "--seed", "1", "--quiet", "--out", out, ...FLAGS];
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "bin", "ftsim.js"), ...words, "--set", "faults=[]"],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the stored run ended with ${status}: ${stderr}`);
  const scenarios = readdirSync(join(ROOT, "scenarios"))
    .filter((name) => !name.startsWith("redis") && !name.includes("marathon"))
    .map((name) => readFileSync(join(ROOT, "scenarios", name), "utf8"));
  return {
    scenarios,
    reproduction: readFileSync(join(out, "repro.json"), "utf8"),
    facts: readFileSync(join(out, "facts.jsonl"), "utf8"),
    elf: new Uint8Array(readFileSync(join(ROOT, "guests", "kv", "kv.elf"))),
  };
}

export function makeInput(corpus: Corpus, prng: Prng): Input {
  const kind = KINDS[prng.below(KINDS.length)]!;
  switch (kind) {
    case "scenario": {
      const text = corpus.scenarios[prng.below(corpus.scenarios.length)]!;
      return {
        kind,
        files: new Map([["s.yaml", mutateText(text, prng)]]),
        words: ["run", "s.yaml", "--seed", "1", "--quiet", "--no-report", ...FLAGS],
      };
    }
    case "reproduction":
      return {
        kind,
        files: new Map([["repro.json", mutateText(corpus.reproduction, prng)]]),
        words: ["replay", "repro.json", "--quiet", "--no-report"],
      };
    case "history":
      return {
        kind,
        files: new Map([
          ["run/repro.json", corpus.reproduction],
          ["run/facts.jsonl", mutateText(corpus.facts, prng)],
        ]),
        words: [prng.below(4) === 0 ? "log" : "check", "run"],
      };
    case "elf":
      return {
        kind,
        files: new Map([["guest.elf", mutateBytes(corpus.elf, prng)]]),
        // Where it is booted in this process, it is booted as a guest; no command takes any ELF at all.
        words: ["vm", "run", "--from", "guest.elf", "--limit", "1000", "--quiet"],
      };
    case "command-line": {
      const words = COMMANDS[prng.below(COMMANDS.length)]!;
      return { kind, files: new Map(), words: mutateArguments(words, OPTIONS, prng) };
    }
  }
}

const SEED = ["--seed", "1"];
/** Each ends in a moment as it stands; none asks for a terminal, a port or the whole machine. */
const COMMANDS: readonly (readonly string[])[] = [
  ["run", "failover", ...SEED, "--quiet", "--no-report", ...FLAGS],
  ["run", "split-brain", ...SEED, "--quiet", "--no-report", ...FLAGS],
  ["run", "failover", ...SEED, "--without", "output-rule", "--quiet", "--no-report", ...FLAGS],
  ["run", "failover", ...SEED, "--do", "@100~crash~h1", "--quiet", "--no-report", ...FLAGS],
  ["list", "scenarios"],
  ["list", "bugs"],
  ["explain", "output-rule"],
  ["explain", "INV-01"],
  ["vm", "run", "--guest", "kv", "--limit", "1000", "--quiet"],
  ["merge", "a.jsonl", "b.jsonl"],
  ["replay", "scenario=failover&seed=1"],
  ["diff", "a", "b"],
  ["--version"],
];
const OPTIONS: readonly string[] = [
  "--seed",
  "--without",
  "--bug",
  "--protocol",
  "--set",
  "--do",
  "--json",
  "--quiet",
  "--verbose",
  "--out",
  "--help",
  "--limit",
  "--tier",
  "--counterfactuals",
  "--sweep-param",
  "--steps",
];
