// RESP2 (the Redis serialization protocol), the client's side: encode commands, parse replies as
// they arrive. The parser is plain state; garbage ends in a protocol error, never in a throw.

import { concatBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";

export type RespValue =
  | { readonly kind: "simple"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "integer"; readonly value: number }
  /** null: the nil bulk string */
  | { readonly kind: "bulk"; readonly bytes: Uint8Array | null };

export type RespStep =
  | { readonly kind: "value"; readonly value: RespValue }
  | { readonly kind: "incomplete" }
  /** The stream has no meaning from here on: the same answer for ever. */
  | { readonly kind: "protocol-error"; readonly error: string };

export interface RespState {
  /** Received and not yet parsed; `at` is where the next reply begins. */
  pending: Uint8Array;
  at: number;
  error: string | undefined;
}

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const COLON = 58;
const PLUS = 43;
const MINUS = 45;
const LINE_MAX = 65536;
const BULK_MAX = 16777216;
const NO_BYTES: Uint8Array = new Uint8Array(0);

export function encodeCommand(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const out: Uint8Array[] = [utf8Encode(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = typeof part === "string" ? utf8Encode(part) : part;
    out.push(utf8Encode(`$${bytes.length}\r\n`), bytes, utf8Encode("\r\n"));
  }
  return concatBytes(out);
}

export function createResp(): RespState {
  return { pending: NO_BYTES, at: 0, error: undefined };
}

export function feedResp(state: RespState, bytes: Uint8Array): void {
  const rest = state.pending.subarray(state.at);
  state.pending = rest.length === 0 ? bytes : concatBytes([rest, bytes]);
  state.at = 0;
}

/** The next whole reply, if it has arrived. */
export function takeReply(state: RespState): RespStep {
  if (state.error !== undefined) return { kind: "protocol-error", error: state.error };
  const { pending, at } = state;
  const lineEnd = findLineEnd(pending, at);
  if (lineEnd === undefined)
    return pending.length - at > LINE_MAX
      ? spoil(state, "a line without an end")
      : { kind: "incomplete" };
  const text = utf8Decode(pending.subarray(at + 1, lineEnd));
  const next = lineEnd + 2;
  switch (pending[at]) {
    case PLUS:
      return give(state, next, { kind: "simple", text });
    case MINUS:
      return give(state, next, { kind: "error", text });
    case COLON: {
      const value = parseInteger(text);
      if (value === undefined) return spoil(state, "a malformed integer");
      return give(state, next, { kind: "integer", value });
    }
    case DOLLAR:
      return takeBulk(state, text, next);
    default:
      return spoil(state, `an unknown type byte ${pending[at]}`);
  }
}

function takeBulk(state: RespState, text: string, start: number): RespStep {
  const length = parseInteger(text);
  if (length === -1) return give(state, start, { kind: "bulk", bytes: null });
  if (length === undefined || length < 0 || length > BULK_MAX)
    return spoil(state, "a malformed bulk length");
  const end = start + length;
  if (state.pending.length < end + 2) return { kind: "incomplete" };
  if (state.pending[end] !== CR || state.pending[end + 1] !== LF)
    return spoil(state, "a bulk string without its end");
  return give(state, end + 2, { kind: "bulk", bytes: state.pending.subarray(start, end) });
}

function give(state: RespState, next: number, value: RespValue): RespStep {
  state.at = next;
  return { kind: "value", value };
}

function spoil(state: RespState, error: string): RespStep {
  state.error = error;
  state.pending = NO_BYTES;
  state.at = 0;
  return { kind: "protocol-error", error };
}

/** The CR of the first CR LF behind the type byte. */
function findLineEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from + 1; at + 1 < bytes.length; at++)
    if (bytes[at] === CR && bytes[at + 1] === LF) return at;
  return undefined;
}

function parseInteger(text: string): number | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = Number.parseInt(text, 10);
  return Number.isSafeInteger(value) ? value : undefined;
}
