// Runs many jobs on worker threads. Every job is run `times` times, each time by another worker and
// in another order, so that equal digests mean something.

import { Worker } from "node:worker_threads";
import { availableParallelism } from "node:os";

const WORKER = new URL("campaign-worker.mjs", import.meta.url);

/**
 * Answers by job, in the order of the jobs: one list of `times` answers each. Every second turn goes
 * backwards through each `block` of jobs. `onAnswers` hears of a job when it has all its answers.
 */
export async function runJobs(jobs, times, { block = jobs.length, onAnswers = () => {} } = {}) {
  const answers = jobs.map(() => []);
  const workers = Math.max(times, availableParallelism());
  const queues = Array.from({ length: times }, (_, turn) =>
    jobs.map((_, index) => (turn % 2 === 0 ? index : mirrored(index, block))),
  );
  await Promise.all(
    Array.from({ length: workers }, (_, number) =>
      serve(queues[number % times], jobs, (index, answer) => {
        answers[index].push(answer);
        if (answers[index].length === times) onAnswers(index, answers[index]);
      }),
    ),
  );
  return answers;
}

/** The place that mirrors `index` in its block; blocks are of equal length. */
function mirrored(index, block) {
  const start = index - (index % block);
  return start + (block - 1) - (index - start);
}

function serve(queue, jobs, take) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: 256 } });
    const next = () => {
      const index = queue.shift();
      if (index === undefined) {
        worker.terminate().then(resolve, reject);
        return;
      }
      worker.once("message", (answer) => {
        take(index, answer);
        next();
      });
      worker.postMessage(jobs[index]);
    };
    worker.once("error", reject);
    next();
  });
}

/** `--seeds N` of the command line. */
export function seedsOption(fallback) {
  const at = process.argv.indexOf("--seeds");
  const seeds = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isInteger(seeds) || seeds < 1) {
    console.error("--seeds: expected a whole number from 1");
    process.exit(64);
  }
  return seeds;
}

export function seedRange(count) {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}
