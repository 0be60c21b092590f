// A wire to the nanosecond: when a packet arrives is computed here by hand.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { duration, microseconds, virtualTime, type VirtualTime } from "../base/time.ts";
import { Link, type LinkFaults, type LinkOptions, NO_LINK_FAULTS } from "./link.ts";
import type { Packet } from "./packet.ts";

const OPTIONS: LinkOptions = {
  latency: microseconds(100),
  bitsPerSecond: 1_000_000_000,
  queueBytes: 3_000,
};
const ALWAYS = { numerator: 1, denominator: 1 };
const HALF = { numerator: 1, denominator: 2 };

function link(faults: Partial<LinkFaults> = {}, options: Partial<LinkOptions> = {}): Link {
  const made = new Link("w:a>b", { ...OPTIONS, ...options }, new Prng("link"));
  made.setFaults({ ...NO_LINK_FAULTS, ...faults });
  return made;
}

function packet(length: number, mark: number = 0): Packet {
  return { bytes: new Uint8Array(length).fill(mark), source: 1, destination: 2 };
}

const at = (ns: number): VirtualTime => virtualTime(ns);
const times = (wire: Link, sends: readonly (readonly [number, number])[]): readonly number[] =>
  sends.flatMap(([length, now]) => wire.send(packet(length), at(now)).map(({ time }) => time));

describe("a sound wire", () => {
  it("takes serialisation and latency: 1,000 bytes at 1 Gb/s are 8 us", () => {
    expect(times(link(), [[1_000, 500]])).toEqual([500 + 8_000 + 100_000]);
  });

  it("rounds serialisation up to whole nanoseconds", () => {
    expect(times(link({}, { bitsPerSecond: 3_000_000_000 }), [[1, 0]])).toEqual([3 + 100_000]);
  });

  it("serialises one packet after the other, and is free again after a pause", () => {
    const sends = [
      [1_000, 0],
      [500, 0],
      [500, 20_000],
    ] as const;
    expect(times(link(), sends)).toEqual([108_000, 112_000, 124_000]);
  });

  it("drops at the tail when more than the queue's bytes wait", () => {
    const wire = link();
    const sends = Array.from({ length: 6 }, () => [1_000, 0] as const);
    // Waiting at the n-th send: 0, 1000, 2000, 3000 bytes, then 4000 > 3000.
    expect(times(wire, sends)).toEqual([108_000, 116_000, 124_000, 132_000]);
    expect(wire.counters.dropped).toBe(2);
    // 1,000 bytes later there is room again.
    expect(times(wire, [[1_000, 8_000]])).toEqual([140_000]);
  });

  it("draws nothing", () => {
    const prng = new Prng("link");
    const wire = new Link("w", OPTIONS, prng);
    for (let i = 0; i < 10; i++) wire.send(packet(100), at(i * 1_000_000));
    expect(prng.draws).toBe(0);
    expect(wire.counters).toMatchObject({ packets: 10, bytes: 1_000, dropped: 0 });
  });

  it("can be made slower", () => {
    const wire = link({ bitsPerSecond: 1_000_000 });
    expect(times(wire, [[1_000, 0]])).toEqual([8_000_000 + 100_000]);
    expect(wire.minimumLatency).toBe(100_000);
  });
});

