// One debugger's session: its packets answered, and its target moved. Pure: bytes come in through
// receive(), what is owed comes out of it and of work(), which the owner calls while isRunning. All-stop,
// one thread (the hart).

import { concatBytes, fromHex, toHex, utf8Encode } from "../base/bytes.ts";
import { decodeText, Monitor } from "./monitor.ts";
import { acknowledgement, encodePacket, PACKET_BYTES, PacketReader } from "./packet.ts";
import { GENERAL_REGISTERS, registerBytes, targetDescription } from "./registers.ts";
import { parseMotion } from "./resume.ts";
import type { DebugTarget, Stop, StopPlace } from "./target.ts";

type Ending = "detached" | "killed";

const UNSUPPORTED = "";
const OK = "OK";
const BAD_ARGUMENT = "E16";
const NOT_THERE = "E0e";
const NOT_ALLOWED = "E01";
const NO_ROOM = "E1c";
/** Everything is the same thread. */
const THREAD = "1";
const FEATURES = [
  `PacketSize=${PACKET_BYTES.toString(16)}`,
  "qXfer:features:read+",
  "QStartNoAckMode+",
  "ReverseStep+",
  "ReverseContinue+",
  "swbreak+",
  "hwbreak+",
  "vContSupported+",
].join(";");
const PLACES = ["breakpoint", "breakpoint", "write", "read", "access"] as const;
const WATCH_NAMES = { write: "watch", read: "rwatch", access: "awatch" };

export class GdbSession {
  readonly #target: DebugTarget;
  readonly #reader: PacketReader;
  readonly #monitor: Monitor;
  #out: Uint8Array[];
  #last: Uint8Array;
  #isAcknowledging: boolean;
  #isRunning: boolean;
  #stop: Stop;
  #ended: Ending | undefined;

  constructor(target: DebugTarget) {
    this.#target = target;
    this.#reader = new PacketReader();
    this.#monitor = new Monitor(target);
    this.#out = [];
    this.#last = new Uint8Array(0);
    this.#isAcknowledging = true;
    this.#isRunning = false;
    this.#stop = { kind: "step" };
    this.#ended = undefined;
  }

  /** The target moves: work() is to be called. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get ended(): Ending | undefined {
    return this.#ended;
  }

  receive(bytes: Uint8Array): Uint8Array {
    for (const event of this.#reader.read(bytes))
      if (event.kind === "interrupt") this.#interrupt();
      else if (event.kind === "resend") this.#out.push(this.#last);
      else if (event.kind === "damaged") this.#acknowledge(false);
      else {
        this.#acknowledge(true);
        const reply = this.#isRunning ? undefined : this.#answer(event.text);
        if (reply !== undefined) this.#send(reply);
      }
    return this.#takeOut();
  }

  /** Some of the motion under way. */
  work(): Uint8Array {
    const stop = this.#isRunning ? this.#target.advance() : undefined;
    if (stop !== undefined) this.#settle(stop);
    return this.#takeOut();
  }

  #interrupt(): void {
    if (this.#isRunning) this.#settle(this.#target.interrupt());
  }

  #settle(stop: Stop): void {
    this.#isRunning = false;
    this.#stop = stop;
    if (!this.#monitor.isMoving) this.#send(stopReply(stop));
    else {
      this.#print(this.#monitor.arrive(stop));
      this.#send(OK);
    }
  }

  #acknowledge(isGood: boolean): void {
    if (this.#isAcknowledging) this.#out.push(acknowledgement(isGood));
  }

