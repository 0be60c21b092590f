// Plain data of a user's protocol: what its state and its messages may be made of. It is frozen before
// anybody sees it twice, so that a step cannot change what a snapshot holds, and travels as bytes.

import { ByteReader, ByteWriter, utf8Decode, utf8Encode } from "../base/bytes.ts";

const DEPTH_MAX = 64;

/** Freezes it all the way down; says what is not plain data, and where. */
export function freezePlain(value: unknown, path: string, depth: number = 0): string | undefined {
  if (depth > DEPTH_MAX) return `${path} is nested deeper than ${DEPTH_MAX}`;
  const found = scalarProblem(value, path);
  if (found !== "deep") return found;
  const container = value as object;
  if (Object.isFrozen(container)) return undefined;
  for (const [key, item] of entriesOf(container)) {
    const at = Array.isArray(container) ? `${path}[${key}]` : `${path}.${key}`;
    const problem = freezePlain(item, at, depth + 1);
    if (problem !== undefined) return problem;
  }
  Object.freeze(container);
  return undefined;
}

/** Undefined: fine as it is. "deep": a list or a record, to be looked into. */
function scalarProblem(value: unknown, path: string): string | undefined {
  if (value === null || value === undefined || value instanceof Uint8Array) return undefined;
  if (typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object") return `${path} is a ${typeof value}`;
  if (Array.isArray(value)) return "deep";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "deep";
  const { constructor } = value;
  return `${path} is a ${typeof constructor === "function" ? constructor.name : "class instance"}`;
}

function entriesOf(container: object): readonly (readonly [string, unknown])[] {
  // A record's own order is the order in which its author wrote it: the same in every run.
  return Object.getOwnPropertyNames(container)
    .filter((key) => key !== "length" || !Array.isArray(container))
    .map((key) => [key, (container as Record<string, unknown>)[key]]);
}

const TAGS = ["undefined", "null", "false", "true", "count", "number", "text", "bytes"] as const;
const TAG_LIST = TAGS.length;
const TAG_RECORD = TAGS.length + 1;

export function encodePlain(value: unknown): Uint8Array {
  const out = new ByteWriter();
  write(out, value);
  return out.finish();
}

function write(out: ByteWriter, value: unknown): void {
  if (value === undefined) out.u8(0);
  else if (value === null) out.u8(1);
  else if (value === false) out.u8(2);
  else if (value === true) out.u8(3);
  else if (typeof value === "number") writeNumber(out, value);
  else if (typeof value === "string") out.u8(6).sized(utf8Encode(value));
  else if (value instanceof Uint8Array) out.u8(7).sized(value);
  else {
    const entries = entriesOf(value as object);
    out.u8(Array.isArray(value) ? TAG_LIST : TAG_RECORD).u32(entries.length);
    for (const [key, item] of entries) {
      if (!Array.isArray(value)) out.sized(utf8Encode(key));
      write(out, item);
    }
  }
}

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) out.u8(4).u64(value);
  else out.u8(5).sized(utf8Encode(String(value)));
}

/** Undefined when the bytes are damaged; else the value, in a record of its own. */
export function decodePlain(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const input = new ByteReader(bytes);
    const value = read(input, 0);
    return input.left === 0 ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function read(input: ByteReader, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new RangeError("too deep");
  const tag = input.u8();
  if (tag === TAG_LIST) return Array.from({ length: input.u32() }, () => read(input, depth + 1));
  if (tag === TAG_RECORD) return readRecord(input, depth);
  switch (TAGS[tag]) {
    case "undefined":
      return undefined;
    case "null":
      return null;
    case "false":
      return false;
    case "true":
      return true;
    case "count":
      return input.u64();
    case "number":
      return Number(utf8Decode(input.sized()));
    case "text":
      return utf8Decode(input.sized());
    case "bytes":
      return input.sized();
    default:
      throw new RangeError(`tag ${tag}`);
  }
}

function readRecord(input: ByteReader, depth: number): unknown {
  const record: Record<string, unknown> = {};
  for (let left = input.u32(); left > 0; left--) {
    const key = utf8Decode(input.sized());
    record[key] = read(input, depth + 1);
  }
  return record;
}
