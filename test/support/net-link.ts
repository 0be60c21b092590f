// Two bare TcpConnections joined by hand, for tests that look at single segments.

import { after, duration, TIME_ZERO, type VirtualTime } from "../../src/base/time.ts";
import type { Endpoint } from "../../src/net/address.ts";
import { TcpConnection } from "../../src/net/tcp.ts";
import type { TcpProfile } from "../../src/net/tcp-profile.ts";
import { ACK, FIN, PSH, RST, SYN, type TcpSegment } from "../../src/net/tcp-segment.ts";

export const LEFT: Endpoint = { address: 0x0a000015, port: 49152 };
export const RIGHT: Endpoint = { address: 0x0a00000a, port: 6379 };
/** Close to the wrap, so that every test crosses it. */
export const LEFT_ISN = 0xfffffff0;
export const RIGHT_ISN = 0x7ffffff8;

export interface TcpLink {
  readonly left: TcpConnection;
  readonly right: TcpConnection;
}

export function at(milliseconds: number): VirtualTime {
  return after(TIME_ZERO, duration(milliseconds * 1_000_000));
}

export function link(profile: TcpProfile, rightProfile: TcpProfile = profile): TcpLink {
  return {
    left: new TcpConnection(profile, LEFT, RIGHT, LEFT_ISN),
    right: new TcpConnection(rightProfile, RIGHT, LEFT, RIGHT_ISN),
  };
}

/** Three-way handshake at time 0. */
export function open(profile: TcpProfile, rightProfile: TcpProfile = profile): TcpLink {
  const pair = link(profile, rightProfile);
  pair.left.connect(TIME_ZERO);
  const [syn] = pair.left.takeSegments();
  if (syn !== undefined) pair.right.listenAccept(syn, TIME_ZERO);
  settle(pair, TIME_ZERO);
  return pair;
}

/** Carries segments both ways, without loss or delay, until both are silent. */
export function settle({ left, right }: TcpLink, now: VirtualTime): readonly TcpSegment[] {
  const seen: TcpSegment[] = [];
  for (let rounds = 0; rounds < 10_000; rounds++) {
    const toRight = left.takeSegments();
    const toLeft = right.takeSegments();
    if (toRight.length + toLeft.length === 0) return seen;
    seen.push(...toRight, ...toLeft);
    for (const segment of toRight) right.receive(segment, now);
    for (const segment of toLeft) left.receive(segment, now);
  }
  throw new Error("the two ends answer each other for ever");
}

export function carry(segments: readonly TcpSegment[], to: TcpConnection, now: VirtualTime): void {
  for (const segment of segments) to.receive(segment, now);
}

/** "SA 8+0": flags, sequence relative to `initial`, payload length. */
export function show(segment: TcpSegment, initial: number): string {
  const names = [
    [SYN, "S"],
    [FIN, "F"],
    [RST, "R"],
    [PSH, "P"],
    [ACK, "A"],
  ] as const;
  let flags = "";
  for (const [bit, name] of names) if ((segment.flags & bit) !== 0) flags += name;
  return `${flags} ${(segment.sequence - initial) | 0}+${segment.payload.length}`;
}
