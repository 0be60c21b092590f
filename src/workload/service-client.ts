// What the world needs of a client, whatever it speaks. Sans I/O: frames and times go in, frames,
// operations and what the application read come out.

import type { VirtualTime } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import type { Frame } from "../net/address.ts";
import type { TcpCounters } from "../net/tcp-state.ts";
import type { ClientRead } from "./client-state.ts";

/** A datagram that the application sent, or was given. */
export interface DatagramEvent {
  readonly direction: "sent" | "received";
  readonly text: string;
}

/** What became of a TCP connection, as its client's application sees it. */
export interface ConnectionEvent {
  /** The client's end: "10.0.0.21:49152". */
  readonly connection: string;
  readonly what: "connected" | "closed" | "reset" | "timeout" | "refused";
}

export interface ServiceClient {
  start(now: VirtualTime): void;
  /** No new operations, not even those that wait; what is in flight completes. */
  stop(now: VirtualTime): void;
  handleFrame(bytes: Uint8Array, now: VirtualTime): void;
  handleDeadline(now: VirtualTime): void;
  nextDeadline(): VirtualTime;
  takeFrames(): readonly Frame[];
  takeOps(): readonly OpEvent[];
  takeReads(): readonly ClientRead[];
  takeDatagrams(): readonly DatagramEvent[];
  takeConnections(): readonly ConnectionEvent[];
  /** Nothing in flight, nothing waiting, nothing more to come. */
  readonly isIdle: boolean;
  /** Of all its connections together, where it has any. */
  readonly tcpTotals?: Readonly<TcpCounters>;
  snapshot(): unknown;
  /** Takes back what `snapshot` of the same kind of client gave. */
  restore(snapshot: unknown): void;
}
