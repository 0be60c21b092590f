// Has forks run on a crew of threads: in tasks of a few forks of one run, so that nobody is left with
// all of a round.

import type { Crew, Workplace } from "../crew.ts";
import { workerFile } from "../paths.ts";
import type { Answer, ForkOrder, Recipe, SeededSubject, Task, Watched } from "./task.ts";

export const WORKPLACE: Workplace = {
  file: workerFile("explore"),
  function: "runTask",
};

export type ForkCrew = Crew<Task, Answer>;

/** An order, the run that it belongs to, and whatever its sender knows it by. */
export interface Sent<T> {
  readonly recipe: Recipe;
  readonly order: ForkOrder;
  readonly sender: T;
}

const FORKS_PER_TASK = 4;

/** Answers in the order in which they were asked for. */
export async function runForks<T>(
  crew: ForkCrew,
  subject: SeededSubject,
  sent: readonly Sent<T>[],
  onDone: (forks: number) => void = () => {},
): Promise<readonly (readonly [T, Watched | null])[]> {
  const answers = new Map<Sent<T>, Watched | null>();
  const perform = async (batch: readonly Sent<T>[]): Promise<void> => {
    const recipe = batch[0]?.recipe ?? [];
    const orders = batch.map(({ order }) => order);
    const answer = await crew.run({ kind: "forks", subject, recipe, orders });
    for (const [index, one] of batch.entries()) answers.set(one, answer[index] ?? null);
    onDone(answers.size);
  };
  await Promise.all(batchesOf(sent).map(perform));
  return sent.map((one) => [one.sender, answers.get(one) ?? null]);
}

function batchesOf<T>(sent: readonly Sent<T>[]): readonly (readonly Sent<T>[])[] {
  const byRun = new Map<Recipe, Sent<T>[]>();
  for (const one of sent) byRun.set(one.recipe, [...(byRun.get(one.recipe) ?? []), one]);
  const batches: Sent<T>[][] = [];
  for (const group of byRun.values()) {
    const inOrder = group.toSorted((a, b) => a.order.afterEvent - b.order.afterEvent);
    for (let at = 0; at < inOrder.length; at += FORKS_PER_TASK)
      batches.push(inOrder.slice(at, at + FORKS_PER_TASK));
  }
  return batches;
}

export async function runScratch(
  crew: ForkCrew,
  subject: SeededSubject,
  recipe: Recipe,
): Promise<Watched> {
  const [watched] = await crew.run({ kind: "scratch", subject, recipe });
  if (watched === undefined || watched === null) throw new Error("a run without an end");
  return watched;
}
