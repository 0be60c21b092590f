// A run as a list of events, each with the digest after it: to find where two runs part.

import { createWorld, runToEnd, type BootCache } from "../testbed/run.ts";
import { loadProtocol } from "./protocols.ts";
import { loadScenario } from "./scenarios.ts";
import { UsageError } from "./usage-error.ts";
import { resolveVariants } from "./variants.ts";

export interface TraceRequest {
  readonly scenarioName: string;
  readonly seed: string;
  readonly protocol: string | undefined;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
}

export interface EventTrace {
  readonly digest: string;
  /** One line an event: "12.345678901 s h1 timer 0123456789abcdef"; empty unless detailed. */
  readonly events: readonly string[];
}

export async function traceRun(
  engine: BootCache,
  request: TraceRequest & { readonly isDetailed: boolean },
): Promise<EventTrace> {
  const scenario = loadScenario(request.scenarioName, request.set, request.seed);
  const created = createWorld(engine, {
    scenario,
    seed: request.seed,
    protocol: await loadProtocol(request.protocol ?? scenario.protocol.name),
    changes: resolveVariants(request.without, request.bug),
  });
  if (!created.ok) throw new UsageError(created.error);
  const world = created.value;
  const events: string[] = [];
  if (request.isDetailed)
    while (!world.isOver) {
      world.advance(1);
      events.push(
        `${(world.kernel.now / 1e9).toFixed(9)} s ${world.kernel.dispatched} ${world.digest()}`,
      );
    }
  return { digest: runToEnd(world).digest, events };
}
