// The queue and the reassembly list against the obvious model: one flat array.

import fc from "fast-check";
import { expect, test } from "vitest";
import { appendBytes, createQueue, dropBytes, peekBytes, queueLength } from "./byte-queue.ts";
import { insertAhead, type SegmentAhead } from "./segments-ahead.ts";

test("a queue is the middle of a stream", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("append"), size: fc.nat(50) }),
    fc.record({ kind: fc.constant("drop"), size: fc.nat(80) }),
    fc.record({ kind: fc.constant("peek"), size: fc.nat(120) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.nat(1000), (steps, start) => {
      const queue = createQueue(start);
      const model: number[] = [];
      let dropped = 0;
      for (const { kind, size } of steps) {
        const held = model.length - dropped;
        if (kind === "append") {
          const bytes = Uint8Array.from({ length: size }, (_, i) => (model.length + i) * 7);
          appendBytes(queue, bytes);
          model.push(...bytes);
        } else if (kind === "drop") {
          dropped += Math.min(size, held);
          dropBytes(queue, start + dropped);
        } else {
          const from = dropped + (held === 0 ? 0 : size % held);
          const bytes = peekBytes(queue, start + from, size);
          expect([...bytes]).toEqual(model.slice(from, from + size));
        }
        expect(queueLength(queue)).toBe(model.length - dropped);
      }
    }),
  );
});

test("pieces ahead never overlap, and the first copy of a byte stays", () => {
  const piece = fc.record({ position: fc.nat(60), length: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const model = new Map<number, number>();
      let ahead: SegmentAhead[] = [];
      for (const [tag, { position, length }] of pieces.entries()) {
        ahead = insertAhead(ahead, { position, bytes: new Uint8Array(length).fill(tag) });
        for (let at = position; at < position + length; at++)
          if (!model.has(at)) model.set(at, tag);
      }
      let last = -1;
      for (const { position, bytes } of ahead)
        for (const [index, byte] of bytes.entries()) {
          expect(position + index).toBeGreaterThan(last);
          last = position + index;
          expect(model.get(last)).toBe(byte);
          model.delete(last);
        }
      expect(model.size).toBe(0);
    }),
  );
});
