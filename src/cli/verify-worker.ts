// The second run of `ftsim verify`: another thread, another engine, and another run before it.

import { parentPort, workerData } from "node:worker_threads";
import { createEngine } from "./engine.ts";
import { type TraceRequest, traceRun } from "./event-trace.ts";

const request = workerData as TraceRequest & { readonly isDetailed: boolean };
const engine = createEngine();
// What an earlier run leaves behind in the process must not show.
await traceRun(engine, {
  ...request,
  seed: `${request.seed}-before`,
  isDetailed: false,
  set: [...request.set, "workload.for=100ms", "recovery=100ms"],
});
parentPort?.postMessage(await traceRun(engine, request));