describe("a faulty wire", () => {
  it("that is cut loses what is sent and what arrives", () => {
    const wire = link({ isCut: true });
    expect(wire.send(packet(10), at(0))).toEqual([]);
    expect(wire.deliver(packet(10))).toBeUndefined();
    expect(wire.counters.dropped).toBe(2);
  });

  it("that loses a packet has sent it all the same: the next one waits", () => {
    const wire = link({ loss: ALWAYS });
    expect(wire.send(packet(1_000), at(0))).toEqual([]);
    wire.setFaults(NO_LINK_FAULTS);
    expect(times(wire, [[1_000, 0]])).toEqual([116_000]);
  });

  it("that duplicates sends a second copy within two latencies", () => {
    for (let i = 0; i < 20; i++) {
      const [first, second] = link({ duplication: ALWAYS }).send(packet(1_000), at(i));
      expect(first?.time).toBe(i + 108_000);
      expect(second?.packet).toBe(first?.packet);
      expect(second!.time - first!.time).toBeGreaterThanOrEqual(0);
      expect(second!.time - first!.time).toBeLessThanOrEqual(200_000);
    }
  });

  it("that reorders delays by chance, by at most four latencies", () => {
    const wire = link({ reordering: HALF });
    const delays = Array.from({ length: 200 }, (_, i) => {
      const sent = i * 1_000_000;
      return wire.send(packet(1_000), at(sent))[0]!.time - sent - 108_000;
    });
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(100_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(400_000);
    expect(wire.counters.reordered).toBe(delays.filter((delay) => delay > 0).length);
  });

  it("that corrupts flips exactly one bit, in a copy", () => {
    const wire = link({ corruption: ALWAYS });
    const sent = packet(50, 0x55);
    const [arrival] = wire.send(sent, at(0));
    const flipped = [...arrival!.packet.bytes].map((byte) => byte ^ 0x55).filter((x) => x !== 0);
    expect(flipped.length).toBe(1);
    expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(flipped[0]);
    expect(sent.bytes.every((byte) => byte === 0x55)).toBe(true);
  });

  it("that is held keeps what arrives, in order, until it is let go", () => {
    const wire = link({ isHeld: true });
    const [first, second] = [packet(1, 1), packet(1, 2)];
    expect(wire.deliver(first)).toBeUndefined();
    expect(wire.deliver(second)).toBeUndefined();
    expect(wire.takeHeld()).toEqual([first, second]);
    expect(wire.takeHeld()).toEqual([]);
  });

  it("that is slow is slow by the said time", () => {
    expect(times(link({ extraLatency: microseconds(7) }), [[1_000, 0]])).toEqual([115_000]);
  });

  // Was a defect (link.ts, send). "What is sent later still arrives later" (faults/kinds/delay.ts), also when the fault ends.
  it("that was slow lets nothing overtake what is still under way", () => {
    const wire = link({ extraLatency: microseconds(500) });
    const [slow] = times(wire, [[100, 0]]);
    wire.setFaults(NO_LINK_FAULTS);
    const [fast] = times(wire, [[100, 1_000]]);
    expect(fast).toBeGreaterThanOrEqual(slow!);
  });

  it("loses the share that it is told to lose", () => {
    const wire = link({ loss: { numerator: 1, denominator: 20 } });
    for (let i = 0; i < 4_000; i++) wire.send(packet(10), at(i * 10_000));
    expect(Math.abs(wire.counters.dropped - 200)).toBeLessThan(50);
  });
});

describe("bites", () => {
  it("count what a fault did to packets", () => {
    const wire = link({ loss: HALF, extraLatency: duration(5), bitsPerSecond: 1_000_000 });
    for (let i = 0; i < 100; i++) wire.send(packet(10), at(i * 1_000_000));
    const lost = wire.counters.dropped;
    expect([wire.bites("lost"), wire.bites("delayed"), wire.bites("throttled")]).toEqual([
      lost,
      100 - lost,
      100,
    ]);
    wire.setFaults({ ...NO_LINK_FAULTS, isCut: true });
    wire.send(packet(10), at(200_000_000));
    wire.deliver(packet(10));
    expect([wire.bites("cut"), wire.bites("held")]).toEqual([2, 0]);
  });

  it("leave out what the topology has anyway", () => {
    const usual = { ...NO_LINK_FAULTS, loss: HALF };
    const wire = link();
    wire.setUsualFaults(usual);
    for (let i = 0; i < 50; i++) wire.send(packet(10), at(i * 1_000_000));
    expect(wire.counters.dropped).toBeGreaterThan(0);
    expect(wire.bites("lost")).toBe(0);
  });

  it("come in periods when a chance has a stability", () => {
    const wire = link({ loss: { ...HALF, stability: duration(10_000_000) } });
    const seen = Array.from({ length: 200 }, (_, i) =>
      wire.send(packet(10), at(i * 1_000_000)).length === 0 ? "x" : ".",
    );
    expect(seen.join("")).toMatch(/^(x{10}|\.{10})+$/);
    expect(wire.bites("lost")).toBe(seen.filter((one) => one === "x").length);
  });
});

describe("snapshot", () => {
  it("restores faults, queue, held packets, counters and the stream", () => {
    const faults = { loss: HALF, duplication: HALF, reordering: HALF, corruption: HALF };
    const wire = link(faults);
    const go = (): string =>
      JSON.stringify(
        Array.from({ length: 30 }, (_, i) =>
          wire
            .send(packet(700, i), at(i * 1_000))
            .map(({ time, packet: { bytes } }) => [time, [...bytes]]),
        ),
      );
    go();
    wire.setFaults({ ...NO_LINK_FAULTS, ...faults, isHeld: true });
    wire.deliver(packet(3, 3));
    const kept = wire.snapshot();
    const expected = [go(), wire.takeHeld(), { ...wire.counters }, wire.bites("lost")];
    wire.setFaults({ ...NO_LINK_FAULTS, extraLatency: duration(5) });
    wire.restore(kept);
    expect([go(), wire.takeHeld(), { ...wire.counters }, wire.bites("lost")]).toEqual(expected);
    expect(expected[3]).toBeGreaterThan(0);
  });
});
