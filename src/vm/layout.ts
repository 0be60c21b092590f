// Where things are in the core's memory, in bytes. The core (AssemblyScript) and TypeScript compile
// this one file, so literal numbers only: AssemblyScript takes them for i32.
//
//   0x00000  the zero page: what a page that was never written reads as; also the empty page-map leaf
//   0x01000  CPU block of the active machine: 1 KiB of architectural state, hashed and snapshot
//   0x01800  scratch: transient words, never state
//   0x02000  device block of the active machine: 320 words of device registers
//   0x03000  software TLBs: load, store, fetch; derived, in neither snapshot nor hash
//   0x06000  top level of the active machine's page map
//   0x08000  staging for lists that leave the core
//   0x10000  expansion of compressed instructions, 64 K words
//   0x50000  one record of 16 bytes per pool page: reference count, hash is valid, content hash
//   0x1050000  the pool

export const CPU = 0x1000;
export const CPU_BYTES = 0x400;
/** x0-x31; the 256 bytes behind them are left for f0-f31. */
export const X = 0x1000;
export const PC = 0x1200;
/** Steps attempted since power-on (design D4). */
export const COUNT = 0x1208;
/** 0 user, 1 supervisor, 3 machine. */
export const PRIVILEGE = 0x1210;
export const WAITING = 0x1218;
/** 0 runs, 1 powered off, 2 faulted. */
export const HALTED = 0x1220;
export const RESERVED = 0x1228;
export const RESERVATION = 0x1230;
/** Steps that ended in an exception: they do not retire. */
export const TRAPS = 0x1238;
export const CYCLE_OFFSET = 0x1240;
export const INSTRET_OFFSET = 0x1248;
/** 1: a clock reading was supplied and not read yet. */
export const ANSWERED = 0x1250;
export const ANSWER = 0x1258;
/** mip bits that are stored: SSIP, MSIP, STIP, MTIP and the software half of SEIP. */
export const MIP = 0x1260;
/** mip bits that the PLIC drives: SEIP and MEIP. */
export const LINES = 0x1268;

export const MSTATUS = 0x1280;
export const MEDELEG = 0x1288;
export const MIDELEG = 0x1290;
export const MIE = 0x1298;
export const MTVEC = 0x12a0;
export const MCOUNTEREN = 0x12a8;
export const MSCRATCH = 0x12b0;
export const MEPC = 0x12b8;
export const MCAUSE = 0x12c0;
export const MTVAL = 0x12c8;
export const STVEC = 0x12d0;
export const SCOUNTEREN = 0x12d8;
export const SSCRATCH = 0x12e0;
export const SEPC = 0x12e8;
export const SCAUSE = 0x12f0;
export const STVAL = 0x12f8;
/** Always 0 (Bare) until Sv39 comes. */
export const SATP = 0x1300;
export const MENVCFG = 0x1308;
export const SENVCFG = 0x1310;
/** pmpcfg0 and pmpcfg2. */
export const PMPCFG = 0x1340;
/** pmpaddr0 to pmpaddr15. */
export const PMPADDR = 0x1350;

export const MMIO_LOW = 0x1800;
export const MMIO_HIGH = 0x1804;
/** 64 bits that a call into the core leaves. */
export const RESULT_LOW = 0x1808;
/** Pages of RAM of the active machine. */
export const RAM_PAGES = 0x1810;
/** 1: calls from supervisor mode go to the firmware in sbi.ts. Set from the configuration. */
export const FIRMWARE = 0x18f8;
/** What an interrupt entry overwrote, kept until the step that follows is executed. */
export const UNDO = 0x1840;

export const DEVICES = 0x2000;
export const DEVICE_WORDS = 320;
export const LOAD_TLB = 0x3000;
export const STORE_TLB = 0x4000;
export const FETCH_TLB = 0x5000;
export const TOP = 0x6000;
export const STAGING = 0x8000;
export const STAGING_BYTES = 0x8000;
export const RVC = 0x10000;
export const META = 0x50000;
export const POOL_FIRST_PAGE = 0x1050;

export const RAM_BASE = 0x80000000;
export const PAGE_BYTES = 4096;
/** Guest pages that one leaf of the page map holds. */
export const LEAF_PAGES = 1024;

/** What run() of the core returns. */
export const STOP_LIMIT = 0;
export const STOP_WAIT = 1;
/** The time CSR was read; the step was not executed. */
export const STOP_TIME = 2;
/** A device needs an answer; the step was not executed. */
export const STOP_REQUEST = 3;
/** A device has something to say; the step was executed. */
export const STOP_DEVICE = 4;
export const STOP_HALT = 5;
/** The pool is exhausted; the step was not executed. */
export const STOP_POOL = 6;

/** What mmioLoad and mmioStore return. */
export const MMIO_DONE = 0;
export const MMIO_EXIT = 1;
export const MMIO_REQUEST = 2;
export const MMIO_FAULT = 3;
