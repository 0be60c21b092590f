// Packets of the GDB remote serial protocol (GDB manual, appendix E.1): `$text#checksum`, with `+` or
// `-` behind each until both sides do without, and a lone 0x03 for "interrupt". Bytes in, events out;
// what is damaged is answered with `-` and forgotten.

import { concatBytes, utf8Encode } from "../base/bytes.ts";

export type PacketEvent =
  | { readonly kind: "packet"; readonly text: string }
  | { readonly kind: "damaged" }
  | { readonly kind: "resend" }
  | { readonly kind: "interrupt" };

const START = 0x24;
const END = 0x23;
const ESCAPE = 0x7d;
const RUN = 0x2a;
const ACK = 0x2b;
const NAK = 0x2d;
const INTERRUPT = 0x03;
const FLIP = 0x20;
/** What a packet may hold, escapes included; also what `qSupported` tells. */
export const PACKET_BYTES = 0x4000;

type State = "outside" | "inside" | "checksum";

export class PacketReader {
  #state: State;
  #payload: number[];
  #checksum: string;

  constructor() {
    this.#state = "outside";
    this.#payload = [];
    this.#checksum = "";
  }

  read(bytes: Uint8Array): readonly PacketEvent[] {
    const events: PacketEvent[] = [];
    for (const byte of bytes) {
      const event = this.#take(byte);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #take(byte: number): PacketEvent | undefined {
    if (byte === START) {
      this.#state = "inside";
      this.#payload = [];
      this.#checksum = "";
      return undefined;
    }
    if (this.#state === "outside") return outside(byte);
    if (this.#state === "inside") return this.#inside(byte);
    this.#checksum += String.fromCharCode(byte);
    return this.#checksum.length < 2 ? undefined : this.#end();
  }

  #inside(byte: number): PacketEvent | undefined {
    if (byte === END) this.#state = "checksum";
    else if (this.#payload.length >= PACKET_BYTES) {
      this.#state = "outside";
      return { kind: "damaged" };
    } else this.#payload.push(byte);
    return undefined;
  }

  #end(): PacketEvent {
    this.#state = "outside";
    const isRight = this.#checksum.toLowerCase() === checksumOf(this.#payload);
    const text = isRight ? unescape(this.#payload) : undefined;
    return text === undefined ? { kind: "damaged" } : { kind: "packet", text };
  }
}

function outside(byte: number): PacketEvent | undefined {
  if (byte === INTERRUPT) return { kind: "interrupt" };
  return byte === NAK ? { kind: "resend" } : undefined;
}

/** One character for each byte: commands that carry bytes do so in hexadecimal. */
function unescape(payload: readonly number[]): string | undefined {
  let text = "";
  for (let at = 0; at < payload.length; at++) {
    const byte = payload[at] as number;
    const next = byte === ESCAPE ? payload[++at] : undefined;
    if (byte === ESCAPE && next === undefined) return undefined;
    text += String.fromCharCode(next === undefined ? byte : next ^ FLIP);
  }
  return text;
}

/** Of a text of ASCII characters. */
export function encodePacket(text: string): Uint8Array {
  const body: number[] = [];
  for (const byte of utf8Encode(text))
    if (byte === START || byte === END || byte === ESCAPE || byte === RUN)
      body.push(ESCAPE, byte ^ FLIP);
    else body.push(byte);
  return concatBytes([
    Uint8Array.of(START),
    Uint8Array.from(body),
    utf8Encode(`#${checksumOf(body)}`),
  ]);
}

export function acknowledgement(isGood: boolean): Uint8Array {
  return Uint8Array.of(isGood ? ACK : NAK);
}

function checksumOf(bytes: readonly number[]): string {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum.toString(16).padStart(2, "0");
}
