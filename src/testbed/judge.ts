// The checkers of a world: started with what the scenario declares, fed with every fact, asked at
// the end.

import { type Composite, conclude, type Conclusion } from "../checkers/composite.ts";
import type { CheckerContext, Closeness } from "../checkers/checker.ts";
import { startCheckers } from "../checkers/registry.ts";
import type { Fact } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import { CONNECT_TIMEOUT } from "../workload/client.ts";
import type { Scenario } from "./scenario.ts";
import { areDisksSeparate, hostNames, isReprotecting } from "./topology.ts";
import { isWithoutStreams } from "./workloads/registry.ts";
import { REPLY_TIMEOUT } from "./workloads/workload-kind.ts";
import type { WorldSpec } from "./world-spec.ts";

/** Within this a loser must be silent, and a service back after everything was healed. */
const SETTLE_BOUND = 5_000_000_000;
/** A copy of a VM, tried again once. */
const COPY_BOUND = 10_000_000_000;
const SEARCH_BUDGET = 5_000_000;
/** Entries that may stand in line before an output's own: 64 KiB. */
const BURST_BITS = 524_288;

/** What a scenario declares, as checkers may know it. */
export function checkerContext(scenario: Scenario, protocolName: string): CheckerContext {
  const { protocol, topology } = scenario;
  const { loss, duplicate, corrupt } = topology["client-link"];
  return {
    hosts: hostNames(scenario),
    protocol: protocolName,
    boundaryPolicy: protocol.boundary,
    detectionTimeout: Math.max(protocol["heartbeat-timeout"], protocol["log-timeout"]),
    heartbeatTimeout: protocol["heartbeat-timeout"],
    logTimeout: protocol["log-timeout"],
    logRoundTrip: roundTripOf(scenario.topology["log-link"]),
    channel: {
      backupReads: protocol["disk-reads"] === "backup",
      lagHigh: protocol["lag-high"],
      lagLow: protocol["lag-low"],
      lagPeriod: protocol["lag-period"],
      cpuStep: protocol["cpu-step"],
      cpuFloor: protocol["cpu-floor"],
      primaryBufferBytes: protocol["primary-buffer"],
      backupBufferBytes: protocol["backup-buffer"],
      progressInterval: protocol["progress-interval"],
    },
    settleBound: SETTLE_BOUND,
    clientPatience: { reply: REPLY_TIMEOUT, connect: CONNECT_TIMEOUT },
    areDisksSeparate: areDisksSeparate(scenario),
    areClientLinksRough: [loss, duplicate, corrupt].some((chance) => chance !== undefined),
    isWithoutStreams: isWithoutStreams(scenario.workload),
    areDatagramsPromised: scenario.promises.includes("datagrams-at-least-once"),
    isEndExpected: scenario.expect === "outage" || scenario.expect === "guest-panic",
    mayBeIdle: scenario["may-be-idle"],
    searchBudget: SEARCH_BUDGET,
    ...(isReprotecting(scenario)
      ? { protectionBound: protocol["protection-delay"] + COPY_BOUND }
      : {}),
  };
}

/** The declared round trip, and the time that a burst of entries needs to get through the link. */
function roundTripOf(link: Scenario["topology"]["log-link"]): number | null {
  const isUnreliable = [link.loss, link.duplicate, link.reorder, link.corrupt].some(
    (chance) => chance !== undefined && chance.numerator > 0,
  );
  return isUnreliable ? null : link.rtt + Math.ceil((BURST_BITS * 1_000_000_000) / link.bandwidth);
}

export class Judge {
  readonly #checkers: Composite;

  constructor(spec: WorldSpec) {
    const { scenario, protocol, checkers = [] } = spec;
    const context = checkerContext(scenario, protocol.name);
    this.#checkers = startCheckers(context, protocol, checkers);
  }

  observe(fact: Fact, index: number): void {
    this.#checkers.observe(fact, index);
  }

  closeness(): readonly Closeness[] {
    return this.#checkers.closeness();
  }

  results(): readonly CheckerResult[] {
    return this.#checkers.results();
  }

  conclude(): Conclusion {
    return conclude(this.results());
  }

  snapshot(): unknown {
    return this.#checkers.snapshot();
  }

  restore(snapshot: unknown): void {
    this.#checkers.restore(snapshot);
  }
}
