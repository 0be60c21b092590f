// Builds the hosts and the clients of a world out of its scenario.

import { must } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { after, type Duration, earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { FtParams } from "../ft/params.ts";
import { DEFAULT_PARAMS } from "../ft/params.ts";
import type { ReplicaConfig } from "../ft/protocol.ts";
import { Voter } from "../ft/voter.ts";
import { NEMESIS, TRIGGER_REACTION } from "../faults/nemesis.ts";
import { OPERATOR } from "../faults/operator.ts";
import { Host } from "../sim/host.ts";
import type { Kernel } from "../sim/kernel.ts";
import type { Network } from "../sim/network.ts";
import { clientAddress, clientMac, VM_ADDRESS } from "./addresses.ts";
import { ClientHost } from "./client-host.ts";
import type { HostCosts } from "./costs.ts";
import { DIRECTOR } from "./director.ts";
import type { Disks } from "./disks.ts";
import { FtHost } from "./ft-host.ts";
import { clocksOf } from "./host-inputs.ts";
import { type Emit, HostFacts } from "./host-facts.ts";
import type { RecordedCrossing } from "./flight-recorder.ts";
import type { Lineages } from "./lineages.ts";
import { HostArbiter } from "./host-arbiter.ts";
import { HostPeers } from "./host-peers.ts";
import { PeerLink } from "./peer-link.ts";
import type { Scenario, ScenarioBody } from "./scenario.ts";
import { StorageInitiator } from "./storage-initiator.ts";
import {
  areDisksSeparate,
  clientNames,
  firstPair,
  hostNames,
  isReprotecting,
  PAIR,
} from "./topology.ts";
import { VmRunner } from "./vm-runner.ts";
import { createClient } from "./workloads/registry.ts";
import type { WorldSpec } from "./world-spec.ts";

/** Where things are built: the parts of a world that exist before its inhabitants. */
export interface Site {
  readonly spec: WorldSpec;
  readonly kernel: Kernel;
  readonly network: Network;
  readonly prng: Prng;
  readonly emit: Emit;
  readonly disks: Disks;
  readonly lineages: Lineages;
  /** What crossed the port of a node's machine so far. */
  readonly recordOf: (node: string) => readonly RecordedCrossing[];
  /** Whether a fault on a host still waits for a fact. */
  readonly mayBeTriggered: () => boolean;
  /** Whether no machine may run ahead of the next event. */
  readonly isExact: () => boolean;
}

const GENERATION = 1;

export function buildHosts(site: Site, mark: (name: string) => void): readonly FtHost[] {
  return hostNames(site.spec.scenario).map((_, index) => buildHost(site, index, mark));
}

function buildHost(site: Site, index: number, mark: (name: string) => void): FtHost {
  const { spec, kernel, network, prng } = site;
  const { scenario, rules, protocol, booted } = spec;
  const names = hostNames(scenario);
  const name = must(names[index], "a host");
  const stream = prng.fork(`host:${name}`);
  const settings = hostSettings(scenario, index);
  const host = new Host(name, settings["clock-skew"], settings["clock-drift-ppm"]);
  const entropy = stream.fork("entropy");
  const machine = booted.machine.createMachine();
  const tellsMemory = scenario.protocol["disk-races"] === "blocks-and-pages";
  const facts = new HostFacts({ kernel, node: name, machine, emit: site.emit, tellsMemory });
  const runner: VmRunner = new VmRunner(
    kernel,
    machine,
    { actor: name, costs: costsOf(settings), ...spec.execution },
    {
      horizon: () => horizonOf(site, name),
      handleExit: (exit) => ftHost.handleExit(exit),
      entropy: (length) => entropy.bytes(length),
    },
    facts,
  );
  const peers = new HostPeers(
    names.flatMap((other, at) =>
      at === index ? [] : [new PeerLink(stream, { self: index, other: at, name: other })],
    ),
  );
  const initiator = new StorageInitiator("vm", name, host.incarnation);
  const arbiter = new HostArbiter({
    kind: scenario.protocol.arbiter,
    name,
    kernel,
    network,
    emit: site.emit,
    initiator: new StorageInitiator("vm", name, host.incarnation),
    voter: new Voter({ self: name, original: names, first: firstPair(scenario) }, rules.voter),
    others: names.filter((other) => other !== name),
    isRecord: areDisksSeparate(scenario),
  });
  const ftHost: FtHost = new FtHost(
    {
      kernel,
      network,
      host,
      runner,
      peers,
      initiator,
      disk: site.disks.at(name),
      arbiter,
      facts,
      entropy,
      lineages: site.lineages,
      peerRecord: site.recordOf,
      mark,
    },
    protocol,
    {
      self: name,
      ...placeOf(scenario, index),
      params: paramsOf(scenario),
      rules: rules.ft,
      ...clocksOf(host, kernel.now),
      guestTicks: booted.ticks,
      seed: spec.seed,
    },
  );
  return ftHost;
}

/** The first host has the VM, the second its backup, unless the VM begins alone; others are spare. */
function placeOf(
  scenario: Scenario,
  index: number,
): Pick<ReplicaConfig, "peer" | "generation" | "role"> {
  const isAlone = scenario.protocol.start === "alone";
  if (index === 0)
    return isAlone
      ? { peer: "", generation: GENERATION, role: "alone" }
      : { peer: PAIR[1], generation: GENERATION, role: "primary" };
  return index === 1 && !isAlone
    ? { peer: PAIR[0], generation: GENERATION, role: "backup" }
    : { peer: "", generation: 0, role: "spare" };
}

/**
 * D6: nothing can reach this host before this instant that is not in its queue already. Who acts
 * without a wire - the nemesis, the operator, the director - is waited for; a fault that a fact anywhere may
 * trigger strikes no sooner than its reaction time after it.
 */
function horizonOf(site: Site, name: string): VirtualTime {
  const { kernel, network } = site;
  if (site.isExact()) return kernel.nextTime();
  const own = kernel.nextTimeOf(name);
  const planned = earliest(kernel.nextTimeOf(NEMESIS), kernel.nextTimeOf(OPERATOR));
  const wireless = earliest(planned, kernel.nextTimeOf(DIRECTOR));
  const others = kernel.nextTimeExcept(name);
  if (others === TIME_NEVER) return earliest(own, wireless);
  const latency = network.minimumLatencyInto(name);
  const lookahead = site.mayBeTriggered() ? Math.min(latency, TRIGGER_REACTION) : latency;
  return earliest(own, earliest(wireless, after(others, lookahead as Duration)));
}

export function buildClients(site: Site): readonly ClientHost[] {
  const { spec, kernel, network, prng, emit } = site;
  const { workload, recovery } = spec.scenario;
  const { port, udpPort } = spec.booted.guest;
  return clientNames(spec.scenario).map((name, index) => {
    const client = createClient(workload, {
      prng: prng.fork(`client:${name}`),
      index,
      mac: clientMac(index),
      address: clientAddress(index),
      server: { address: VM_ADDRESS, port },
      datagrams: { address: VM_ADDRESS, port: udpPort ?? port },
      recovery,
    });
    return new ClientHost(name, client, kernel, network, emit);
  });
}

type HostSettings = ScenarioBody["topology"]["host"];

function hostSettings(scenario: Scenario, index: number): HostSettings {
  const { host, "backup-host": backup } = scenario.topology;
  return index === 1 ? { ...host, ...given(backup) } : host;
}

/** Only what the scenario says: absent keys must not overwrite the primary's settings. */
function given(partial: ScenarioBody["topology"]["backup-host"]): Partial<HostSettings> {
  return partial as Partial<HostSettings>;
}

function costsOf(settings: HostSettings): HostCosts {
  return {
    stepsPerSecond: settings.speed,
    exit: settings["exit-cost"],
    record: settings["record-cost"],
    recordPerKib: settings["record-cost-per-kib"],
    replay: settings["replay-cost"],
    replayPerKib: settings["replay-cost-per-kib"],
    copyPerPage: settings["copy-cost-per-page"],
    packPerKib: settings["pack-cost-per-kib"],
    unpackPerKib: settings["unpack-cost-per-kib"],
  };
}

function paramsOf(scenario: Scenario): FtParams {
  const { protocol } = scenario;
  return {
    ...DEFAULT_PARAMS,
    heartbeatInterval: protocol["heartbeat-interval"],
    heartbeatTimeout: protocol["heartbeat-timeout"],
    logTimeout: protocol["log-timeout"],
    progressInterval: protocol["progress-interval"],
    suspectGrace: protocol["suspect-grace"],
    testAndSetRetry: protocol["test-and-set-retry"],
    primaryBufferBytes: protocol["primary-buffer"],
    backupBufferBytes: protocol["backup-buffer"],
    backupSocketEntries: protocol["backup-socket"],
    lagHigh: protocol["lag-high"],
    lagLow: protocol["lag-low"],
    lagPeriod: protocol["lag-period"],
    cpuStep: protocol["cpu-step"],
    cpuFloor: protocol["cpu-floor"],
    receiveBatch: protocol["rx-batch"],
    logBatch: protocol["log-batch"],
    compression: protocol["log-compression"],
    epochSteps: protocol["epoch-steps"],
    checkpointInterval: protocol["checkpoint-interval"],
    compareTimeout: protocol["compare-timeout"],
    boundaryPolicy: protocol.boundary,
    disks: scenario.topology.disks,
    diskReads: protocol["disk-reads"],
    diskRaces: protocol["disk-races"],
    reprotects: isReprotecting(scenario),
    protectionDelay: protocol["protection-delay"],
    copyPause: protocol["copy-pause"],
    switchTime: protocol["switch-time"],
  };
}
