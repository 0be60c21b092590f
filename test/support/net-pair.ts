// Two hosts on a test wire, each with megabytes for the other: what most tests of TCP start from.

import { Prng } from "../../src/base/prng.ts";
import { after, seconds, TIME_ZERO, type VirtualTime } from "../../src/base/time.ts";
import { type Endpoint, parseAddress, parseMac } from "../../src/net/address.ts";
import type { ConnectionId } from "../../src/net/host-state.ts";
import { IpHost } from "../../src/net/ip-host.ts";
import type { TcpProfile } from "../../src/net/tcp-profile.ts";
import { TestWire, type WireFaults } from "./net-wire.ts";

export const SERVER: Endpoint = { address: parseAddress("10.0.0.10"), port: 6379 };

export interface Pump {
  readonly host: IpHost;
  id: ConnectionId | undefined;
  readonly outgoing: Uint8Array;
  sent: number;
  readonly received: Uint8Array[];
  receivedLength: number;
  isEof: boolean;
  readonly events: string[];
}

export interface Pair {
  readonly wire: TestWire;
  readonly client: Pump;
  readonly server: Pump;
}

export function pair(seed: string, profile: TcpProfile, faults: WireFaults, size: number): Pair {
  const prng = new Prng(seed);
  const client = new IpHost(prng.fork("client"), {
    mac: parseMac("02:00:00:00:00:01"),
    address: parseAddress("10.0.0.21"),
    profile,
  });
  const server = new IpHost(prng.fork("server"), {
    mac: parseMac("02:00:00:00:00:02"),
    address: SERVER.address,
    profile,
  });
  const pumps = [client, server].map(
    (host, index): Pump => ({
      host,
      id: undefined,
      outgoing: prng.fork(`data${index}`).bytes(size),
      sent: 0,
      received: [],
      receivedLength: 0,
      isEof: false,
      events: [],
    }),
  );
  const wire = new TestWire(prng.fork("wire"), [client, server], faults);
  return { wire, client: pumps[0] as Pump, server: pumps[1] as Pump };
}

export function drive(pump: Pump, now: VirtualTime): void {
  for (const event of pump.host.takeEvents()) {
    pump.events.push(event.kind);
    if (event.kind === "accepted") pump.id = event.id;
  }
  const isOpen = pump.events.includes("connected") || pump.events.includes("accepted");
  if (pump.id === undefined || !isOpen) return;
  const before = pump.sent;
  while (pump.sent < pump.outgoing.length) {
    const accepted = pump.host.send(pump.id, pump.outgoing.subarray(pump.sent), now);
    if (accepted === 0) break;
    pump.sent += accepted;
  }
  if (pump.sent === pump.outgoing.length && before < pump.sent) pump.host.close(pump.id, now);
  for (;;) {
    const bytes = pump.host.read(pump.id, 10_000, now);
    if (bytes.length === 0) break;
    pump.received.push(bytes);
    pump.receivedLength += bytes.length;
  }
  if (pump.host.isEof(pump.id)) pump.isEof = true;
}

export function transfer(
  seed: string,
  profile: TcpProfile,
  faults: WireFaults,
  size: number,
): Pair {
  const world = pair(seed, profile, faults, size);
  world.server.host.listen(SERVER.port);
  world.client.id = world.client.host.connect(SERVER, TIME_ZERO);
  world.wire.run(
    (now) => {
      drive(world.client, now);
      drive(world.server, now);
    },
    () => world.client.events.includes("closed") && world.server.events.includes("closed"),
    after(TIME_ZERO, seconds(3600)),
  );
  return world;
}
