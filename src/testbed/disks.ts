// The disks of a world: one storage server that all hosts share, or one of its own for each.
// Faults of "the storage" hit all of them; those that name a host hit only what that host asks for.

import { must } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import type { Duration } from "../base/time.ts";
import type { Kernel, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload, Network } from "../sim/network.ts";
import { contentHash } from "../sim/disk-blocks.ts";
import { Storage, type StorageRules, type StorageSnapshot } from "../sim/storage.ts";
import { NO_STORAGE_FAULTS, type StorageBite, type StorageFaults } from "../sim/storage-faults.ts";
import { decodeCommand, encodeReply } from "../sim/storage-wire.ts";
import { STORAGE_MAC } from "./addresses.ts";
import type { Emit } from "./host-facts.ts";
import type { HostDisk } from "./host-parts.ts";
import type { Scenario } from "./scenario.ts";
import { storageFacts } from "./storage-facts.ts";
import { areDisksSeparate, diskOf, firstPair, hostNames } from "./topology.ts";
import { STORAGE, WIRE_STORAGE } from "./wires.ts";

interface DisksOptions {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly prng: Prng;
  readonly emit: Emit;
  readonly scenario: Scenario;
  readonly rules: StorageRules;
}

export type DisksSnapshot = readonly StorageSnapshot[];

interface Disk {
  /** The actor, and the far end of the hosts' storage wires. */
  readonly name: string;
  readonly server: Storage;
}

export class Disks {
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #emit: Emit;
  readonly #scenario: Scenario;
  readonly #disks: readonly Disk[];

  constructor(options: DisksOptions) {
    const { kernel, network, emit, scenario } = options;
    this.#kernel = kernel;
    this.#network = network;
    this.#emit = emit;
    this.#scenario = scenario;
    const names = areDisksSeparate(scenario) ? hostNames(scenario).map(diskOf) : [STORAGE];
    this.#disks = names.map((name) => ({ name, server: buildServer(name, options) }));
    for (const { name } of this.#disks) kernel.register(name, (event) => this.#handle(name, event));
  }

  /** What was there before the run: the pair's disks are equal, those of other hosts are empty. */
  prepare(blocks: ReadonlyMap<number, Uint8Array>): void {
    const { primary, backup } = firstPair(this.#scenario);
    if (!areDisksSeparate(this.#scenario)) {
      this.of(primary).prepare("vm", primary, backup, blocks);
      return;
    }
    for (const host of [primary, backup])
      if (host !== "") this.of(host).prepare("vm", primary, backup, blocks);
    if (backup !== "") this.#tellEqual(primary, backup);
  }

  /** The one that this host's commands go to. */
  of(host: string): Storage {
    const name = areDisksSeparate(this.#scenario) ? diskOf(host) : STORAGE;
    return this.#named(name);
  }

  /** As a part of this host. */
  at(host: string): HostDisk {
    const isOwn = areDisksSeparate(this.#scenario);
    return { actor: isOwn ? diskOf(host) : STORAGE, own: isOwn ? this.of(host) : undefined };
  }

  get isDown(): boolean {
    return this.#disks.some(({ server }) => server.isDown);
  }

  // ---- faults

  setDown(isDown: boolean): void {
    for (const { server } of this.#disks) {
      server.setDown(isDown);
      if (!isDown) server.restart();
    }
    if (isDown) return;
    this.#emit({ kind: "storage-restart", witness: "world", time: this.#kernel.now });
  }

  change(change: Partial<StorageFaults>): void {
    for (const { server } of this.#disks) server.setFaults({ ...server.faults, ...change });
  }

  restoreSettings(settings: readonly (keyof StorageFaults)[]): void {
    for (const { server } of this.#disks) {
      let restored = server.faults;
      for (const setting of settings)
        restored = { ...restored, [setting]: NO_STORAGE_FAULTS[setting] };
      server.setFaults(restored);
    }
  }

  delayNextWrite(host: string, by: Duration): void {
    this.of(host).delayNextWrite(host, by);
  }

  /** Of a host, or of everybody (""). */
  tearWrites(host: string): void {
    for (const { server } of this.#disks) server.tearWrites(host);
  }

  loseCache(): void {
    for (const { server } of this.#disks) server.loseCache();
  }

  bites(bite: StorageBite): number {
    return this.#disks.reduce((sum, { server }) => sum + server.bites(bite), 0);
  }

  // ---- snapshots

  snapshot(): DisksSnapshot {
    return this.#disks.map(({ server }) => server.snapshot());
  }

  restore(snapshot: DisksSnapshot): void {
    for (const [index, { server }] of this.#disks.entries())
      server.restore(must(snapshot[index], "a disk"));
  }

  #named(name: string): Storage {
    return must(
      this.#disks.find((disk) => disk.name === name),
      `the disk ${name}`,
    ).server;
  }

  #handle(name: string, event: SimEvent): void {
    const server = this.#named(name);
    if (event.kind !== "arrive") {
      server.handleEvent(event.kind, event.payload);
      return;
    }
    const packet = this.#network.receive(event.payload as ArrivePayload);
    const command = packet === undefined ? undefined : decodeCommand(packet.bytes);
    if (command !== undefined) server.handleCommand(command);
  }

  #tellEqual(primary: string, backup: string): void {
    this.#emit({
      kind: "disk-copy",
      witness: "world",
      time: this.#kernel.now,
      node: backup,
      source: primary,
      sourceHash: contentHash(this.of(primary).content),
      contentHash: contentHash(this.of(backup).content),
    });
  }
}

function buildServer(name: string, options: DisksOptions): Storage {
  const { kernel, network, prng, emit, scenario, rules } = options;
  const {
    latency,
    disk,
    cache,
    "record-latency": recordLatency,
    "failed-reads": failedReads,
  } = scenario.topology.storage;
  const isOwn = name !== STORAGE;
  return new Storage(
    kernel,
    {
      actor: name,
      sectors: disk / 512,
      latencyMin: latency[0] as Duration,
      latencyMax: latency[1] as Duration,
      recordLatency,
      hasVolatileCache: cache === "volatile",
      failedReadsLeaveData: failedReads === "part",
    },
    // Nobody but its own host can reach it: there is nobody to fence off.
    isOwn ? { ...rules, fencing: false } : rules,
    prng.fork(isOwn ? `storage:${name}` : "storage"),
    storageFacts(kernel, emit, { isOwn }),
    (to, answer) =>
      network.send(WIRE_STORAGE, name, to, {
        bytes: encodeReply(answer),
        source: STORAGE_MAC,
        destination: STORAGE_MAC,
      }),
  );
}
