// The register service: a script (ADR 12). A server that answers each client's requests once, in the
// order in which they come: it reads the clock for each, draws a token for a client that it has not
// seen, writes what changes to its log on the disk before it answers, and at every tick of its timer
// reads the last record back. All of that are inputs which a backup must be given, each at its step.

import { MAC_BROADCAST } from "../../net/address.ts";
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from "../../net/arp.ts";
import {
  decodeEthernet,
  encodeEthernet,
  type EthernetFrame,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
} from "../../net/ethernet.ts";
import { decodeIpv4, encodeIpv4, PROTOCOL_UDP } from "../../net/ipv4.ts";
import { decodeUdp, encodeUdp } from "../../net/udp.ts";
import type { Arrival, Script, ScriptDesk } from "../../vm/script.ts";
import {
  LOG_FIRST_SECTOR,
  RECORD_WORDS,
  recordOf,
  recordWords,
} from "../../workload/register-log.ts";
import {
  decodeRequest,
  encodeReply,
  REGISTER_CLIENTS,
  type RegisterRequest,
} from "../../workload/register-wire.ts";
import { VM_ADDRESS, VM_MAC } from "../addresses.ts";
import * as at from "./register-layout.ts";

export const REGISTER_PORT = 7_000;
export const REGISTER_READY = "registers ready\n";

/** Phase 0 is the boot. */
const BOOT_CLOCK = 1;
const NEXT = 2;
const CLOCK = 3;
const TOKEN = 4;
const SERVE = 5;
const TICK = 6;
const READ_BACK = 7;

/** Steps that a request takes at least; the rest depends on all that came before. Much of the time
 * something comes in while it works, as with any server. */
const WORK = 40_000;
const WORK_MORE = 0xffff;
const SHORT_WORK = 40;
/** Ticks of 100 ns: 20 ms. */
const PERIOD = 200_000;
const TOKEN_BYTES = 8;
const GET = 0;
const SET = 1;
const INCR = 2;
const OPERATIONS = ["get", "set", "incr"] as const;
const REPLIES = ["nothing", "value", "done"] as const;
const READ_BUFFER = REGISTER_CLIENTS;
const TWO_POW_32 = 4_294_967_296;

export const REGISTER_SERVICE: Script = {
  name: "registers 1",
  phases: [
    { run: boot },
    { needs: "time", run: startClock },
    { run: takeNext },
    { needs: "time", run: readClock },
    { needs: TOKEN_BYTES, run: keepToken },
    { run: serve },
    { needs: "time", run: tick },
    { run: readBack },
  ],
};

function boot(desk: ScriptDesk): void {
  desk.print(REGISTER_READY);
  desk.goTo(BOOT_CLOCK, SHORT_WORK);
}

function startClock(desk: ScriptDesk): void {
  keepClock(desk);
  desk.setTimer(desk.ticks() + PERIOD);
  desk.goTo(NEXT, SHORT_WORK);
}

/** The head of the service's loop. */
function takeNext(desk: ScriptDesk): void {
  const arrival = desk.take();
  if (arrival === undefined) desk.wait();
  else handle(desk, arrival);
}

function handle(desk: ScriptDesk, arrival: Arrival): void {
  desk.goTo(NEXT, SHORT_WORK);
  switch (arrival.kind) {
    case "frame":
      receive(desk, arrival.bytes);
      break;
    case "disk-done":
      completeDisk(desk, arrival.ioId, arrival.isOk);
      break;
    case "timer":
      desk.goTo(TICK, WORK);
      break;
    case "byte":
      break;
  }
}

function readClock(desk: ScriptDesk): void {
  keepClock(desk);
  const session = desk.load(at.CURRENT);
  const isKnown = desk.load(session + at.TOKEN) !== 0 || desk.load(session + at.TOKEN + 1) !== 0;
  desk.goTo(isKnown ? SERVE : TOKEN, SHORT_WORK);
}

function keepToken(desk: ScriptDesk): void {
  const session = desk.load(at.CURRENT);
  const { buffer, byteOffset } = desk.entropy();
  const view = new DataView(buffer, byteOffset, TOKEN_BYTES);
  desk.store(session + at.TOKEN, view.getInt32(0, true));
  desk.store(session + at.TOKEN + 1, view.getInt32(4, true));
  desk.goTo(SERVE, SHORT_WORK);
}

