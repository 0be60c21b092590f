// The wire formats: what is encoded decodes to itself, known packets have their known checksums,
// and no bytes whatever make a decoder throw.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes, fromHex, toHex } from "../base/bytes.ts";
import { formatAddress, formatMac, parseAddress, parseMac } from "./address.ts";
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from "./arp.ts";
import { internetChecksum } from "./checksum.ts";
import { decodeEthernet, encodeEthernet } from "./ethernet.ts";
import { decodeIcmpEcho, encodeIcmpEcho } from "./icmp.ts";
import { decodeIpv4, encodeIpv4 } from "./ipv4.ts";
import { decodeTcp, encodeTcp } from "./tcp-segment.ts";
import { decodeUdp, encodeUdp } from "./udp.ts";

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const mac = fc.integer({ min: 0, max: 0xffffffffffff });
const payload = fc.uint8Array({ maxLength: 1600 });
const pseudo = fc.record({ source: u32, destination: u32, protocol: u8 });
const segment = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  sequence: u32,
  acknowledgment: u32,
  flags: fc.integer({ min: 0, max: 63 }),
  window: u16,
  mss: fc.option(u16, { nil: undefined }),
  windowScale: fc.option(u8, { nil: undefined }),
  payload,
});

describe("checksums", () => {
  test("the example of RFC 1071", () => {
    // The RFC sums 0001 f203 f4f5 f6f7 to ddf2; the checksum is its complement.
    expect(internetChecksum(fromHex("0001f203f4f5f6f7"))).toBe(~0xddf2 & 0xffff);
  });

  test("a well-known IPv4 header", () => {
    const header = fromHex("45000073000040004011b861c0a80001c0a800c7");
    expect(internetChecksum(header)).toBe(0);
    const cleared = Uint8Array.from(header);
    cleared[10] = 0;
    cleared[11] = 0;
    expect(internetChecksum(cleared)).toBe(0xb861);
  });

  test("an odd number of bytes counts as padded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), (bytes) => {
        const odd = bytes.length % 2 === 1 ? bytes : Uint8Array.of(...bytes, 7);
        return internetChecksum(odd) === internetChecksum(Uint8Array.of(...odd, 0));
      }),
    );
  });

  test("a known SYN, byte for byte", () => {
    // Computed by hand: the sum of pseudo header and segment words is 0x1a4e5, folded a4e6.
    const bytes = encodeTcp(
      {
        sourcePort: 0x1234,
        destinationPort: 0x0050,
        sequence: 1,
        acknowledgment: 0,
        flags: 2,
        window: 0x7210,
        mss: undefined,
        windowScale: undefined,
        payload: new Uint8Array(0),
      },
      { source: 0x0a000001, destination: 0x0a000002, protocol: 6 },
    );
    let sum = 0x0a00 + 1 + 0x0a00 + 2 + 6 + 20 + 0x1234 + 0x50 + 1 + 0x5002 + 0x7210;
    sum = (sum & 0xffff) + (sum >>> 16);
    expect(toHex(bytes)).toBe(
      `12340050000000010000000050027210${(~sum & 0xffff).toString(16).padStart(4, "0")}0000`,
    );
  });
});

describe("round trips", () => {
  test("addresses", () => {
    fc.assert(fc.property(u32, (address) => parseAddress(formatAddress(address)) === address));
    fc.assert(fc.property(mac, (address) => parseMac(formatMac(address)) === address));
  });

  test("Ethernet", () => {
    const frame = fc.record({ destination: mac, source: mac, etherType: u16, payload });
    fc.assert(
      fc.property(frame, (f) => {
        expect(decodeEthernet(encodeEthernet(f))).toEqual(f);
      }),
    );
  });

  test("ARP", () => {
    const packet = fc.record({
      operation: fc.constantFrom(ARP_REQUEST, ARP_REPLY),
      senderMac: mac,
      senderAddress: u32,
      targetMac: mac,
      targetAddress: u32,
    });
    fc.assert(
      fc.property(packet, (p) => {
        expect(decodeArp(encodeArp(p))).toEqual(p);
      }),
    );
  });

  test("IPv4, with Ethernet padding behind it", () => {
    const packet = fc.record({
      source: u32,
      destination: u32,
      protocol: u8,
      identification: u16,
      timeToLive: u8,
      isFragment: fc.constant(false),
      payload,
    });
    fc.assert(
      fc.property(packet, fc.nat(20), (p, padding) => {
        const bytes = Uint8Array.of(...encodeIpv4(p), ...new Uint8Array(padding));
        expect(decodeIpv4(bytes)).toEqual(p);
      }),
    );
  });

  test("UDP, ICMP echo, TCP", () => {
    const datagram = fc.record({ sourcePort: u16, destinationPort: u16, payload });
    fc.assert(
      fc.property(datagram, pseudo, (d, p) => {
        expect(decodeUdp(encodeUdp(d, p), p)).toEqual(d);
      }),
    );
    const echo = fc.record({
      type: fc.constantFrom(0, 8),
      identifier: u16,
      sequence: u16,
      payload,
    });
    fc.assert(
      fc.property(echo, (e) => {
        expect(decodeIcmpEcho(encodeIcmpEcho(e))).toEqual(e);
      }),
    );
    fc.assert(
      fc.property(segment, pseudo, (s, p) => {
        expect(decodeTcp(encodeTcp(s, p), p)).toEqual(s);
      }),
    );
  });
});

describe("malformed input", () => {
  const somePseudo = { source: 1, destination: 2, protocol: 6 };

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        decodeEthernet(bytes);
        decodeArp(bytes);
        decodeIpv4(bytes);
        decodeIcmpEcho(bytes);
        decodeUdp(bytes, somePseudo);
        decodeTcp(bytes, somePseudo);
      }),
      { numRuns: 5_000 },
    );
  });

  test("one flipped bit of a TCP segment is always noticed", () => {
    fc.assert(
      fc.property(segment, pseudo, fc.nat(), fc.nat(7), (s, p, where, bit) => {
        const bytes = encodeTcp(s, p);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        return decodeTcp(bytes, p) === undefined;
      }),
      { numRuns: 3_000 },
    );
  });

  test("a cut segment is always noticed, or its checksum happens to hold for what is left", () => {
    fc.assert(
      fc.property(segment, pseudo, fc.nat(), (s, p, cut) => {
        const bytes = encodeTcp(s, p);
        const left = bytes.subarray(0, cut % bytes.length);
        const decoded = decodeTcp(left, p);
        if (decoded === undefined) return true;
        return equalBytes(encodeTcp(decoded, p), left);
      }),
    );
  });

  test("options with impossible lengths are refused", () => {
    const base = encodeTcp(
      {
        sourcePort: 1,
        destinationPort: 2,
        sequence: 3,
        acknowledgment: 4,
        flags: 2,
        window: 5,
        mss: 1460,
        windowScale: undefined,
        payload: new Uint8Array(0),
      },
      somePseudo,
    );
    for (const length of [0, 1, 5, 255]) {
      const bytes = Uint8Array.from(base);
      bytes[21] = length;
      bytes[16] = 0;
      bytes[17] = 0;
      const sum = internetChecksum(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 6, 0, 24, ...bytes));
      bytes[16] = sum >>> 8;
      bytes[17] = sum;
      expect(decodeTcp(bytes, somePseudo)).toBeUndefined();
    }
  });
});