  #send(text: string): void {
    this.#last = encodePacket(text);
    this.#out.push(this.#last);
  }

  #print(text: string): void {
    this.#out.push(encodePacket(`O${toHex(utf8Encode(text))}`));
  }

  #takeOut(): Uint8Array {
    const bytes = concatBytes(this.#out);
    this.#out = [];
    return bytes;
  }

  // ---- commands; undefined: the answer comes when the target has stopped

  #answer(text: string): string | undefined {
    const motion = parseMotion(text, (address) =>
      this.#target.setRegister(GENERAL_REGISTERS - 1, address),
    );
    if (motion === "refused") return NOT_ALLOWED;
    if (motion !== undefined) {
      this.#target.begin(motion);
      this.#isRunning = true;
      return undefined;
    }
    const rest = text.slice(1);
    switch (text[0]) {
      case "?":
        return stopReply(this.#stop);
      case "g":
        return this.#readAll();
      case "G":
        return this.#writeAll(rest);
      case "p":
        return this.#readOne(rest);
      case "P":
        return this.#writeOne(rest);
      case "m":
        return this.#readMemory(rest);
      case "M":
        return this.#writeMemory(rest);
      case "Z":
      case "z":
        return this.#place(text);
      case "H":
      case "T":
        return OK;
      case "D":
        return this.#end("detached");
      case "k":
        return this.#end("killed");
      case "v":
        return this.#answerVerbose(text);
      case "q":
      case "Q":
        return this.#query(text);
      default:
        return UNSUPPORTED;
    }
  }

  #end(ending: Ending): string {
    this.#ended = ending;
    return OK;
  }

  #answerVerbose(text: string): string {
    if (text === "vCont?") return "vCont;c;C;s;S;r";
    return text.startsWith("vKill") ? this.#end("killed") : UNSUPPORTED;
  }

  #query(text: string): string | undefined {
    if (text.startsWith("qSupported")) return FEATURES;
    if (text.startsWith("qXfer:features:read:")) return description(text);
    if (text.startsWith("qRcmd,")) return this.#command(text.slice("qRcmd,".length));
    switch (text) {
      case "QStartNoAckMode":
        this.#isAcknowledging = false;
        return OK;
      case "qAttached":
        return "1";
      case "qC":
        return `QC${THREAD}`;
      case "qfThreadInfo":
        return `m${THREAD}`;
      case "qsThreadInfo":
        return "l";
      case "qSymbol::":
        return OK;
      default:
        return UNSUPPORTED;
    }
  }

  #command(hex: string): string | undefined {
    const command = decodeText(hex);
    if (command === undefined) return BAD_ARGUMENT;
    const answer = this.#monitor.command(command);
    if (answer.kind === "moves") {
      this.#target.begin(answer.motion);
      this.#isRunning = true;
      return undefined;
    }
    this.#print(answer.text);
    return OK;
  }

  // ---- registers and memory

  #readAll(): string {
    let text = "";
    for (let index = 0; index < GENERAL_REGISTERS; index++) text += this.#hexOf(index) ?? "";
    return text;
  }

  #writeAll(hex: string): string {
    const bytes = bytesOf(hex);
    if (bytes?.length !== 8 * GENERAL_REGISTERS) return BAD_ARGUMENT;
    for (let index = 0; index < GENERAL_REGISTERS; index++) {
      const value = littleEndian(bytes.subarray(8 * index, 8 * index + 8));
      const isSame = this.#target.register(index) === value;
      if (!isSame && !this.#target.setRegister(index, value)) return NOT_ALLOWED;
    }
    return OK;
  }

  #readOne(text: string): string {
    const index = numberOf(text);
    return index === undefined ? BAD_ARGUMENT : (this.#hexOf(index) ?? NOT_THERE);
  }

  #writeOne(text: string): string {
    const [, number = "", hex = ""] = /^([0-9a-f]+)=([0-9a-f]+)$/i.exec(text) ?? [];
    const index = numberOf(number);
    const bytes = bytesOf(hex);
    if (index === undefined || bytes?.length !== registerBytes(index)) return BAD_ARGUMENT;
    const value = littleEndian(bytes);
    // GDB puts back what it has saved, what cannot be set included.
    const isSame = this.#target.register(index) === value;
    return isSame || this.#target.setRegister(index, value) ? OK : NOT_ALLOWED;
  }

  #hexOf(index: number): string | undefined {
    const value = this.#target.register(index);
    if (value === undefined) return undefined;
    const bytes = new Uint8Array(registerBytes(index));
    for (let at = 0; at < bytes.length; at++) bytes[at] = Number((value >> BigInt(8 * at)) & 0xffn);
    return toHex(bytes);
  }

  #readMemory(text: string): string {
    const range = rangeOf(text);
    if (range === undefined) return BAD_ARGUMENT;
    const bytes = this.#target.readMemory(range.address, range.length);
    return bytes === undefined ? NOT_THERE : toHex(bytes);
  }

  #writeMemory(text: string): string {
    const [where = "", hex = ""] = text.split(":");
    const range = rangeOf(where);
    const bytes = bytesOf(hex);
    if (range === undefined || bytes?.length !== range.length) return BAD_ARGUMENT;
    if (bytes.length === 0) return OK;
    if (this.#target.readMemory(range.address, range.length) === undefined) return NOT_THERE;
    return this.#target.writeMemory(range.address, bytes) ? OK : NOT_ALLOWED;
  }

  #place(text: string): string {
    const [, type = "", where = ""] = /^[zZ]([0-4]),([0-9a-f]+,[0-9a-f]+)$/i.exec(text) ?? [];
    const kind = PLACES[Number(type)];
    const range = rangeOf(where);
    if (kind === undefined || range === undefined || type === "") return UNSUPPORTED;
    const place: StopPlace =
      kind === "breakpoint" ? { kind, address: range.address } : { kind, ...range };
    if (text.startsWith("z")) this.#target.remove(place);
    else if (!this.#target.place(place)) return NO_ROOM;
    return OK;
  }
}

function stopReply(stop: Stop): string {
  const thread = `thread:${THREAD};`;
  switch (stop.kind) {
    case "interrupt":
      return `T02${thread}`;
    case "begin":
    case "end":
      return `T05replaylog:${stop.kind};${thread}`;
    case "watch":
      return `T05${WATCH_NAMES[stop.watch]}:${stop.address.toString(16)};${thread}`;
    case "step":
    case "breakpoint":
      return `T05${thread}`;
  }
}

function description(text: string): string {
  const [, from = "", length = ""] = /:target\.xml:([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
  const start = numberOf(from);
  const most = numberOf(length);
  if (start === undefined || most === undefined) return "E00";
  const xml = targetDescription();
  const part = xml.slice(start, start + Math.min(most, PACKET_BYTES / 4));
  return `${start + part.length < xml.length ? "m" : "l"}${part}`;
}

function rangeOf(text: string): { readonly address: bigint; readonly length: number } | undefined {
  const [, address, length = ""] = /^([0-9a-f]{1,16}),([0-9a-f]{1,8})$/i.exec(text) ?? [];
  if (address === undefined) return undefined;
  return { address: BigInt(`0x${address}`), length: Number.parseInt(length, 16) };
}

function numberOf(hex: string): number | undefined {
  return /^[0-9a-f]{1,8}$/i.test(hex) ? Number.parseInt(hex, 16) : undefined;
}

function bytesOf(hex: string): Uint8Array | undefined {
  return /^([0-9a-f]{2})*$/i.test(hex) ? fromHex(hex) : undefined;
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return value;
}
