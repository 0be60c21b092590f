// Goal: who may read cycle and instret (privileged specification, 3.1.11 and 4.1.5), and which traps can
// be delegated. Method: one read at one privilege under each setting of the enables.

import { describe, expect, it } from "vitest";
import {
  assemble,
  csrrs,
  csrrw,
  ECALL,
  jal,
  la,
  li,
  MRET,
} from "../../test/support/vm/assembler.ts";
import { machineWith } from "../../test/support/vm/load-core.ts";

const CYCLE = 0xc00;
const INSTRET = 0xc02;
const HPM3 = 0xc03;

/** The cause with which `level` comes back: 2, or that of the ecall behind the read. */
function cause(
  level: number,
  csr: number,
  enables: { machine: number; supervisor: number },
): bigint {
  const machine = machineWith(
    assemble([
      la(4, "trap"),
      csrrw(0, 0x305, 4),
      li(4, enables.machine),
      csrrw(0, 0x306, 4),
      li(4, enables.supervisor),
      csrrw(0, 0x106, 4),
      li(4, level << 11),
      csrrw(0, 0x300, 4),
      la(4, "below"),
      csrrw(0, 0x341, 4),
      MRET,
      "below",
      csrrs(5, csr, 0),
      ECALL,
      "trap",
      jal(0, "trap"),
    ]),
  );
  machine.run(40);
  return machine.csr(0x342) ?? -1n;
}

describe("counters", () => {
  const all = { machine: 7, supervisor: 7 };
  it("need mcounteren below machine mode, and scounteren below supervisor mode", () => {
    for (const [csr, bit] of [
      [CYCLE, 1],
      [INSTRET, 4],
    ] as const) {
      const others = 7 & ~bit;
      expect([cause(1, csr, all), cause(0, csr, all)]).toEqual([9n, 8n]);
      expect(cause(1, csr, { machine: bit, supervisor: 0 })).toBe(9n);
      expect(cause(0, csr, { machine: bit, supervisor: bit })).toBe(8n);
      expect(cause(1, csr, { machine: others, supervisor: 7 })).toBe(2n);
      expect(cause(0, csr, { machine: 7, supervisor: others })).toBe(2n);
      expect(cause(0, csr, { machine: others, supervisor: 7 })).toBe(2n);
    }
  });

  it("of performance events cannot be enabled", () => {
    const most = { machine: -1, supervisor: -1 };
    expect([cause(1, HPM3, most), cause(0, HPM3, most)]).toEqual([2n, 2n]);
    expect(cause(3, HPM3, most)).toBe(11n);
  });
});
