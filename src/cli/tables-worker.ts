// A thread that measures runs, one after the other: what it is asked, and what came out.

import { parentPort } from "node:worker_threads";
import { createEngine } from "./engine.ts";
import { measureRun, measureScenario, type ScenarioRun } from "./tables/measure-run.ts";
import type { RunSpec } from "../tables/run-spec.ts";
import { UsageError } from "./usage-error.ts";

export type Order =
  | { readonly kind: "table"; readonly run: RunSpec; readonly seed: string }
  | { readonly kind: "scenario"; readonly run: ScenarioRun };

const engine = createEngine();

parentPort?.on("message", (order: Order) => {
  try {
    const measurement =
      order.kind === "table"
        ? measureRun(engine, order.run, order.seed)
        : measureScenario(engine, order.run);
    parentPort?.postMessage({ measurement });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    parentPort?.postMessage({ usage: error.message });
  }
});
