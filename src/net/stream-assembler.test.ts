// Streams put together from what one host emitted: whole over a rough wire, equal to what the other
// end read, and a rewritten retransmission is caught.

import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { decodeEthernet, encodeEthernet } from "./ethernet.ts";
import { decodeIpv4, encodeIpv4 } from "./ipv4.ts";
import { StreamAssembler } from "./stream-assembler.ts";
import { INTERNET } from "./tcp-profile.ts";
import { decodeTcp, encodeTcp, SYN } from "./tcp-segment.ts";
import { transfer } from "../../test/support/net-pair.ts";
import { ROUGH_WIRE } from "../../test/support/net-wire.ts";

const KEY = /^10\.0\.0\.10:6379>10\.0\.0\.21:49152#[0-9a-f]{8}$/;

function serverFrames(seed: string) {
  const world = transfer(seed, INTERNET, ROUGH_WIRE, 200_000);
  const frames = world.wire.captured.filter((frame) => frame.station === 1);
  return { world, frames: frames.map((frame) => frame.bytes) };
}

/** The same segment with its last byte of text changed and its checksums right. */
function rewrite(frame: Uint8Array): Uint8Array | undefined {
  const ethernet = decodeEthernet(frame);
  const packet = decodeIpv4(ethernet?.payload ?? new Uint8Array(0));
  if (ethernet === undefined || packet === undefined) return undefined;
  const segment = decodeTcp(packet.payload, packet);
  if (segment === undefined || segment.payload.length === 0) return undefined;
  const payload = Uint8Array.from(segment.payload);
  payload[payload.length - 1] = (payload[payload.length - 1] as number) ^ 1;
  const tcp = encodeTcp({ ...segment, payload }, packet);
  return encodeEthernet({ ...ethernet, payload: encodeIpv4({ ...packet, payload: tcp }) });
}

describe("an assembler", () => {
  test("gives the stream that the other end read, in any order of arrival", () => {
    const { world, frames } = serverFrames("assemble");
    const read = concatBytes(world.client.received);
    for (const order of ["sent", "shuffled"]) {
      const assembler = new StreamAssembler();
      const prng = new Prng("shuffle");
      const rest = [...frames];
      // The SYN comes first, the others in an order of their own.
      while (rest.length > 0) {
        const isFirst = assembler.streams().size === 0;
        const index = isFirst || order === "sent" ? 0 : prng.below(Math.min(20, rest.length));
        assembler.observe(rest.splice(index, 1)[0] as Uint8Array);
      }
      const [stream] = assembler.streams().values();
      expect(stream?.key).toMatch(KEY);
      expect(stream).toMatchObject({ length: 200_000, ahead: 0, hasFin: true, conflicts: [] });
      expect(stream?.repeats).toBeGreaterThan(0);
      expect(equalBytes(assembler.bytes(stream?.key ?? "", 0, 200_000), read)).toBe(true);
      expect(assembler.prefixEquals(stream?.key ?? "", 1000, read.subarray(1000, 9000))).toBe(true);
      expect(assembler.prefixEquals(stream?.key ?? "", 1001, read.subarray(1000, 9000))).toBe(
        false,
      );
      expect(assembler.prefixEquals(stream?.key ?? "", 199_999, new Uint8Array(2))).toBe(false);
      expect(assembler.newest("10.0.0.10:6379", "10.0.0.21:49152")?.key).toBe(stream?.key);
    }
  });

  test("a retransmission with other bytes is a conflict, at its offset", () => {
    const { frames } = serverFrames("conflict");
    const assembler = new StreamAssembler();
    for (const frame of frames) assembler.observe(frame);
    const forged = rewrite(frames.find((frame) => frame.length > 1000) ?? new Uint8Array(0));
    assembler.observe(forged ?? new Uint8Array(0));
    const [stream] = assembler.streams().values();
    expect(stream?.conflicts.map((conflict) => conflict.offset)).toEqual([1459]);
  });

  test("text that disagrees while it waits behind a gap is a conflict too", () => {
    const { frames } = serverFrames("gap");
    const data = frames.filter((frame) => frame.length > 1000);
    const assembler = new StreamAssembler();
    for (const frame of frames.slice(0, 3)) if (frame.length < 100) assembler.observe(frame);
    assembler.observe(data[2] as Uint8Array);
    assembler.observe(rewrite(data[2] as Uint8Array) as Uint8Array);
    const [stream] = assembler.streams().values();
    expect(stream).toMatchObject({ length: 0, ahead: 1460 });
    expect(stream?.conflicts.map((conflict) => conflict.offset)).toEqual([3 * 1460 - 1]);
  });

  test("a new ISN is a new stream, and snapshots go on alike", () => {
    const { frames } = serverFrames("isn");
    const assembler = new StreamAssembler();
    for (const frame of frames.slice(0, 40)) assembler.observe(frame);
    const twin = new StreamAssembler();
    twin.restore(assembler.snapshot());
    for (const frame of frames.slice(40)) {
      assembler.observe(frame);
      twin.observe(frame);
    }
    expect([...twin.streams()]).toEqual([...assembler.streams()]);
    const packet = { source: 0x0a00000a, destination: 0x0a000015, protocol: 6 };
    const syn = encodeTcp(
      {
        sourcePort: 6379,
        destinationPort: 49152,
        sequence: 5,
        acknowledgment: 0,
        flags: SYN,
        window: 0,
        mss: undefined,
        windowScale: undefined,
        payload: new Uint8Array(0),
      },
      packet,
    );
    const ip = encodeIpv4({
      ...packet,
      identification: 0,
      timeToLive: 1,
      isFragment: false,
      payload: syn,
    });
    assembler.observe(encodeEthernet({ destination: 1, source: 2, etherType: 0x800, payload: ip }));
    expect(assembler.streams().size).toBe(2);
    expect(assembler.newest("10.0.0.10:6379", "10.0.0.21:49152")?.length).toBe(0);
  });
});
