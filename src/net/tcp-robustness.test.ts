// Hostile input and interrupted runs: whatever arrives, a connection never throws, never delivers a
// byte that was not sent in its place, keeps its deadlines in the future; and a connection restored
// from a snapshot goes on exactly like the one it was taken from.

import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes, toHex } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { after, duration, earliest, seconds, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { ConnectionId } from "./host-state.ts";
import { drive, pair, SERVER } from "../../test/support/net-pair.ts";
import { TcpConnection } from "./tcp.ts";
import { INTERCONNECT, INTERNET } from "./tcp-profile.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { LEFT, open, RIGHT } from "../../test/support/net-link.ts";
import { CLEAN_WIRE, ROUGH_WIRE } from "../../test/support/net-wire.ts";

function randomSegment(prng: Prng, near: TcpSegment): TcpSegment {
  const around = (value: number): number =>
    prng.below(3) === 0 ? prng.uint32() : (value + prng.below(40) - 20) >>> 0;
  return {
    sourcePort: near.sourcePort,
    destinationPort: near.destinationPort,
    sequence: around(near.sequence),
    acknowledgment: around(near.acknowledgment),
    flags: prng.below(64),
    window: prng.below(2) === 0 ? prng.below(65536) : 0,
    mss: prng.below(4) === 0 ? prng.below(65536) : undefined,
    windowScale: prng.below(4) === 0 ? prng.below(256) : undefined,
    payload: prng.bytes(prng.below(30)),
  };
}

function check(connection: TcpConnection, now: VirtualTime): void {
  const state = connection.snapshot();
  expect(state.unacknowledged).toBeLessThanOrEqual(state.sendNext);
  expect(state.sendNext).toBeLessThanOrEqual(state.sendHighest);
  expect(state.sendHighest).toBeLessThanOrEqual(state.sendQueue.end + 1);
  expect(connection.readable).toBeLessThanOrEqual(state.profile.receiveBuffer);
  expect(connection.nextDeadline()).toBeGreaterThan(now);
}

describe("hostile segments", () => {
  test("300 connections in every state, 200 random segments each", () => {
    const statuses = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const prng = new Prng(`hostile-${seed}`);
      const profile = seed % 2 === 0 ? INTERNET : INTERCONNECT;
      const opened = open(profile);
      const fresh = new TcpConnection(profile, LEFT, RIGHT, prng.uint32());
      const connection = seed % 3 === 0 ? fresh : opened.left;
      let now = TIME_ZERO;
      if (connection === fresh) connection.connect(now);
      else connection.send(prng.bytes(5000), now);
      let [near] = connection.takeSegments();
      for (let i = 0; i < 200 && near !== undefined; i++) {
        now = earliest(connection.nextDeadline(), after(now, duration(prng.below(50_000_000))));
        if (connection.nextDeadline() <= now) connection.handleDeadline(now);
        const flipped = { ...near, sequence: near.acknowledgment, acknowledgment: near.sequence };
        const [from, to] = [near.destinationPort, near.sourcePort];
        connection.receive(
          randomSegment(prng, { ...flipped, sourcePort: from, destinationPort: to }),
          now,
        );
        if (prng.below(20) === 0) connection.read(prng.below(100), now);
        if (prng.below(60) === 0) connection.close(now);
        check(connection, now);
        statuses.add(connection.status);
        near = connection.takeSegments().at(-1) ?? near;
      }
    }
    expect(statuses.size).toBeGreaterThan(7);
  });

  test("random and damaged frames: never a throw, never an accepted bad checksum", () => {
    const world = pair("damage", INTERNET, CLEAN_WIRE, 20_000);
    const prng = new Prng("damage-draws");
    const { host } = world.server;
    host.listen(SERVER.port);
    world.client.id = world.client.host.connect(SERVER, TIME_ZERO);
    let damaged = 0;
    world.wire.filter = (frame) => {
      if (frame.station !== 0) return false;
      // Beside each good frame the server gets one with a flipped bit behind the Ethernet header,
      // and one of noise. ARP has no checksum, so it is left alone.
      if (frame.bytes[13] === 6) return false;
      const bytes = Uint8Array.from(frame.bytes);
      const at = 14 + prng.below(bytes.length - 14);
      bytes[at] = (bytes[at] as number) ^ (1 << prng.below(8));
      const before = { ...host.counters };
      host.handleFrame(bytes, world.wire.now);
      expect(host.counters.malformed + host.counters.notForUs).toBe(
        before.malformed + before.notForUs + 1,
      );
      host.handleFrame(prng.bytes(prng.below(100)), world.wire.now);
      damaged += 1;
      return false;
    };
    world.wire.run(
      (now) => {
        drive(world.client, now);
        drive(world.server, now);
      },
      () => world.client.events.includes("closed"),
      after(TIME_ZERO, seconds(60)),
    );
    expect(damaged).toBeGreaterThan(20);
    expect(equalBytes(concatBytes(world.server.received), world.client.outgoing)).toBe(true);
  });
});

