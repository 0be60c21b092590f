// One TCP at a time, segment by segment: the states of RFC 9293 and the resets of RFC 5961,
// with sequence numbers that wrap.

import { describe, expect, test } from "vitest";
import { TIME_NEVER, TIME_ZERO } from "../base/time.ts";
import { INTERCONNECT, INTERNET } from "./tcp-profile.ts";
import { ACK, hasFlag, RST, SYN, type TcpSegment } from "./tcp-segment.ts";
import {
  at,
  carry,
  LEFT_ISN,
  link,
  open,
  RIGHT_ISN,
  settle,
  show,
} from "../../test/support/net-link.ts";

const filled = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 31);

function only(segments: readonly TcpSegment[]): TcpSegment {
  expect(segments.length).toBe(1);
  return segments[0] as TcpSegment;
}

describe("opening", () => {
  test("three segments", () => {
    const pair = link(INTERNET);
    pair.left.connect(TIME_ZERO);
    const syn = only(pair.left.takeSegments());
    expect(show(syn, LEFT_ISN)).toBe("S 0+0");
    expect(syn.mss).toBe(1460);
    pair.right.listenAccept(syn, TIME_ZERO);
    const synAck = only(pair.right.takeSegments());
    expect(show(synAck, RIGHT_ISN)).toBe("SA 0+0");
    pair.left.receive(synAck, TIME_ZERO);
    expect(pair.left.status).toBe("established");
    carry(pair.left.takeSegments(), pair.right, TIME_ZERO);
    expect(pair.right.status).toBe("established");
    expect(pair.left.nextDeadline()).toBe(TIME_NEVER);
  });

  test("simultaneous open", () => {
    const pair = link(INTERNET);
    pair.left.connect(TIME_ZERO);
    pair.right.connect(TIME_ZERO);
    const seen = settle(pair, TIME_ZERO);
    expect([pair.left.status, pair.right.status]).toEqual(["established", "established"]);
    expect(seen.length).toBeLessThan(8);
    pair.left.send(filled(10), TIME_ZERO);
    settle(pair, TIME_ZERO);
    expect(pair.right.read(100, TIME_ZERO)).toEqual(filled(10));
  });

  test("a lost SYN is repeated after 1, 3, 7 seconds, and given up at last", () => {
    const { left } = link(INTERNET);
    left.connect(TIME_ZERO);
    left.takeSegments();
    const times: number[] = [];
    while (left.nextDeadline() !== TIME_NEVER) {
      const now = left.nextDeadline();
      left.handleDeadline(now);
      if (left.takeSegments().length > 0) times.push(now / 1e9);
    }
    expect(times.slice(0, 4)).toEqual([1, 3, 7, 15]);
    expect([left.status, left.failure]).toEqual(["closed", "timeout"]);
  });

  test("a lost SYN-ACK is repeated when the SYN is", () => {
    const pair = link(INTERNET);
    pair.left.connect(TIME_ZERO);
    pair.right.listenAccept(only(pair.left.takeSegments()), TIME_ZERO);
    pair.right.takeSegments();
    pair.left.handleDeadline(at(1000));
    settle(pair, at(1000));
    expect([pair.left.status, pair.right.status]).toEqual(["established", "established"]);
  });

  test("refused by a reset that acknowledges the SYN, and by nothing else", () => {
    const { left } = link(INTERNET);
    left.connect(TIME_ZERO);
    const syn = only(left.takeSegments());
    const reset = { ...syn, flags: RST | ACK, acknowledgment: syn.sequence, mss: undefined };
    left.receive(reset, TIME_ZERO);
    left.receive({ ...reset, flags: RST }, TIME_ZERO);
    expect(left.status).toBe("syn-sent");
    left.receive({ ...reset, acknowledgment: (syn.sequence + 1) >>> 0 }, TIME_ZERO);
    expect([left.status, left.failure]).toEqual(["closed", "refused"]);
  });

  test("window scale only when both offer it", () => {
    expect(open(INTERCONNECT).left.snapshot().isScaling).toBe(true);
    const mixed = open(INTERCONNECT, INTERNET);
    expect(mixed.left.snapshot().isScaling).toBe(false);
    expect(mixed.left.snapshot().sendWindow).toBe(65535);
    const both = open(INTERCONNECT);
    both.left.send(filled(1000), TIME_ZERO);
    settle(both, TIME_ZERO);
    expect(both.left.snapshot().sendWindow).toBeGreaterThan(1_000_000);
  });
});

