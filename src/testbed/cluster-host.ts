// The actor that runs the cluster service: datagrams in, datagrams out, over the management
// network. What it names is a world fact: a placement is judged whatever the hosts make of it.

import { ClusterService, type ClusterSnapshot } from "../ft/cluster-service.ts";
import type { ClusterRules } from "../ft/rules.ts";
import type { Kernel, SimEvent } from "../sim/kernel.ts";
import type { ArrivePayload, Network } from "../sim/network.ts";
import { STORAGE_MAC } from "./addresses.ts";
import type { Emit } from "./host-facts.ts";
import { CLUSTER, WIRE_CLUSTER } from "./wires.ts";

export class ClusterHost {
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #service: ClusterService;
  readonly #emit: Emit;

  constructor(kernel: Kernel, network: Network, rules: ClusterRules, emit: Emit) {
    this.#kernel = kernel;
    this.#network = network;
    this.#service = new ClusterService(rules);
    this.#emit = emit;
  }

  handle(event: SimEvent): void {
    const packet = this.#network.receive(event.payload as ArrivePayload);
    const placement = packet && this.#service.handle(packet.bytes, this.#kernel.now);
    if (placement === undefined) return;
    const { to, bytes, generation, backup } = placement;
    this.#emit({
      kind: "placement",
      witness: "world",
      time: this.#kernel.now,
      generation,
      primary: to,
      backup,
    });
    this.#network.send(WIRE_CLUSTER, CLUSTER, to, {
      bytes,
      source: STORAGE_MAC,
      destination: STORAGE_MAC,
    });
  }

  snapshot(): ClusterSnapshot {
    return this.#service.snapshot();
  }

  restore(snapshot: ClusterSnapshot): void {
    this.#service.restore(snapshot);
  }
}
