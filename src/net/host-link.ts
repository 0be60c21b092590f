// An IpHost's lower half: packets into frames, and the address resolution in between (RFC 826).

import { assert } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import {
  after,
  type Duration,
  earliest,
  milliseconds,
  TIME_NEVER,
  type VirtualTime,
} from "../base/time.ts";
import { formatAddress, isGroupMac, MAC_BROADCAST } from "./address.ts";
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from "./arp.ts";
import {
  encodeEthernet,
  ETHERNET_HEADER_SIZE,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  writeEthernetHeader,
} from "./ethernet.ts";
import type { IpHostState, Resolution } from "./host-state.ts";
import { IPV4_HEADER_SIZE, writeIpv4Header } from "./ipv4.ts";

/** Short, so that a request lost on a rack does not cost an interconnect its patience. */
const RETRY_INTERVAL: Duration = milliseconds(100);
const ATTEMPTS_MAX = 10;
/** Packets kept for one neighbour; older ones go first, TCP sends them again. */
const WAITING_MAX = 32;
const TIME_TO_LIVE = 64;
/** In the header of a packet that waits for its neighbour's MAC: cut off again. */
const NOBODY = 0;

/** Its payload is written straight into the frame: most of what is sent is sent once. */
export interface OutgoingPacket {
  readonly destination: number;
  readonly protocol: number;
  readonly size: number;
  readonly write: (out: ByteWriter) => void;
}

/** Sends a packet to a neighbour, now or when its MAC is known. */
export function sendPacket(state: IpHostState, packet: OutgoingPacket, now: VirtualTime): void {
  const { address } = state.options;
  assert(
    packet.destination >>> 8 === address >>> 8,
    () => `${formatAddress(packet.destination)} is not on the /24 of ${formatAddress(address)}`,
  );
  const mac = state.neighbours.get(packet.destination);
  const bytes = encodePacket(state, mac ?? NOBODY, packet);
  state.nextIdentification = (state.nextIdentification + 1) & 0xffff;
  if (mac !== undefined) queueFrame(state, mac, bytes);
  else waitForMac(state, packet.destination, bytes.subarray(ETHERNET_HEADER_SIZE), now);
}

function encodePacket(state: IpHostState, mac: number, packet: OutgoingPacket): Uint8Array {
  const { options, nextIdentification: identification } = state;
  const out = new ByteWriter(ETHERNET_HEADER_SIZE + IPV4_HEADER_SIZE + packet.size);
  writeEthernetHeader(out, { destination: mac, source: options.mac, etherType: ETHERTYPE_IPV4 });
  const header = {
    source: options.address,
    destination: packet.destination,
    protocol: packet.protocol,
    identification,
    timeToLive: TIME_TO_LIVE,
    isFragment: false,
  };
  writeIpv4Header(out, header, packet.size);
  packet.write(out);
  return out.finish();
}

/** Learns from every packet about somebody we talk to, and from every announcement. */
export function receiveArp(state: IpHostState, bytes: Uint8Array): void {
  const arp = decodeArp(bytes);
  if (arp === undefined) {
    state.counters.malformed += 1;
    return;
  }
  const { mac, address } = state.options;
  if (arp.senderAddress === address || isGroupMac(arp.senderMac)) return;
  if (arp.senderAddress !== 0) learn(state, arp.senderAddress, arp.senderMac);
  if (arp.operation !== ARP_REQUEST || arp.targetAddress !== address) return;
  const reply = encodeArp({
    operation: ARP_REPLY,
    senderMac: mac,
    senderAddress: address,
    targetMac: arp.senderMac,
    targetAddress: arp.senderAddress,
  });
  pushFrame(state, arp.senderMac, ETHERTYPE_ARP, reply);
}

export function announceAddress(state: IpHostState): void {
  request(state, state.options.address);
}

/**
 * A connection that times out again and again may be talking to a MAC that is nobody's (a damaged
 * ARP packet has no checksum to give it away): the next packet asks anew, as Linux does.
 */
export function doubtNeighbour(state: IpHostState, address: number): void {
  state.neighbours.delete(address);
}

export function nextArpDeadline(state: IpHostState): VirtualTime {
  let next = TIME_NEVER;
  for (const resolution of state.resolutions.values()) next = earliest(next, resolution.retryAt);
  return next;
}

export function handleArpDeadline(state: IpHostState, now: VirtualTime): void {
  for (const resolution of state.resolutions.values()) {
    if (resolution.retryAt > now) continue;
    if (resolution.attempts >= ATTEMPTS_MAX) {
      // Given up silently: the packets are lost like any other, the next one asks again.
      state.counters.unreachable += resolution.packets.length;
      state.resolutions.delete(resolution.address);
      continue;
    }
    ask(state, resolution, now);
  }
}

function waitForMac(
  state: IpHostState,
  address: number,
  packet: Uint8Array,
  now: VirtualTime,
): void {
  const running = state.resolutions.get(address);
  if (running !== undefined) {
    if (running.packets.length >= WAITING_MAX) {
      running.packets.shift();
      state.counters.unreachable += 1;
    }
    running.packets.push(packet);
    return;
  }
  const resolution = { address, attempts: 0, retryAt: TIME_NEVER, packets: [packet] };
  state.resolutions.set(address, resolution);
  ask(state, resolution, now);
}

function ask(state: IpHostState, resolution: Resolution, now: VirtualTime): void {
  resolution.attempts += 1;
  resolution.retryAt = after(now, RETRY_INTERVAL);
  request(state, resolution.address);
}

function request(state: IpHostState, targetAddress: number): void {
  const { mac, address } = state.options;
  const arp = {
    operation: ARP_REQUEST,
    senderMac: mac,
    senderAddress: address,
    targetMac: 0,
    targetAddress,
  };
  pushFrame(state, MAC_BROADCAST, ETHERTYPE_ARP, encodeArp(arp));
}

function learn(state: IpHostState, address: number, mac: number): void {
  state.neighbours.set(address, mac);
  const resolution = state.resolutions.get(address);
  if (resolution === undefined) return;
  state.resolutions.delete(address);
  for (const packet of resolution.packets) pushFrame(state, mac, ETHERTYPE_IPV4, packet);
}

function pushFrame(
  state: IpHostState,
  destination: number,
  etherType: number,
  payload: Uint8Array,
): void {
  const source = state.options.mac;
  queueFrame(state, destination, encodeEthernet({ destination, source, etherType, payload }));
}

function queueFrame(state: IpHostState, destination: number, bytes: Uint8Array): void {
  state.frames.push({ destination, source: state.options.mac, bytes });
  state.counters.framesSent += 1;
}
