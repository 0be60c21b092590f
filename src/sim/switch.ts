// A learning Ethernet switch. It remembers at which port an address was last seen and forwards
// there; unknown and broadcast addresses are flooded. After a takeover it changes its mind when the
// new host announces the VM's address.

import { clonePlain } from "../base/clone.ts";
import { BROADCAST, type Packet } from "./packet.ts";

/** Where a packet goes: port names. */
export interface Forwarding {
  readonly ports: readonly string[];
  /** The address that was learned or moved by this packet, if any. */
  readonly learned: number | undefined;
}

interface SwitchState {
  table: Map<number, string>;
}

export type SwitchSnapshot = SwitchState;

export class Switch {
  readonly #ports: string[];
  #state: SwitchState;

  constructor() {
    this.#ports = [];
    this.#state = { table: new Map() };
  }

  addPort(port: string): void {
    this.#ports.push(port);
  }

  handle(packet: Packet, from: string): Forwarding {
    const { table } = this.#state;
    const isNew = table.get(packet.source) !== from;
    if (isNew) table.set(packet.source, from);
    const known = packet.destination === BROADCAST ? undefined : table.get(packet.destination);
    const ports =
      known === undefined
        ? this.#ports.filter((port) => port !== from)
        : known === from
          ? []
          : [known];
    return { ports, learned: isNew ? packet.source : undefined };
  }

  /** The port at which an address was last seen. */
  portOf(address: number): string | undefined {
    return this.#state.table.get(address);
  }

  snapshot(): SwitchSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: SwitchSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
