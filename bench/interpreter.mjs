// A guest loop of a few instructions of every common sort, assembled here: the interpreter's figure
// must not depend on a compiler being installed.

const PROGRAM = [
  0x00100437, // lui s0, 0x100         data at RAM + 1 MiB
  0x00140413, // addi s0, s0, 1
  0x80000537, // lui a0, 0x80000
  0x02051513, // slli a0, a0, 32
  0x02055513, // srli a0, a0, 32
  0x001005b7, // lui a1, 0x100
  0x00b50533, // add a0, a0, a1
  0x00000293, // li t0, 0
  // loop:
  0x00053303, // ld t1, 0(a0)
  0x00530333, // add t1, t1, t0
  0x00653023, // sd t1, 0(a0)
  0x00850393, // addi t2, a0, 8
  0x0003ae03, // lw t3, 0(t2)
  0x005e4e33, // xor t3, t3, t0
  0x01c3a023, // sw t3, 0(t2)
  0x025e0eb3, // mul t4, t3, t0
  0x01dedf13, // srli t5, t4, 29
  0x00128293, // addi t0, t0, 1
  0x0ff2f313, // andi t1, t0, 255
  0xfc031ae3, // bne t1, x0, loop
  0xfd1ff06f, // j loop
];

/** RAM where it is, by one superpage; on as supervisor behind these words. */
const PAGING = [
  0x803002b7, // lui t0, 0x80300       the root table
  0x02029293, // slli t0, t0, 32
  0x0202d293, // srli t0, t0, 32
  0x20000337, // lui t1, 0x20000       its entry 2: RAM, valid, RWX, A, D
  0x0cf30313, // addi t1, t1, 0xcf
  0x0062b823, // sd t1, 16(t0)
  0x00800393, // li t2, 8              satp: Sv39
  0x03c39393, // slli t2, t2, 60
  0x00080e37, // lui t3, 0x80
  0x300e0e13, // addi t3, t3, 0x300
  0x01c3e3b3, // or t2, t2, t3
  0x18039073, // csrw satp, t2
  0x000013b7, // lui t2, 1             MPP: supervisor
  0x0013d393, // srli t2, t2, 1
  0x30039073, // csrw mstatus, t2
  0x00000397, // auipc t2, 0
  0x01038393, // addi t2, t2, 16
  0x34139073, // csrw mepc, t2
  0x30200073, // mret
];

/** With `isPaged` the same loop runs under Sv39. */
export function interpreterLoop(runtime, isPaged = false) {
  const machine = runtime.createMachine({
    ramBytes: 16 * 1_048_576,
    mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
    diskSectors: 0,
    firmware: "none",
    rules: { bounceBuffers: true },
  });
  const loaded = machine.loadElf(elfOf(isPaged ? [...PAGING, ...PROGRAM] : PROGRAM));
  if (!loaded.ok) throw new Error(loaded.error);
  return { machine, steps: 20_000_000 };
}

/** The smallest ELF64 that a loader takes: one segment at the start of RAM. */
function elfOf(words) {
  const code = new Uint8Array(new Uint32Array(words).buffer);
  const elf = new Uint8Array(120 + code.length);
  const view = new DataView(elf.buffer);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, 0x80000000n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 7, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(80, 0x80000000n, true);
  view.setBigUint64(88, 0x80000000n, true);
  view.setBigUint64(96, BigInt(code.length), true);
  view.setBigUint64(104, BigInt(code.length), true);
  view.setBigUint64(112, 8n, true);
  elf.set(code, 120);
  return elf;
}
