// An audit of the register service's log finds every write that was acknowledged, and misses one that is
// not there, or not what was written.

import { expect, it } from "vitest";
import type { VirtualTime } from "../base/time.ts";
import type { OpEvent } from "../history/op.ts";
import { auditRegisterLog, LOG_FIRST_SECTOR, recordWords } from "./register-log.ts";

function sectorOf(index: number): Uint8Array {
  const sector = new Uint8Array(512);
  const words = recordWords({ index, client: 0, number: index + 1, op: 1, register: 2, value: 7 });
  new Int32Array(sector.buffer).set(words);
  return sector;
}

const EVENTS = [0, 1, 2].map(
  (at): OpEvent => ({
    kind: "ok",
    at: 0 as VirtualTime,
    client: 0,
    process: 0,
    opId: `c1-${at}`,
    op: { kind: "set", key: "r2", value: "7" },
    result: { kind: "done" },
  }),
);

function audit(sectors: ReadonlyMap<number, Uint8Array>) {
  const read = (sector: number): Uint8Array =>
    sectors.get(sector - LOG_FIRST_SECTOR) ?? new Uint8Array(512);
  return auditRegisterLog(read, EVENTS);
}

it("finds all records, also behind one that was never finished", () => {
  const sectors = new Map([
    [0, sectorOf(0)],
    [1, sectorOf(1)],
    [3, sectorOf(3)],
  ]);
  const without = EVENTS.slice(0, 2);
  expect(
    auditRegisterLog((at) => sectors.get(at - LOG_FIRST_SECTOR) ?? new Uint8Array(512), without),
  ).toEqual({ records: 3, acknowledged: 2, found: 2, missing: "" });
});

it("misses an acknowledged write without a record, or with a damaged one", () => {
  const sectors = new Map([
    [0, sectorOf(0)],
    [1, sectorOf(1)],
  ]);
  expect(audit(sectors)).toMatchObject({ found: 2, missing: "operation c1-2" });
  const damaged = sectorOf(2);
  damaged[24] = 8;
  expect(audit(new Map([...sectors, [2, damaged]]))).toMatchObject({ found: 2 });
  expect(audit(new Map([...sectors, [2, sectorOf(2)]]))).toMatchObject({ found: 3, missing: "" });
});