describe("snapshot and restore", () => {
  for (const profile of [INTERNET, INTERCONNECT])
    test(`in mid-transfer, ${profile.name}: the same frames to the bit`, () => {
      const size = 300_000;
      const world = pair("snap", profile, ROUGH_WIRE, size);
      world.server.host.listen(SERVER.port);
      world.client.id = world.client.host.connect(SERVER, TIME_ZERO);
      const { host } = world.client;
      const original: string[] = [];
      const replayed: string[] = [];
      let copy: typeof host | undefined;
      // A second host, restored in the middle, gets the same calls; its frames are compared.
      const twin = pair("twin", profile, ROUGH_WIRE, 0).client.host;
      const twins = {
        handleFrame(bytes: Uint8Array, now: VirtualTime): void {
          host.handleFrame(bytes, now);
          copy?.handleFrame(bytes, now);
        },
        handleDeadline(now: VirtualTime): void {
          host.handleDeadline(now);
          copy?.handleDeadline(now);
        },
        nextDeadline: () => host.nextDeadline(),
        send(id: ConnectionId, bytes: Uint8Array, now: VirtualTime): number {
          copy?.send(id, bytes, now);
          return host.send(id, bytes, now);
        },
        read(id: ConnectionId, max: number, now: VirtualTime): Uint8Array {
          copy?.read(id, max, now);
          return host.read(id, max, now);
        },
      };
      runTwins();
      expect(original.length).toBeGreaterThan(100);
      expect(replayed).toEqual(original);

      function runTwins(): void {
        const id = world.client.id as ConnectionId;
        let now = TIME_ZERO;
        let sent = 0;
        let got = 0;
        let opened = false;
        const flights: { at: VirtualTime; bytes: Uint8Array; toClient: boolean }[] = [];
        const prng = new Prng("snap-wire");
        const push = (bytes: Uint8Array, toClient: boolean): void => {
          if (prng.below(50) === 0) return;
          const delay = 1_000_000 + (prng.below(20) === 0 ? prng.below(4_000_000) : 0);
          flights.push({ at: after(now, duration(delay)), bytes, toClient });
        };
        for (let i = 0; i < 200_000 && got < size; i++) {
          opened ||= host.takeEvents().some((event) => event.kind === "connected");
          if (opened && sent < size)
            sent += twins.send(id, world.client.outgoing.subarray(sent, sent + 9000), now);
          while (opened && twins.read(id, 5000, now).length > 0);
          drive(world.server, now);
          got = world.server.receivedLength;
          for (const frame of host.takeFrames()) {
            if (copy !== undefined) original.push(toHex(frame.bytes));
            push(frame.bytes, false);
          }
          for (const frame of copy?.takeFrames() ?? []) replayed.push(toHex(frame.bytes));
          for (const frame of world.server.host.takeFrames()) push(frame.bytes, true);
          if (copy === undefined && got > size / 3) {
            copy = twin;
            copy.restore(host.snapshot());
          }
          flights.sort((a, b) => a.at - b.at);
          const flight = flights[0];
          const deadline = earliest(host.nextDeadline(), world.server.host.nextDeadline());
          if (flight !== undefined && flight.at <= deadline) {
            flights.shift();
            now = flight.at;
            if (flight.toClient) twins.handleFrame(flight.bytes, now);
            else world.server.host.handleFrame(flight.bytes, now);
          } else {
            now = deadline;
            twins.handleDeadline(now);
            world.server.host.handleDeadline(now);
          }
        }
      }
    });
});
