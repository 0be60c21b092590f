// Windows, acknowledgments and timers of one TCP, segment by segment: flow control of RFC 9293 3.8.6,
// retransmission of RFC 6298, congestion control of RFC 5681.

import { describe, expect, test } from "vitest";
import { milliseconds, seconds, TIME_ZERO } from "../base/time.ts";
import { INTERCONNECT, INTERNET, type TcpProfile } from "./tcp-profile.ts";
import { FIN, hasFlag, type TcpSegment } from "./tcp-segment.ts";
import { at, carry, LEFT_ISN, open, settle, show } from "../../test/support/net-link.ts";

const small: TcpProfile = {
  ...INTERNET,
  receiveBuffer: 4000,
  mss: 1000,
  delayedAck: milliseconds(0),
};
const filled = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 31);

function only(segments: readonly TcpSegment[]): TcpSegment {
  expect(segments.length).toBe(1);
  return segments[0] as TcpSegment;
}

describe("the window", () => {
  test("an unread buffer closes it, a probe keeps asking, reading opens it", () => {
    const pair = open(small);
    expect(pair.left.send(filled(10_000), TIME_ZERO)).toBe(10_000);
    settle(pair, TIME_ZERO);
    expect(pair.right.readable).toBe(4000);
    expect(pair.left.snapshot().sendWindow).toBe(0);
    let now = pair.left.nextDeadline();
    const gaps: number[] = [];
    for (let i = 0; i < 12; i++) {
      pair.left.handleDeadline(now);
      const seen = settle(pair, now);
      expect(show(seen[0] as TcpSegment, LEFT_ISN)).toBe("A 4001+1");
      gaps.push((pair.left.nextDeadline() - now) / 1e9);
      now = pair.left.nextDeadline();
    }
    // Doubling up to a minute, and no end as long as the peer answers.
    expect(gaps.at(-1)).toBe(60);
    expect(pair.right.readable).toBe(4000);
    const got = [...pair.right.read(4000, now)];
    settle(pair, now);
    while (pair.right.readable > 0) {
      got.push(...pair.right.read(4000, now));
      settle(pair, now);
    }
    expect(got).toEqual([...filled(10_000)]);
  });

  test("the interconnect probes at least every 100 ms", () => {
    const pair = open({ ...INTERCONNECT, receiveBuffer: 4096 });
    pair.left.send(filled(10_000), TIME_ZERO);
    settle(pair, TIME_ZERO);
    for (let i = 0; i < 20; i++) {
      const now = pair.left.nextDeadline();
      pair.left.handleDeadline(now);
      settle(pair, now);
      expect(pair.left.nextDeadline() - now).toBeLessThanOrEqual(milliseconds(100));
    }
  });

  test("a peer that stops answering probes is given up after the user timeout", () => {
    const pair = open({ ...small, userTimeout: seconds(30) });
    pair.left.send(filled(10_000), TIME_ZERO);
    settle(pair, TIME_ZERO);
    while (pair.left.status !== "closed") {
      pair.left.handleDeadline(pair.left.nextDeadline());
      pair.left.takeSegments();
    }
    expect(pair.left.failure).toBe("timeout");
  });

  test("text beyond the advertised window is not kept", () => {
    const pair = open(small);
    pair.left.send(filled(1000), TIME_ZERO);
    const text = only(pair.left.takeSegments());
    for (let i = 0; i < 6; i++)
      pair.right.receive({ ...text, sequence: (text.sequence + 1000 * i) >>> 0 }, TIME_ZERO);
    expect(pair.right.readable).toBe(4000);
  });

  test("small reads do not advertise small windows", () => {
    const pair = open(small);
    pair.left.send(filled(4000), TIME_ZERO);
    settle(pair, TIME_ZERO);
    for (let i = 0; i < 9; i++) pair.right.read(100, TIME_ZERO);
    expect(pair.right.takeSegments()).toEqual([]);
    pair.right.read(100, TIME_ZERO);
    expect(only(pair.right.takeSegments()).window).toBe(1000);
  });

  test("both windows closed at once open again", () => {
    const pair = open(small);
    pair.left.send(filled(9000), TIME_ZERO);
    pair.right.send(filled(9000), TIME_ZERO);
    settle(pair, TIME_ZERO);
    let now = pair.left.nextDeadline();
    for (let i = 0; i < 4; i++) {
      pair.left.handleDeadline(now);
      pair.right.handleDeadline(now);
      settle(pair, now);
      now = pair.left.nextDeadline();
    }
    let got = 0;
    for (let i = 0; i < 100 && got < 18_000; i++) {
      got += pair.left.read(4000, now).length + pair.right.read(4000, now).length;
      settle(pair, now);
      now = pair.left.nextDeadline() < pair.right.nextDeadline() ? pair.left.nextDeadline() : now;
    }
    expect(got).toBe(18_000);
  });
});

