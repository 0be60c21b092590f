// A small IPv4 host on one Ethernet interface: ARP, ICMP echo, UDP, TCP. Sans I/O: frames and times
// go in (`handleFrame`, `handleDeadline`), frames and events come out (`takeFrames`, `takeEvents`).
//
// Divergence from a real host: one /24 without a router, ARP entries do not expire (a gratuitous
// ARP or any ARP packet of the neighbour replaces them), no fragments, no IP options, no multicast.

import type { ByteWriter } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { earliest, type VirtualTime } from "../base/time.ts";
import { type Endpoint, type Frame, isGroupMac, MAC_BROADCAST } from "./address.ts";
import { queueLength } from "./byte-queue.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "./ethernet.ts";
import {
  type ConnectionId,
  createHostState,
  type Datagram,
  type HostEvent,
  type IpHostCounters,
  type IpHostOptions,
  type IpHostState,
} from "./host-state.ts";
import {
  announceAddress,
  doubtNeighbour,
  handleArpDeadline,
  nextArpDeadline,
  receiveArp,
  sendPacket,
} from "./host-link.ts";
import {
  acceptConnection,
  connectionKey,
  flushConnection,
  openConnection,
  refuseSegment,
  sendWaitingAcks,
} from "./host-connections.ts";
import { decodeIcmpEcho, encodeIcmpEcho, ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST } from "./icmp.ts";
import { decodeIpv4, type Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "./ipv4.ts";
import {
  abortConnection,
  closeSending,
  handleTcpDeadline,
  isAtEof,
  nextTcpDeadline,
  readBytes,
  sendBytes,
  writableBytes,
} from "./tcp.ts";
import type { TcpProfile } from "./tcp-profile.ts";
import { receiveSegment } from "./tcp-receive.ts";
import { ACK, decodeTcp, hasFlag, RST, SYN } from "./tcp-segment.ts";
import { addCounters, type TcpCounters, type TcpState } from "./tcp-state.ts";
import { decodeUdp, encodeUdp } from "./udp.ts";

export interface IpHostSnapshot {
  readonly state: IpHostState;
  readonly prng: PrngSnapshot;
}

/** Retransmission timeouts in a row that make an ARP entry doubtful. */
const DOUBT_AFTER = 3;
const NO_BYTES: Uint8Array = new Uint8Array(0);

interface PlainPacket {
  readonly destination: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export class IpHost {
  readonly #prng: Prng;
  #state: IpHostState;

  /** Initial sequence numbers are drawn from `prng`, which belongs to this host alone. */
  constructor(prng: Prng, options: IpHostOptions) {
    this.#prng = prng;
    this.#state = createHostState(options);
  }

  get mac(): number {
    return this.#state.options.mac;
  }

  get address(): number {
    return this.#state.options.address;
  }

  get counters(): Readonly<IpHostCounters> {
    return this.#state.counters;
  }

  handleFrame(bytes: Uint8Array, now: VirtualTime): void {
    const state = this.#state;
    state.counters.framesReceived += 1;
    const frame = decodeEthernet(bytes);
    if (frame === undefined) {
      state.counters.malformed += 1;
      return;
    }
    const isForUs = frame.destination === this.mac || frame.destination === MAC_BROADCAST;
    // Our own broadcast, come back round a loop, is not somebody else's.
    if (!isForUs || frame.source === this.mac || isGroupMac(frame.source)) {
      state.counters.notForUs += 1;
      return;
    }
    if (frame.etherType === ETHERTYPE_ARP) receiveArp(state, frame.payload);
    else if (frame.etherType === ETHERTYPE_IPV4) this.#receiveIpv4(frame.payload, now);
  }

  handleDeadline(now: VirtualTime): void {
    const state = this.#state;
    handleArpDeadline(state, now);
    for (const connection of state.connections.values()) {
      if (nextTcpDeadline(connection.tcp) > now) continue;
      const timeouts = connection.tcp.counters.timeouts;
      handleTcpDeadline(connection.tcp, now);
      if (connection.tcp.counters.timeouts > timeouts) this.#doubtAfterTimeout(connection.tcp);
      flushConnection(state, connection, now);
    }
  }

  nextDeadline(): VirtualTime {
    let next = nextArpDeadline(this.#state);
    for (const connection of this.#state.connections.values())
      next = earliest(next, nextTcpDeadline(connection.tcp));
    return next;
  }

  /** What is to be transmitted, in order. */
  takeFrames(): readonly Frame[] {
    sendWaitingAcks(this.#state);
    const frames = this.#state.frames;
    if (frames.length > 0) this.#state.frames = [];
    return frames;
  }

  takeEvents(): readonly HostEvent[] {
    const events = this.#state.events;
    if (events.length > 0) this.#state.events = [];
    return events;
  }

  /** Accepts connections on a port. Listening twice replaces the profile of later connections. */
  listen(port: number, profile: TcpProfile = this.#state.options.profile): void {
    this.#state.listeners.set(port, profile);
  }

  connect(
    remote: Endpoint,
    now: VirtualTime,
    profile: TcpProfile = this.#state.options.profile,
  ): ConnectionId {
    const connection = openConnection(this.#state, this.#prng, { remote, profile }, now);
    flushConnection(this.#state, connection, now);
    return connection.id;
  }

  /** Bytes accepted into the send buffer; the array must not change afterwards. */
  send(id: ConnectionId, bytes: Uint8Array, now: VirtualTime): number {
    const connection = this.#state.connections.get(id);
    if (connection === undefined) return 0;
    const accepted = sendBytes(connection.tcp, bytes, now);
    if (accepted < bytes.length) connection.wantsToWrite = true;
    flushConnection(this.#state, connection, now);
    return accepted;
  }

  read(id: ConnectionId, max: number, now: VirtualTime): Uint8Array {
    const connection = this.#state.connections.get(id);
    if (connection === undefined) return NO_BYTES;
    const bytes = readBytes(connection.tcp, max, now);
    flushConnection(this.#state, connection, now);
    return bytes;
  }

  readable(id: ConnectionId): number {
    const connection = this.#state.connections.get(id);
    return connection === undefined ? 0 : queueLength(connection.tcp.readQueue);
  }

  writable(id: ConnectionId): number {
    const connection = this.#state.connections.get(id);
    return connection === undefined ? 0 : writableBytes(connection.tcp);
  }

  /** Bytes sent or queued that the peer has not acknowledged. */
  unacked(id: ConnectionId): number {
    const connection = this.#state.connections.get(id);
    return connection === undefined ? 0 : queueLength(connection.tcp.sendQueue);
  }

  /** Everything was read and nothing more will come. */
  isEof(id: ConnectionId): boolean {
    const connection = this.#state.connections.get(id);
    return connection === undefined || isAtEof(connection.tcp);
  }

  /** Undefined once the connection is closed and its bytes are read. */
  endpoints(id: ConnectionId): { readonly local: Endpoint; readonly remote: Endpoint } | undefined {
    const tcp = this.#state.connections.get(id)?.tcp;
    return tcp === undefined ? undefined : { local: tcp.local, remote: tcp.remote };
  }

  /** All connections that this host ever had, together. */
  tcpTotals(): TcpCounters {
    const total = { ...this.#state.buried };
    for (const { tcp } of this.#state.connections.values()) addCounters(total, tcp.counters);
    return total;
  }

  /** No more sends; reading goes on (half close). */
  close(id: ConnectionId, now: VirtualTime): void {
    const connection = this.#state.connections.get(id);
    if (connection === undefined) return;
    closeSending(connection.tcp, now);
    flushConnection(this.#state, connection, now);
  }

  /** RST to the peer. The caller gets no event: it knows. */
  abort(id: ConnectionId, now: VirtualTime): void {
    const connection = this.#state.connections.get(id);
    if (connection === undefined) return;
    abortConnection(connection.tcp);
    connection.isDone = true;
    flushConnection(this.#state, connection, now);
  }

  /** Datagrams for other ports are dropped. */
  openUdp(port: number): void {
    this.#state.udpPorts.add(port);
  }

  sendUdp(localPort: number, remote: Endpoint, bytes: Uint8Array, now: VirtualTime): void {
    const datagram = { sourcePort: localPort, destinationPort: remote.port, payload: bytes };
    const pseudo = {
      source: this.address,
      destination: remote.address,
      protocol: PROTOCOL_UDP,
    };
    const payload = encodeUdp(datagram, pseudo);
    this.#send({ destination: remote.address, protocol: PROTOCOL_UDP, payload }, now);
  }

  takeDatagrams(): readonly Datagram[] {
    const datagrams = this.#state.datagrams;
    if (datagrams.length > 0) this.#state.datagrams = [];
    return datagrams;
  }

  /** A gratuitous ARP: tells the switch and every neighbour where this address is now. */
  announce(): void {
    announceAddress(this.#state);
  }

  snapshot(): IpHostSnapshot {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: IpHostSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#prng.restore(snapshot.prng);
  }

  #doubtAfterTimeout(tcp: TcpState): void {
    const inRow = tcp.congestion.timeouts;
    if (inRow > 0 && inRow % DOUBT_AFTER === 0) doubtNeighbour(this.#state, tcp.remote.address);
  }

  #receiveIpv4(bytes: Uint8Array, now: VirtualTime): void {
    const packet = decodeIpv4(bytes);
    if (packet === undefined) {
      this.#state.counters.malformed += 1;
      return;
    }
    if (packet.destination !== this.address || packet.isFragment) {
      this.#state.counters.notForUs += 1;
      return;
    }
    if (packet.protocol === PROTOCOL_TCP) this.#receiveTcp(packet, now);
    else if (packet.protocol === PROTOCOL_UDP) this.#receiveUdp(packet);
    else if (packet.protocol === PROTOCOL_ICMP) this.#receiveIcmp(packet, now);
  }

  #receiveTcp(packet: Ipv4Packet, now: VirtualTime): void {
    const state = this.#state;
    const segment = decodeTcp(packet.payload, packet);
    if (segment === undefined) {
      state.counters.malformed += 1;
      return;
    }
    const remote = { address: packet.source, port: segment.sourcePort };
    const id = state.byKey.get(connectionKey(segment.destinationPort, remote));
    const known = id === undefined ? undefined : state.connections.get(id);
    if (known !== undefined) {
      receiveSegment(known.tcp, segment, now);
      flushConnection(state, known, now);
      return;
    }
    const profile = state.listeners.get(segment.destinationPort);
    const isBareSyn = hasFlag(segment, SYN) && !hasFlag(segment, ACK) && !hasFlag(segment, RST);
    if (profile === undefined || !isBareSyn) {
      refuseSegment(state, remote, segment, now);
      return;
    }
    const connection = acceptConnection(state, this.#prng, { remote, profile, segment }, now);
    if (connection !== undefined) flushConnection(state, connection, now);
  }

  #receiveUdp(packet: Ipv4Packet): void {
    const datagram = decodeUdp(packet.payload, packet);
    if (datagram === undefined) {
      this.#state.counters.malformed += 1;
      return;
    }
    if (!this.#state.udpPorts.has(datagram.destinationPort)) return;
    this.#state.datagrams.push({
      localPort: datagram.destinationPort,
      remote: { address: packet.source, port: datagram.sourcePort },
      bytes: datagram.payload,
    });
  }

  #receiveIcmp(packet: Ipv4Packet, now: VirtualTime): void {
    const echo = decodeIcmpEcho(packet.payload);
    if (echo === undefined) {
      this.#state.counters.malformed += 1;
      return;
    }
    if (echo.type !== ICMP_ECHO_REQUEST) return;
    const payload = encodeIcmpEcho({ ...echo, type: ICMP_ECHO_REPLY });
    this.#send({ destination: packet.source, protocol: PROTOCOL_ICMP, payload }, now);
  }

  #send({ payload, destination, protocol }: PlainPacket, now: VirtualTime): void {
    const write = (out: ByteWriter): void => void out.bytes(payload);
    sendPacket(this.#state, { destination, protocol, size: payload.length, write }, now);
  }
}
