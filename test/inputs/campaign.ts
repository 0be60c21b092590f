// Wrong inputs by the thousand: each drawn from its number, so that one that is taken wrongly can be
// looked at again.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../src/base/prng.ts";
import { createRuntime } from "../../src/cli/engine.ts";
import { type Input, type InputKind, KINDS, loadCorpus, makeInput } from "./corpus.ts";
import { type Answer, askBinary, askHere, judge, MOST_MEMORY, writeFiles } from "./judge.ts";

const MIB = 1_048_576;

export interface InputsResult {
  readonly inputs: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly byKind: ReadonlyMap<InputKind, { accepted: number; rejected: number; wrong: number }>;
  readonly wrong: readonly string[];
  /** Of the processor, ms. */
  readonly slowest: number;
  /** The most that a process had, MiB: of this one at the end, or of any of its own. */
  readonly memory: number;
}

export interface InputsPlan {
  readonly seed: string;
  readonly first: number;
  readonly count: number;
  /** Each in a process of its own, by the real binary. */
  readonly isBinary: boolean;
  readonly isOver: () => boolean;
  readonly tell: (line: string) => void;
}

export async function tryInputs(plan: InputsPlan): Promise<InputsResult> {
  const folder = mkdtempSync(join(tmpdir(), "ftsim-inputs-"));
  const before = process.cwd();
  const corpus = loadCorpus(folder);
  const runtime = createRuntime();
  const byKind = new Map(KINDS.map((kind) => [kind, { accepted: 0, rejected: 0, wrong: 0 }]));
  const wrong: string[] = [];
  const ask = async (input: Input): Promise<Answer & { readonly memory: number }> =>
    plan.isBinary
      ? askBinary(input, work)
      : { ...(await askHere(input, runtime)), memory: process.memoryUsage.rss() / MIB };
  let [slowest, memory] = [0, 0];
  let done = 0;
  const work = join(folder, "work");
  for (; done < plan.count && !plan.isOver(); done++) {
    const number = plan.first + done;
    const input = makeInput(corpus, new Prng(`${plan.seed} input ${number}`));
    process.chdir(folder);
    writeFiles(input, work);
    process.chdir(work);
    const answer = await ask(input);
    slowest = Math.max(slowest, answer.milliseconds);
    memory = Math.max(memory, Math.round(answer.memory));
    const sentence = memory > MOST_MEMORY ? { wrong: `${memory} MiB` } : judge(answer);
    const counts = byKind.get(input.kind)!;
    if (typeof sentence === "string") counts[sentence] += 1;
    else {
      counts.wrong += 1;
      wrong.push(describe(number, input, sentence.wrong));
      plan.tell(wrong.at(-1)!);
    }
  }
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
  const sum = (key: "accepted" | "rejected"): number =>
    [...byKind.values()].reduce((total, counts) => total + counts[key], 0);
  return {
    inputs: done,
    accepted: sum("accepted"),
    rejected: sum("rejected"),
    byKind,
    wrong,
    slowest,
    memory,
  };
}

function describe(number: number, { kind, words }: Input, what: string): string {
  return `input ${number} (${kind}: ${words.join(" ").slice(0, 120)}): ${what}`;
}

export function inputsText(result: InputsResult): string {
  const { inputs, accepted, rejected, byKind, wrong, slowest, memory } = result;
  const share = inputs === 0 ? 0 : Math.floor((100 * rejected) / inputs);
  const kinds = [...byKind].map(
    ([kind, one]) => `${kind} ${one.accepted}/${one.rejected}/${one.wrong}`,
  );
  return [
    `${inputs} inputs: ${accepted} run to a verdict, ${rejected} refused in one line (${share} %), ${wrong.length} wrong`,
    `accepted/refused/wrong: ${kinds.join(", ")}`,
    `slowest ${Math.round(slowest)} ms of the processor, ${memory} MiB`,
  ].join("\n");
}
