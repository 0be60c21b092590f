// Where things are in the core's memory, in bytes. The core (AssemblyScript) and TypeScript compile
// this one file, so literal numbers only: AssemblyScript takes them for i32.
//
//   0x00000  the zero page: what a page that was never written reads as; also the empty page-map leaf
//   0x01000  CPU block of the active machine: 1 KiB of architectural state, hashed and snapshot
//   0x01800  scratch: transient words, never state
//   0x02000  device block of the active machine: 320 words of device registers
//   0x03000  software TLBs, one set per view: load, store, fetch; derived, in neither snapshot nor hash
//   0x0f000  top level of the active machine's page map
//   0x10000  expansion of compressed instructions, 64 K words
//   0x50000  staging for lists that leave the core
//   0x60000  one record of 32 bytes per pool page
//   0x2060000  jump targets that were seen: 8,192 records of 32 bytes (core/tiers.ts); derived
//   0x20a0000  the pool

export const CPU = 0x1000;
export const CPU_BYTES = 0x400;
/** x0-x31. */
export const X = 0x1000;
/** f0-f31. */
export const F = 0x1100;
export const PC = 0x1200;
/** Steps attempted since power-on (design D4). */
export const COUNT = 0x1208;
/** 0 user, 1 supervisor, 3 machine. */
export const PRIVILEGE = 0x1210;
export const WAITING = 0x1218;
/** 0 runs, 1 powered off, 2 faulted, 3 ended by a test program. */
export const HALTED = 0x1220;
export const HALTED_BY_TEST = 3;
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
/** 0 (Bare), or mode 8 (Sv39) with the root's page number; no ASIDs. */
export const SATP = 0x1300;
export const MENVCFG = 0x1308;
export const SENVCFG = 0x1310;
/** fflags in bits 4..0, frm in bits 7..5. */
export const FCSR = 0x1318;
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

/** Old values of page table entries that the current step has marked: address, entry. */
export const MARKS = 0x18a0;
/** 1: a missing A or D bit is a page fault. 0: it is set. */
export const ACCESSED_DIRTY_FAULT = 0x1900;
/** The guest page and the address of a word in RAM whose stores are reported; all ones: none. */
export const WATCHED_PAGE = 0x1904;
export const WATCHED = 0x1908;

/** For a debugger (core/seek.ts): how many there are, and what ended a seek. */
export const BREAKPOINTS = 0x1980;
export const WATCHES = 0x1984;
/** 0: nothing was hit; HIT_BREAKPOINT; HIT_WATCH + the watch's index. */
export const HIT = 0x1988;
export const HIT_BREAKPOINT = 1;
export const HIT_WATCH = 2;
/** Addresses, 64 bits each. */
export const BREAKPOINTS_AT = 0x1a00;
export const BREAKPOINTS_MAX = 64;
/** Records of 32 bytes: address (64 bits), value when armed (64), length (32: at most 8, in one page), kind. */
export const WATCHES_AT = 0x1c00;
export const WATCHES_MAX = 32;
export const WATCH_BYTES = 32;
export const WATCH_ADDRESS = 0;
export const WATCH_OLD = 8;
export const WATCH_LENGTH = 16;
export const WATCH_KIND = 20;
export const WATCH_READ = 1;
export const WATCH_WRITE = 2;

export const DEVICES = 0x2000;
export const DEVICE_WORDS = 320;
/** 256 entries of 16 bytes each: virtual page (64 bits, all ones: none), what to add to an address (32). */
export const LOAD_TLB = 0x3000;
export const STORE_TLB = 0x4000;
export const FETCH_TLB = 0x5000;
export const TLB_BYTES = 0x1000;
/**
 * Views: ways to see memory, each with its own three TLBs, VIEW_BYTES apart. 0: as it is (machine
 * mode, and the others while nothing is translated); 1: user; 2: supervisor with SUM = 0; 3: with SUM = 1.
 */
export const VIEW_BYTES = 0x3000;
export const VIEWS_BYTES = 0xc000;
export const TOP = 0xf000;
/** Expansions of compressed instructions, by halfword; those not met yet are no instruction at all. */
export const RVC = 0x10000;
export const RVC_UNKNOWN = 0xfffffffe;
export const STAGING = 0x50000;
export const STAGING_BYTES = 0x8000;

/**
 * The record of a pool page: references (0), hash is valid or the next free page (4), content hash
 * (8), flags (16), generation (20), as what a page table was last used (24), stores since (28). Of a
 * leaf of the page map: the chunks that its hash lacks (24).
 */
export const META = 0x60000;
export const META_SHIFT = 5;
export const META_FLAGS = 16;
export const META_CHUNKS = 24;
/** Goes up when the page is freed, and when a page that holds compiled code is written. */
export const META_GENERATION = 20;
/** Compiled code was made from this page: no store TLB holds it. */
export const PAGE_CODE = 1;
/** A walk has read this page as a page table: no store TLB holds it. */
export const PAGE_TABLE = 2;
/** A load or fetch TLB of views 1 to 3 may hold this page. */
export const PAGE_SEEN = 4;
export const POOL_FIRST_PAGE = 0x20a0;

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

/**
 * What is known of jump targets, by target and view: the pc (0, 64 bits), visits until it is hot (8),
 * the region's function in the table (12; 0: none), the host address of what was compiled (16), the
 * generation of its page (20), how to enter the region at this pc (24), the views (28).
 */
export const TARGETS = 0x2060000;
export const TARGETS_BYTES = 0x40000;
export const TARGET_VISITS = 8;
export const TARGET_SLOT = 12;
export const TARGET_HOST = 16;
export const TARGET_GENERATION = 20;
export const TARGET_ENTRY = 24;
export const TARGET_VIEWS = 28;
/** A record's place: ((pc << 4) ^ (data view << VIEW_SHIFT)) & TARGET_MASK. */
export const TARGET_MASK = 0x3ffe0;
export const VIEW_SHIFT = 2;