describe("acknowledgments and retransmission", () => {
  test("INTERNET delays an ack by at most 40 ms, and acks every second segment", () => {
    const pair = open(INTERNET);
    pair.left.send(filled(10), TIME_ZERO);
    carry(pair.left.takeSegments(), pair.right, TIME_ZERO);
    expect(pair.right.takeSegments()).toEqual([]);
    expect(pair.right.nextDeadline()).toBe(at(40));
    pair.left.send(filled(10), TIME_ZERO);
    carry(pair.left.takeSegments(), pair.right, TIME_ZERO);
    expect(pair.right.takeSegments().length).toBe(1);
  });

  test("INTERCONNECT acks at once, and sends small writes at once", () => {
    const pair = open(INTERCONNECT);
    for (let i = 0; i < 3; i++) pair.left.send(filled(10), TIME_ZERO);
    const sent = pair.left.takeSegments();
    expect(sent.length).toBe(3);
    carry(sent, pair.right, TIME_ZERO);
    expect(pair.right.takeSegments().length).toBe(3);
  });

  test("three duplicate acks repeat the first segment at once", () => {
    const pair = open(INTERNET);
    pair.left.send(filled(1460 * 8), TIME_ZERO);
    const sent = pair.left.takeSegments();
    expect(sent.length).toBe(8);
    carry(sent.slice(1, 4), pair.right, TIME_ZERO);
    const acks = pair.right.takeSegments();
    expect(acks.length).toBe(3);
    carry(acks, pair.left, TIME_ZERO);
    expect(show(pair.left.takeSegments()[0] as TcpSegment, LEFT_ISN)).toBe("A 1+1460");
    expect(pair.left.snapshot().counters.fastRetransmits).toBe(1);
  });

  test("the timeout doubles, up to its ceiling", () => {
    const pair = open({ ...INTERNET, rtoMax: seconds(10) });
    pair.left.send(filled(1), TIME_ZERO);
    pair.left.takeSegments();
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const now = pair.left.nextDeadline();
      times.push(now / 1e9);
      pair.left.handleDeadline(now);
      expect(show(only(pair.left.takeSegments()), LEFT_ISN)).toBe("PA 1+1");
    }
    expect(times).toEqual([0.2, 0.6, 1.4, 3, 6.2, 12.6, 22.6]);
  });

  test("Karn: an ack of a repeated segment measures nothing", () => {
    const pair = open(INTERNET);
    pair.left.send(filled(1), TIME_ZERO);
    pair.left.takeSegments();
    const before = pair.left.snapshot().rto.smoothed;
    pair.left.handleDeadline(at(200));
    carry(pair.left.takeSegments(), pair.right, at(200));
    pair.right.handleDeadline(at(240));
    carry(pair.right.takeSegments(), pair.left, at(240));
    expect(pair.left.unacked).toBe(0);
    expect(pair.left.snapshot().rto.smoothed).toBe(before);
  });

  test("idleness restarts slow start on the internet profile only", () => {
    for (const profile of [INTERNET, INTERCONNECT]) {
      const pair = open(profile);
      for (let i = 0; i < 40; i++) {
        pair.left.send(filled(30_000), at(i));
        settle(pair, at(i));
        pair.right.read(30_000, at(i));
        settle(pair, at(i));
      }
      const grown = pair.left.snapshot().congestion.window;
      expect(grown).toBeGreaterThan(20 * 1460);
      pair.left.send(filled(1), at(100_000));
      const { window } = pair.left.snapshot().congestion;
      expect(window).toBe(profile === INTERNET ? 10 * 1460 : grown);
    }
  });

  test("a lost FIN is repeated", () => {
    const pair = open(INTERNET);
    pair.left.close(TIME_ZERO);
    pair.left.takeSegments();
    pair.left.handleDeadline(at(200));
    expect(hasFlag(only(pair.left.takeSegments()), FIN)).toBe(true);
  });

  test("keep-alive, when asked for, finds a dead peer", () => {
    const keepAlive = { idle: seconds(10), interval: seconds(1), probes: 3 };
    const pair = open({ ...INTERNET, keepAlive });
    pair.left.handleDeadline(at(10_000));
    settle(pair, at(10_000));
    expect(pair.left.nextDeadline()).toBe(at(20_000));
    for (let i = 0; i < 4; i++) {
      pair.left.handleDeadline(pair.left.nextDeadline());
      pair.left.takeSegments();
    }
    expect([pair.left.status, pair.left.failure]).toEqual(["closed", "timeout"]);
  });
});
