// The cluster service: it knows which hosts are there and which are free, and names one when a
// VM that runs alone needs a backup. Never the VM's own host (INV-32); of the others the one that was
// named longest ago, so that a host whose copy failed is not asked again before all others.

import { clonePlain } from "../base/clone.ts";
import {
  type ClusterMessage,
  decodeClusterMessage,
  encodeClusterMessage,
} from "./cluster-message.ts";
import { REPORT_EVERY } from "./protection.ts";
import type { ClusterRules } from "./rules.ts";

/** A host that was not heard for so long is not there, ns. */
const FORGOTTEN_AFTER = 3 * REPORT_EVERY;

interface KnownHost {
  readonly name: string;
  heardAt: number;
  isFree: boolean;
  /** When it was named last; -1: never. */
  namedAt: number;
}

interface ClusterState {
  hosts: KnownHost[];
}

export type ClusterSnapshot = ClusterState;

export interface Placement {
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly backup: string;
}

export class ClusterService {
  readonly #rules: ClusterRules;
  #state: ClusterState;

  constructor(rules: ClusterRules) {
    this.#rules = rules;
    this.#state = { hosts: [] };
  }

  /** `now`: the service's own clock, ns. What comes back is for one host. */
  handle(bytes: Uint8Array, now: number): Placement | undefined {
    const message = decodeClusterMessage(bytes);
    if (message?.kind === "report") this.#note(message, now);
    return message?.kind === "need-backup" ? this.#place(message, now) : undefined;
  }

  snapshot(): ClusterSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: ClusterSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #note({ host, isFree }: Extract<ClusterMessage, { kind: "report" }>, now: number): void {
    const known = this.#state.hosts.find(({ name }) => name === host);
    if (known === undefined) {
      this.#state.hosts.push({ name: host, heardAt: now, isFree, namedAt: -1 });
      return;
    }
    known.heardAt = now;
    known.isFree = isFree;
  }

  #place(
    { host, generation }: Extract<ClusterMessage, { kind: "need-backup" }>,
    now: number,
  ): Placement | undefined {
    const isEligible = (known: KnownHost): boolean =>
      this.#rules.placement === "apart"
        ? known.name !== host && known.isFree && now - known.heardAt <= FORGOTTEN_AFTER
        : known.name === host;
    const chosen = this.#state.hosts
      .filter(isEligible)
      .sort((a, b) => a.namedAt - b.namedAt || (a.name < b.name ? -1 : 1))[0];
    if (chosen === undefined) return undefined;
    chosen.namedAt = now;
    const bytes = encodeClusterMessage({ kind: "place", host: chosen.name, generation });
    return { to: host, bytes, generation: generation + 1, backup: chosen.name };
  }
}