/** Answers a read; a write goes to the disk first. */
function serve(desk: ScriptDesk): void {
  const session = desk.load(at.CURRENT);
  desk.goTo(NEXT, SHORT_WORK);
  if (desk.load(session + at.OPERATION) === GET) {
    const register = at.registerAt(desk.load(session + at.REGISTER));
    answer(desk, session, desk.load(register) === 0 ? 0 : 1, desk.load(register + 1));
    return;
  }
  const client = session / at.SESSION_WORDS;
  const index = desk.load(at.LOG_NEXT);
  const words = recordWords({
    index,
    client,
    number: desk.load(session + at.LAST_NUMBER),
    op: desk.load(session + at.OPERATION),
    register: desk.load(session + at.REGISTER),
    value: desk.load(session + at.VALUE),
  });
  for (const [offset, word] of words.entries()) desk.store(at.bufferAt(client) + offset, word);
  desk.store(at.LOG_NEXT, index + 1);
  desk.store(session + at.LOG_RECORD, index);
  desk.store(session + at.IS_BUSY, 1);
  write(desk, session);
}

function write(desk: ScriptDesk, session: number): void {
  const sector = LOG_FIRST_SECTOR + desk.load(session + at.LOG_RECORD);
  const ioId = desk.writeSector(sector, at.bufferAt(session / at.SESSION_WORDS));
  desk.store(session + at.DISK_COMMAND, ioId);
}

function tick(desk: ScriptDesk): void {
  keepClock(desk);
  desk.setTimer(desk.ticks() + PERIOD);
  desk.goTo(READ_BACK, SHORT_WORK);
}

/** The newest record that is on the disk, if there is one since the last tick. */
function readBack(desk: ScriptDesk): void {
  desk.goTo(NEXT, SHORT_WORK);
  const durable = desk.load(at.LOG_DURABLE);
  if (durable === desk.load(at.READ_RECORD) || desk.load(at.READ_COMMAND) !== 0) return;
  desk.store(at.READ_RECORD, durable);
  const sector = LOG_FIRST_SECTOR + durable - 1;
  desk.store(at.READ_COMMAND, desk.readSector(sector, at.bufferAt(READ_BUFFER)));
}

// ---- disk

function completeDisk(desk: ScriptDesk, ioId: number, isOk: boolean): void {
  if (desk.load(at.READ_COMMAND) === ioId) {
    desk.store(at.READ_COMMAND, 0);
    if (isOk) compareRecord(desk);
    return;
  }
  for (let client = 0; client < REGISTER_CLIENTS; client++) {
    const session = at.sessionAt(client);
    if (desk.load(session + at.DISK_COMMAND) !== ioId) continue;
    if (isOk) completeWrite(desk, session);
    else write(desk, session);
    return;
  }
}

function completeWrite(desk: ScriptDesk, session: number): void {
  const register = at.registerAt(desk.load(session + at.REGISTER));
  const isCount = desk.load(session + at.OPERATION) === INCR;
  const value = isCount ? desk.load(register + 1) + 1 : desk.load(session + at.VALUE);
  desk.store(register, 1);
  desk.store(register + 1, value);
  desk.store(session + at.IS_BUSY, 0);
  desk.store(session + at.DISK_COMMAND, 0);
  const record = desk.load(session + at.LOG_RECORD) + 1;
  if (record > desk.load(at.LOG_DURABLE)) desk.store(at.LOG_DURABLE, record);
  answer(desk, session, isCount ? 1 : 2, value);
}

function compareRecord(desk: ScriptDesk): void {
  const words = Array.from({ length: RECORD_WORDS }, (_, offset) =>
    desk.load(at.bufferAt(READ_BUFFER) + offset),
  );
  const expected = desk.load(at.READ_RECORD) - 1;
  if (recordOf(words)?.index === expected) desk.store(at.READS_DONE, desk.load(at.READS_DONE) + 1);
  else desk.halt(`record ${expected} of the log is not what was written`);
}

// ---- network

function receive(desk: ScriptDesk, bytes: Uint8Array): void {
  const frame = decodeEthernet(bytes);
  if (frame === undefined) return;
  if (frame.destination !== VM_MAC && frame.destination !== MAC_BROADCAST) return;
  if (frame.etherType === ETHERTYPE_ARP) answerArp(desk, frame);
  if (frame.etherType === ETHERTYPE_IPV4) receivePacket(desk, frame);
}