describe("closing", () => {
  test("one after the other, through every state", () => {
    const pair = open(INTERNET);
    pair.left.close(TIME_ZERO);
    expect(pair.left.status).toBe("fin-wait-1");
    carry(pair.left.takeSegments(), pair.right, TIME_ZERO);
    expect(pair.right.status).toBe("close-wait");
    carry(pair.right.takeSegments(), pair.left, TIME_ZERO);
    expect(pair.left.status).toBe("fin-wait-2");
    pair.right.close(TIME_ZERO);
    expect(pair.right.status).toBe("last-ack");
    carry(pair.right.takeSegments(), pair.left, TIME_ZERO);
    expect(pair.left.status).toBe("time-wait");
    carry(pair.left.takeSegments(), pair.right, TIME_ZERO);
    expect([pair.right.status, pair.right.failure]).toEqual(["closed", undefined]);
    pair.left.handleDeadline(at(60_000));
    expect([pair.left.status, pair.left.failure]).toEqual(["closed", undefined]);
  });

  test("both at once", () => {
    const pair = open(INTERNET);
    pair.left.close(TIME_ZERO);
    pair.right.close(TIME_ZERO);
    const toRight = pair.left.takeSegments();
    carry(pair.right.takeSegments(), pair.left, TIME_ZERO);
    expect(pair.left.status).toBe("closing");
    carry(toRight, pair.right, TIME_ZERO);
    settle(pair, TIME_ZERO);
    expect([pair.left.status, pair.right.status]).toEqual(["time-wait", "time-wait"]);
  });

  test("half close: the other direction goes on", () => {
    const pair = open(INTERNET);
    pair.left.send(filled(10), TIME_ZERO);
    pair.left.close(TIME_ZERO);
    settle(pair, TIME_ZERO);
    expect(pair.right.isEof).toBe(false);
    pair.right.read(10, TIME_ZERO);
    expect(pair.right.isEof).toBe(true);
    expect(pair.right.send(filled(5000), TIME_ZERO)).toBe(5000);
    settle(pair, TIME_ZERO);
    expect(pair.left.read(9999, TIME_ZERO)).toEqual(filled(5000));
    expect(pair.left.isEof).toBe(false);
    pair.right.close(TIME_ZERO);
    settle(pair, TIME_ZERO);
    expect([pair.left.isEof, pair.left.status]).toEqual([true, "time-wait"]);
  });

  test("a repeated FIN in TIME-WAIT is acknowledged and starts the wait again", () => {
    const pair = open(INTERNET);
    pair.left.close(TIME_ZERO);
    settle(pair, TIME_ZERO);
    pair.right.close(TIME_ZERO);
    const fin = only(pair.right.takeSegments());
    pair.left.receive(fin, TIME_ZERO);
    pair.left.takeSegments();
    pair.left.receive(fin, at(5000));
    expect(only(pair.left.takeSegments()).flags).toBe(ACK);
    expect(pair.left.nextDeadline()).toBe(at(65_000));
  });

  test("abort resets the peer, whose reader keeps what had come", () => {
    const pair = open(INTERNET);
    pair.left.send(filled(100), TIME_ZERO);
    settle(pair, TIME_ZERO);
    pair.left.abort(TIME_ZERO);
    expect(hasFlag(only(pair.left.snapshot().outbox), RST)).toBe(true);
    settle(pair, TIME_ZERO);
    expect([pair.right.status, pair.right.failure]).toEqual(["closed", "reset"]);
    expect(pair.right.read(1000, TIME_ZERO)).toEqual(filled(100));
  });
});

describe("resets and strangers (RFC 5961)", () => {
  test("a reset beside the exact sequence number is challenged, the exact one believed", () => {
    const pair = open(INTERNET);
    pair.right.send(filled(1), TIME_ZERO);
    const text = only(pair.right.takeSegments());
    pair.left.receive({ ...text, sequence: text.sequence + 1, flags: RST }, TIME_ZERO);
    expect(pair.left.status).toBe("established");
    expect(show(only(pair.left.takeSegments()), LEFT_ISN)).toBe("A 1+0");
    pair.left.receive({ ...text, flags: RST }, TIME_ZERO);
    expect([pair.left.status, pair.left.failure]).toEqual(["closed", "reset"]);
  });

  test("a SYN is challenged, at a limited rate", () => {
    const pair = open(INTERNET);
    pair.right.send(filled(1), TIME_ZERO);
    const text = only(pair.right.takeSegments());
    for (let i = 0; i < 5; i++) pair.left.receive({ ...text, flags: SYN }, TIME_ZERO);
    expect(pair.left.takeSegments().length).toBe(1);
    pair.left.receive({ ...text, flags: SYN }, at(500));
    expect(pair.left.takeSegments().length).toBe(1);
    expect(pair.left.status).toBe("established");
  });

  test("an ack of what was never sent is challenged and its text dropped", () => {
    const pair = open(INTERNET);
    pair.right.send(filled(9), TIME_ZERO);
    const text = only(pair.right.takeSegments());
    pair.left.receive({ ...text, acknowledgment: text.acknowledgment + 1 }, TIME_ZERO);
    expect(pair.left.readable).toBe(0);
    expect(pair.left.takeSegments().length).toBe(1);
  });
});
