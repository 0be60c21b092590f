// Threads that measure: every order goes to one that is free, the answers stand in the orders' order.
// Which thread measured what never shows in a figure.

import { Worker } from "node:worker_threads";
import type { Measurement } from "../../tables/meter.ts";
import { workerFile } from "../paths.ts";
import type { Order } from "../tables-worker.ts";
import { UsageError } from "../usage-error.ts";

type Answer = { readonly measurement: Measurement } | { readonly usage: string };

export async function measureAll(
  orders: readonly Order[],
  size: number,
  done: (count: number) => void,
): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  let next = 0;
  let count = 0;
  const workers: Worker[] = [];
  const serve = async (): Promise<void> => {
    const worker = new Worker(workerFile("tables"));
    workers.push(worker);
    while (next < orders.length) {
      const at = next++;
      measured[at] = await ask(worker, orders[at] as Order);
      done(++count);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(size, orders.length) }, serve));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return measured;
}

function ask(worker: Worker, order: Order): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(error as Error);
    worker.once("error", fail);
    worker.once("message", (answer: Answer) => {
      worker.removeListener("error", fail);
      if ("usage" in answer) reject(new UsageError(answer.usage));
      else resolve(answer.measurement);
    });
    worker.postMessage(order);
  });
}
