// `--pcap`: every frame of the Ethernet wires as it was sent, one interface a direction. The storage
// wires carry no Ethernet and are left out.

import { type CapturedPacket, encodeCapture } from "../net/pcapng.ts";
import type { World } from "../testbed/world.ts";
import { WIRE_STORAGE } from "../testbed/wires.ts";

export class Capture {
  readonly #interfaces: string[];
  readonly #packets: CapturedPacket[];

  constructor(world: World) {
    this.#interfaces = world.network
      .links()
      .map(({ link }) => link.name)
      .filter((name) => !name.startsWith(`${WIRE_STORAGE}:`));
    this.#packets = [];
    world.network.setTap((link, packet, time) => {
      const interfaceIndex = this.#interfaces.indexOf(link);
      if (interfaceIndex >= 0) this.#packets.push({ interfaceIndex, time, bytes: packet.bytes });
    });
  }

  get count(): number {
    return this.#packets.length;
  }

  encode(): Uint8Array {
    return encodeCapture(this.#interfaces, this.#packets);
  }
}
