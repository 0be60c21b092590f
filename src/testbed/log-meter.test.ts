// What a host tells of its log once a second: sums of what passed, of each second once.

import { expect, test } from "vitest";
import type { VirtualTime } from "../base/time.ts";
import { LogMeter } from "./log-meter.ts";

const at = (milliseconds: number): VirtualTime => (milliseconds * 1_000_000) as VirtualTime;

function busyMeter(): LogMeter {
  const meter = new LogMeter(at(0));
  const frames = [new Uint8Array(60), new Uint8Array(100)];
  meter.crossed({ kind: "entry", count: 1, entry: { kind: "net-rx", frames } });
  meter.crossed({ kind: "entry", count: 2, entry: { kind: "timer" } });
  for (const data of [new Uint8Array(512), new Uint8Array(0)])
    meter.crossed({
      kind: "entry",
      count: 3,
      entry: { kind: "disk-done", ioId: 1, status: "ok", data },
    });
  meter.crossed({ kind: "time", count: 4, ticks: 7 });
  const outputs = [{ class: "console", bytes: new Uint8Array(3) } as const];
  meter.crossed({ kind: "output", count: 5, outputs: [...outputs, ...outputs] });
  meter.sent(200, at(10));
  return meter;
}

test("a second's traffic is told with the first message after it", () => {
  const meter = busyMeter();
  expect(meter.sent(300, at(999))).toBeUndefined();
  expect(meter.sent(1, at(1_000))).toEqual({
    since: at(0),
    sentBytes: 500,
    sentMessages: 2,
    receives: 1,
    receivedFrames: 2,
    receivedBytes: 160,
    reads: 1,
    readBytes: 512,
    signals: 2,
    answers: 1,
    outputs: 2,
  });
  expect(meter.sent(1, at(2_500))).toMatchObject({ since: at(1_000), sentBytes: 1, outputs: 0 });
});

test("it goes on from a snapshot", () => {
  const meter = busyMeter();
  const kept = meter.snapshot();
  meter.sent(300, at(20));
  meter.restore(kept);
  expect(meter.sent(1, at(1_000))).toMatchObject({ sentBytes: 200, sentMessages: 1 });
});
