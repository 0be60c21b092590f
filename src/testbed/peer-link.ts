// A host's way to one other host: the log channel (TCP) and heartbeats (UDP), each over its own wire.

import type { Prng } from "../base/prng.ts";
import { earliest, type VirtualTime } from "../base/time.ts";
import { IpHost, type IpHostSnapshot } from "../net/ip-host.ts";
import { INTERCONNECT } from "../net/tcp-profile.ts";
import { hostAddress, hostMac } from "./addresses.ts";
import { LogChannel, type LogChannelSnapshot } from "./log-channel.ts";

/** UDP, both ways. */
const HEARTBEAT_PORT = 8_200;

export interface PeerLinkSnapshot {
  readonly channel: LogChannelSnapshot;
  readonly heartbeats: IpHostSnapshot;
}

/** Hosts are numbered from 0; of two the later one connects. */
export interface PeerLinkOptions {
  readonly self: number;
  readonly other: number;
  readonly name: string;
}

export class PeerLink {
  readonly name: string;
  readonly channel: LogChannel;
  readonly heartbeats: IpHost;
  readonly #peer: { readonly address: number; readonly port: number };

  constructor(prng: Prng, { self, other, name }: PeerLinkOptions) {
    this.name = name;
    this.channel = new LogChannel(prng.fork(`log-channel:${name}`), {
      mac: hostMac("log", self),
      address: hostAddress("log", self),
      peer: self < other ? undefined : hostAddress("log", other),
    });
    this.heartbeats = new IpHost(prng.fork(`heartbeats:${name}`), {
      mac: hostMac("hb", self),
      address: hostAddress("hb", self),
      profile: INTERCONNECT,
    });
    this.#peer = { address: hostAddress("hb", other), port: HEARTBEAT_PORT };
  }

  start(now: VirtualTime): void {
    this.heartbeats.openUdp(HEARTBEAT_PORT);
    this.channel.start(now);
  }

  /** Its host lost all that it had in memory: connections are gone. */
  restart(now: VirtualTime): void {
    this.channel.restart(now);
  }

  heartbeat(bytes: Uint8Array, now: VirtualTime): void {
    this.heartbeats.sendUdp(HEARTBEAT_PORT, this.#peer, bytes, now);
  }

  handleDeadline(now: VirtualTime): void {
    this.channel.handleDeadline(now);
    this.heartbeats.handleDeadline(now);
  }

  nextDeadline(): VirtualTime {
    return earliest(this.channel.nextDeadline(), this.heartbeats.nextDeadline());
  }

  snapshot(): PeerLinkSnapshot {
    return { channel: this.channel.snapshot(), heartbeats: this.heartbeats.snapshot() };
  }

  restore({ channel, heartbeats }: PeerLinkSnapshot): void {
    this.channel.restore(channel);
    this.heartbeats.restore(heartbeats);
  }
}
