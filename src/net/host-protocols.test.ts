// What a host does beside TCP streams: address resolution, echo, datagrams, resets for strangers.

import { describe, expect, test } from "vitest";
import { Prng } from "../base/prng.ts";
import { TIME_NEVER, TIME_ZERO } from "../base/time.ts";
import { MAC_BROADCAST, parseAddress, parseMac } from "./address.ts";
import { ARP_REQUEST, decodeArp, encodeArp } from "./arp.ts";
import { decodeEthernet, encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "./ethernet.ts";
import { decodeIcmpEcho, encodeIcmpEcho } from "./icmp.ts";
import { IpHost } from "./ip-host.ts";
import { decodeIpv4, encodeIpv4, PROTOCOL_ICMP } from "./ipv4.ts";
import { INTERNET } from "./tcp-profile.ts";
import { at } from "../../test/support/net-link.ts";

const A = {
  mac: parseMac("02:00:00:00:00:0a"),
  address: parseAddress("10.0.0.21"),
  profile: INTERNET,
};
const B = {
  mac: parseMac("02:00:00:00:00:0b"),
  address: parseAddress("10.0.0.10"),
  profile: INTERNET,
};
const SERVICE = { address: B.address, port: 80 };

function hosts(): { a: IpHost; b: IpHost } {
  return { a: new IpHost(new Prng("a"), A), b: new IpHost(new Prng("b"), B) };
}

function exchange(a: IpHost, b: IpHost, now = TIME_ZERO): number {
  let count = 0;
  for (let round = 0; round < 100; round++) {
    const frames = [
      ...a.takeFrames().map((f) => [b, f] as const),
      ...b.takeFrames().map((f) => [a, f] as const),
    ];
    if (frames.length === 0) return count;
    count += frames.length;
    for (const [to, frame] of frames) to.handleFrame(frame.bytes, now);
  }
  throw new Error("the two hosts answer each other for ever");
}

describe("ARP", () => {
  test("a request is repeated every 100 ms, then given up until the next packet", () => {
    const { a } = hosts();
    a.sendUdp(1, SERVICE, Uint8Array.of(1), TIME_ZERO);
    let requests = a.takeFrames().length;
    while (a.nextDeadline() !== TIME_NEVER) {
      a.handleDeadline(a.nextDeadline());
      const frames = a.takeFrames();
      requests += frames.length;
      for (const frame of frames) expect(frame.destination).toBe(MAC_BROADCAST);
    }
    expect(requests).toBe(10);
    expect(a.counters.unreachable).toBe(1);
    a.sendUdp(1, SERVICE, Uint8Array.of(1), at(2000));
    expect(a.takeFrames().length).toBe(1);
  });

  test("a gratuitous announcement moves the address to another MAC", () => {
    const { a, b } = hosts();
    b.openUdp(80);
    a.sendUdp(1, SERVICE, Uint8Array.of(1), TIME_ZERO);
    exchange(a, b);
    expect(b.takeDatagrams().length).toBe(1);
    const moved = parseMac("02:00:00:00:00:0c");
    const elsewhere = new IpHost(new Prng("c"), { ...B, mac: moved });
    elsewhere.announce();
    for (const frame of elsewhere.takeFrames()) a.handleFrame(frame.bytes, TIME_ZERO);
    expect(a.takeFrames()).toEqual([]);
    a.sendUdp(1, SERVICE, Uint8Array.of(2), TIME_ZERO);
    expect(a.takeFrames()[0]?.destination).toBe(moved);
  });

  test("a host does not answer for others, nor learn its own address from others", () => {
    const { a } = hosts();
    const forged = encodeArp({
      operation: ARP_REQUEST,
      senderMac: B.mac,
      senderAddress: A.address,
      targetMac: 0,
      targetAddress: B.address,
    });
    a.handleFrame(
      encodeEthernet({
        destination: MAC_BROADCAST,
        source: B.mac,
        etherType: ETHERTYPE_ARP,
        payload: forged,
      }),
      TIME_ZERO,
    );
    expect(a.takeFrames()).toEqual([]);
  });

  test("timeouts in a row make a host ask again: a damaged entry heals", () => {
    const { a, b } = hosts();
    const wrong = encodeArp({
      operation: ARP_REQUEST,
      senderMac: parseMac("02:00:00:00:ff:ff"),
      senderAddress: B.address,
      targetMac: 0,
      targetAddress: B.address,
    });
    a.handleFrame(
      encodeEthernet({
        destination: MAC_BROADCAST,
        source: B.mac,
        etherType: ETHERTYPE_ARP,
        payload: wrong,
      }),
      TIME_ZERO,
    );
    b.listen(80);
    a.connect(SERVICE, TIME_ZERO);
    for (let i = 0; i < 10 && !a.takeEvents().some((e) => e.kind === "connected"); i++) {
      const now = a.nextDeadline();
      a.handleDeadline(now);
      exchange(a, b, now);
    }
    expect(b.takeEvents().map((event) => event.kind)).toContain("accepted");
  });
});

test("an echo request is answered with its own payload", () => {
  const { b } = hosts();
  const echo = { type: 8, identifier: 7, sequence: 9, payload: Uint8Array.of(1, 2, 3) };
  const packet = encodeIpv4({
    source: A.address,
    destination: B.address,
    protocol: PROTOCOL_ICMP,
    identification: 1,
    timeToLive: 64,
    isFragment: false,
    payload: encodeIcmpEcho(echo),
  });
  const request = encodeArp({
    operation: ARP_REQUEST,
    senderMac: A.mac,
    senderAddress: A.address,
    targetMac: 0,
    targetAddress: B.address,
  });
  const frame = { destination: B.mac, source: A.mac };
  b.handleFrame(
    encodeEthernet({ ...frame, etherType: ETHERTYPE_ARP, payload: request }),
    TIME_ZERO,
  );
  b.handleFrame(
    encodeEthernet({ ...frame, etherType: ETHERTYPE_IPV4, payload: packet }),
    TIME_ZERO,
  );
  const [arp, reply] = b.takeFrames().map((out) => decodeEthernet(out.bytes));
  expect(decodeArp(arp?.payload ?? new Uint8Array(0))?.senderMac).toBe(B.mac);
  const answer = decodeIpv4(reply?.payload ?? new Uint8Array(0));
  expect(decodeIcmpEcho(answer?.payload ?? new Uint8Array(0))).toEqual({ ...echo, type: 0 });
});

test("datagrams reach open ports only", () => {
  const { a, b } = hosts();
  b.openUdp(80);
  a.sendUdp(5, SERVICE, Uint8Array.of(1, 2), TIME_ZERO);
  a.sendUdp(5, { ...SERVICE, port: 81 }, Uint8Array.of(3), TIME_ZERO);
  exchange(a, b);
  expect(b.takeDatagrams()).toEqual([
    { localPort: 80, remote: { address: A.address, port: 5 }, bytes: Uint8Array.of(1, 2) },
  ]);
});

describe("TCP at the host", () => {
  test("a connection to a closed port is refused at once", () => {
    const { a, b } = hosts();
    const id = a.connect(SERVICE, TIME_ZERO);
    exchange(a, b);
    expect(a.takeEvents()).toEqual([{ kind: "refused", id }]);
    expect(a.nextDeadline()).toBe(TIME_NEVER);
    expect([a.send(id, Uint8Array.of(1), TIME_ZERO), a.isEof(id)]).toEqual([0, true]);
  });

  test("a host that forgot a connection resets it", () => {
    const { a, b } = hosts();
    b.listen(80);
    const id = a.connect(SERVICE, TIME_ZERO);
    exchange(a, b);
    const reborn = new IpHost(new Prng("b2"), B);
    a.takeEvents();
    a.send(id, Uint8Array.of(1), TIME_ZERO);
    exchange(a, reborn);
    expect(a.takeEvents()).toEqual([{ kind: "reset", id }]);
  });

  test("a full send buffer tells when there is room again", () => {
    const { a, b } = hosts();
    b.listen(80);
    const id = a.connect(SERVICE, TIME_ZERO);
    exchange(a, b);
    const peer = b.takeEvents()[0]?.id ?? 0;
    a.takeEvents();
    expect(a.send(id, new Uint8Array(200_000), TIME_ZERO)).toBe(65536);
    exchange(a, b);
    expect(a.takeEvents().map((event) => event.kind)).toEqual(["writable"]);
    // 44 whole segments; the piece that the window would cut off waits (RFC 9293 3.8.6.2.1).
    expect(b.readable(peer)).toBe(44 * 1460);
  });

  test("a stranger's text gets a reset, and a reset gets nothing", () => {
    const { a, b } = hosts();
    b.listen(80);
    const id = a.connect(SERVICE, TIME_ZERO);
    exchange(a, b);
    a.abort(id, TIME_ZERO);
    expect(exchange(a, b)).toBe(1);
    expect(b.takeEvents().map((event) => event.kind)).toEqual(["accepted", "reset"]);
    expect(a.takeEvents().map((event) => event.kind)).toEqual(["connected"]);
  });

  test("ports and initial sequence numbers differ from connection to connection", () => {
    const { a } = hosts();
    const ports = new Set<number>();
    for (let i = 0; i < 100; i++)
      ports.add(a.endpoints(a.connect(SERVICE, TIME_ZERO))?.local.port ?? 0);
    expect(ports.size).toBe(100);
    expect(Math.min(...ports)).toBe(49152);
    expect(a.nextDeadline()).toBe(at(100));
  });
});
