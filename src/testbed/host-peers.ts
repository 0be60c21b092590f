// A host's ways to all other hosts, as one: what came over them since the last look, in the order of
// the hosts, and what has to leave.

import { must } from "../base/assert.ts";
import { earliest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Input } from "../ft/protocol.ts";
import type { PeerLink, PeerLinkSnapshot } from "./peer-link.ts";
import { WIRE_HEARTBEAT, WIRE_LOG } from "./wires.ts";
import type { Frame } from "../net/address.ts";
import type { TcpCounters } from "../net/tcp-state.ts";

export type HostPeersSnapshot = readonly PeerLinkSnapshot[];

/** What a channel or a datagram brought, for the protocol. */
export type PeerInput = Extract<Input, { kind: "message" | "channel" }>;

export interface OutgoingFrame {
  readonly wire: string;
  readonly to: string;
  readonly frame: Frame;
}

export class HostPeers {
  readonly #links: readonly PeerLink[];

  constructor(links: readonly PeerLink[]) {
    this.#links = links;
  }

  /** The way to this host. */
  to(name: string): PeerLink {
    return must(
      this.#links.find((link) => link.name === name),
      `a way to ${name}`,
    );
  }

  start(now: VirtualTime): void {
    for (const link of this.#links) link.start(now);
  }

  /** The host lost all that it had in memory: connections are gone. */
  restart(now: VirtualTime): void {
    for (const link of this.#links) link.restart(now);
  }

  handleDeadline(now: VirtualTime): void {
    for (const link of this.#links) link.handleDeadline(now);
  }

  nextDeadline(): VirtualTime {
    let next: VirtualTime = TIME_NEVER;
    for (const link of this.#links) next = earliest(next, link.nextDeadline());
    return next;
  }

  /** The beginning of a message is here, its end is not. */
  get hasPartOfMessage(): boolean {
    return this.#links.some(({ channel }) => channel.hasPartOfMessage);
  }

  /** Of each log channel. */
  tcpTotals(): readonly Readonly<TcpCounters>[] {
    return this.#links.map(({ channel }) => channel.tcpTotals);
  }

  /** Datagrams of this host; there is no more than the newest frame's. */
  takeHeartbeats(name: string): readonly PeerInput[] {
    const { heartbeats } = this.to(name);
    return heartbeats
      .takeDatagrams()
      .map(({ bytes }) => ({ kind: "message", channel: "heartbeat", from: name, bytes }));
  }

  /** Passes on what channels have to say, each host's before its frames leave. */
  settle(
    now: VirtualTime,
    hear: (input: PeerInput) => void,
    send: (frame: OutgoingFrame) => void,
  ): void {
    for (const { name, channel, heartbeats } of this.#links) {
      for (const event of channel.takeEvents(now))
        if (event.kind === "message")
          hear({ kind: "message", channel: "log", from: name, bytes: event.bytes });
        else hear({ kind: "channel", with: name, state: event.kind });
      for (const frame of channel.takeFrames()) send({ wire: WIRE_LOG, to: name, frame });
      for (const frame of heartbeats.takeFrames()) send({ wire: WIRE_HEARTBEAT, to: name, frame });
    }
  }

  snapshot(): HostPeersSnapshot {
    return this.#links.map((link) => link.snapshot());
  }

  restore(snapshot: HostPeersSnapshot): void {
    for (const [index, link] of this.#links.entries())
      link.restore(must(snapshot[index], "a peer's snapshot"));
  }
}
