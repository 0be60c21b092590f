// RESP2: replies parse the same however the stream is cut, and garbage ends in a protocol error.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8Decode, utf8Encode } from "../base/bytes.ts";
import { createResp, encodeCommand, feedResp, type RespValue, takeReply } from "./resp.ts";

function parse(chunks: readonly Uint8Array[]): { values: RespValue[]; end: string } {
  const state = createResp();
  const values: RespValue[] = [];
  let end = "incomplete";
  for (const chunk of chunks) {
    feedResp(state, chunk);
    for (;;) {
      const step = takeReply(state);
      if (step.kind === "value") values.push(step.value);
      else {
        end = step.kind;
        break;
      }
    }
  }
  return { values, end };
}

function encodeReply(value: RespValue): Uint8Array {
  switch (value.kind) {
    case "simple":
      return utf8Encode(`+${value.text}\r\n`);
    case "error":
      return utf8Encode(`-${value.text}\r\n`);
    case "integer":
      return utf8Encode(`:${value.value}\r\n`);
    case "bulk":
      return value.bytes === null
        ? utf8Encode("$-1\r\n")
        : concatBytes([utf8Encode(`$${value.bytes.length}\r\n`), value.bytes, utf8Encode("\r\n")]);
  }
}

const line = fc.string().map((text) => text.replace(/[\r\n]/g, " "));
const reply = fc.oneof(
  fc.record({ kind: fc.constant("simple" as const), text: line }),
  fc.record({ kind: fc.constant("error" as const), text: line }),
  fc.record({ kind: fc.constant("integer" as const), value: fc.maxSafeInteger() }),
  fc.record({ kind: fc.constant("bulk" as const), bytes: fc.option(fc.uint8Array()) }),
);

describe("RESP", () => {
  test("a command is an array of bulk strings", () => {
    const bytes = encodeCommand(["SET", "k", "ä"]);
    expect(utf8Decode(bytes)).toBe("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nä\r\n");
  });

  test("replies survive any cutting", () => {
    fc.assert(
      fc.property(fc.array(reply), fc.array(fc.nat(200)), (replies, cuts) => {
        const stream = concatBytes(replies.map(encodeReply));
        const points = [...new Set(cuts.filter((at) => at < stream.length))].sort((a, b) => a - b);
        const chunks = [0, ...points].map((from, i) => stream.slice(from, points[i]));
        const { values, end } = parse(chunks);
        expect(values.length).toBe(replies.length);
        for (const [i, value] of values.entries())
          expect(encodeReply(value)).toEqual(encodeReply(replies[i] as RespValue));
        expect(end).toBe("incomplete");
      }),
    );
  });

  test("garbage never throws, and an error is for ever", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        parse(chunks);
      }),
      { numRuns: 3_000 },
    );
    const bad = [
      "x\r\n",
      ":1x\r\n",
      ":99999999999999999999\r\n",
      "$-2\r\n",
      "$3\r\nabcde",
      "*1\r\n",
    ];
    for (const text of bad) {
      const { values, end } = parse([utf8Encode(text), utf8Encode("+OK\r\n")]);
      expect([text, values.length, end]).toEqual([text, 0, "protocol-error"]);
    }
  });
});