function answerArp(desk: ScriptDesk, { payload }: EthernetFrame): void {
  const arp = decodeArp(payload);
  if (arp?.operation !== ARP_REQUEST || arp.targetAddress !== VM_ADDRESS) return;
  const reply = encodeArp({
    operation: ARP_REPLY,
    senderMac: VM_MAC,
    senderAddress: VM_ADDRESS,
    targetMac: arp.senderMac,
    targetAddress: arp.senderAddress,
  });
  desk.transmit(
    encodeEthernet({
      destination: arp.senderMac,
      source: VM_MAC,
      etherType: ETHERTYPE_ARP,
      payload: reply,
    }),
  );
}

function receivePacket(desk: ScriptDesk, { source, payload }: EthernetFrame): void {
  const packet = decodeIpv4(payload);
  if (packet === undefined || packet.destination !== VM_ADDRESS || packet.isFragment) return;
  if (packet.protocol !== PROTOCOL_UDP) return;
  const datagram = decodeUdp(packet.payload, packet);
  if (datagram?.destinationPort !== REGISTER_PORT) return;
  const request = decodeRequest(datagram.payload);
  if (request === undefined) return;
  const session = at.sessionAt(request.client);
  desk.store(session + at.ADDRESS, packet.source);
  desk.store(session + at.PORT, datagram.sourcePort);
  desk.store(session + at.MAC_HIGH, Math.floor(source / TWO_POW_32));
  desk.store(session + at.MAC_LOW, source % TWO_POW_32);
  accept(desk, session, request);
}

/** A request that was answered is answered again; one that is under way, or older, is not. */
function accept(desk: ScriptDesk, session: number, request: RegisterRequest): void {
  const last = desk.load(session + at.LAST_NUMBER);
  if (desk.load(session + at.IS_BUSY) !== 0 || request.number < last) return;
  if (request.number === last) {
    sendReply(desk, session);
    return;
  }
  desk.store(session + at.LAST_NUMBER, request.number);
  desk.store(session + at.OPERATION, OPERATIONS.indexOf(request.op));
  desk.store(session + at.REGISTER, request.register);
  desk.store(session + at.VALUE, request.op === OPERATIONS[SET] ? request.value : 0);
  desk.store(at.CURRENT, session);
  desk.goTo(CLOCK, WORK + (desk.trace() & WORK_MORE));
}

function answer(desk: ScriptDesk, session: number, kind: number, value: number): void {
  desk.store(session + at.REPLY_KIND, kind);
  desk.store(session + at.REPLY_VALUE, value);
  desk.store(session + at.REPLY_TRACE, desk.trace());
  sendReply(desk, session);
}

function sendReply(desk: ScriptDesk, session: number): void {
  const number = desk.load(session + at.LAST_NUMBER);
  const destination = desk.load(session + at.ADDRESS) >>> 0;
  const payload = encodeReply({
    client: session / at.SESSION_WORDS,
    number,
    kind: REPLIES[desk.load(session + at.REPLY_KIND)] ?? "nothing",
    value: desk.load(session + at.REPLY_VALUE),
    trace: desk.load(session + at.REPLY_TRACE),
  });
  const ends = { source: VM_ADDRESS, destination, protocol: PROTOCOL_UDP };
  const datagram = {
    sourcePort: REGISTER_PORT,
    destinationPort: desk.load(session + at.PORT),
    payload,
  };
  const packet = encodeIpv4({
    source: VM_ADDRESS,
    destination,
    protocol: PROTOCOL_UDP,
    identification: number & 0xffff,
    timeToLive: 64,
    isFragment: false,
    payload: encodeUdp(datagram, ends),
  });
  const mac =
    desk.load(session + at.MAC_HIGH) * TWO_POW_32 + (desk.load(session + at.MAC_LOW) >>> 0);
  desk.transmit(
    encodeEthernet({
      destination: mac,
      source: VM_MAC,
      etherType: ETHERTYPE_IPV4,
      payload: packet,
    }),
  );
}

function keepClock(desk: ScriptDesk): void {
  desk.store(at.CLOCK_HIGH, Math.floor(desk.ticks() / TWO_POW_32));
  desk.store(at.CLOCK_LOW, desk.ticks() % TWO_POW_32);
}
