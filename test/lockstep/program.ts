// A random program for all of the machine: code for three privileges, page tables with everything
// that they can hold, trap handlers that keep it going, and what comes from outside at which count.

import { Prng } from "../../src/base/prng.ts";
import { random64, randomRegister } from "../support/vm/float-operands.ts";
import { RAM } from "../support/vm/load-core.ts";
import { type Happening, happenings } from "./happenings.ts";
import { handlers } from "./handlers.ts";
import {
  ALIAS_AT,
  ALIAS_PAGES,
  CODE_AT,
  CODE_PAGES,
  DATA_AT,
  DATA_PAGES,
  entryOf,
  GIANT_AT,
  HIGH_AT,
  PAGE,
  PRISTINE_AT,
  RECORD_BYTES,
  RECORDS,
  RECORDS_AT,
  ROOT_A,
  ROOT_B,
  TABLES_AT,
  tablePage,
  WORDS_AT,
  WORDS_BYTES,
} from "./map.ts";
import { fillWithCode, patchWords } from "./privileged-code.ts";
import { pageTables } from "./tables.ts";

export interface Program {
  readonly name: string;
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly happenings: readonly Happening[];
}

const SV39 = 8n << 60n;
const SIE = 1n << 1n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPRV = 1n << 17n;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const TVM = 1n << 20n;
const TW = 1n << 21n;
const TSR = 1n << 22n;
/** Machine timer, software and external interrupts are always enabled: they keep it going. */
const MACHINE_INTERRUPTS = 0x888n;

function maybe(random: Prng, value: bigint, oneIn: number): bigint {
  return random.below(oneIn) === 0 ? value : 0n;
}

/** Words to patch code with come before the fresh numbers. */
const PATCH_BYTES = 2048;

/** mstatus for after the return. */
function status(random: Prng, privilege: bigint): bigint {
  const fs = BigInt(random.pick([0, 1, 2, 3, 3, 3, 3, 3])) << 13n;
  const traps = maybe(random, TVM, 8) | maybe(random, TW, 8) | maybe(random, TSR, 8);
  const seen = maybe(random, SUM, 2) | maybe(random, MXR, 3) | maybe(random, MPRV, 3);
  const enables = maybe(random, SIE, 2) | maybe(random, SPIE, 2) | maybe(random, SPP, 2) | MPIE;
  return (privilege << 11n) | fs | traps | seen | enables;
}

function root(random: Prng): bigint {
  const index = random.pick([ROOT_A, ROOT_B]);
  return random.below(4) === 0 ? 0n : SV39 | BigInt(tablePage(index) / PAGE);
}

function codeOffset(random: Prng): number {
  return 2 * random.below((CODE_PAGES * PAGE) / 2 - 64);
}

/** Code where a privilege would look for it, most of the time. */
function code(random: Prng, isMachine: boolean): bigint {
  const offset = codeOffset(random);
  if (isMachine) return BigInt(CODE_AT + offset);
  switch (random.below(6)) {
    case 0:
      return BigInt(GIANT_AT + (CODE_AT - RAM) + offset);
    case 1:
      return BigInt(ALIAS_AT + (random.below(ALIAS_PAGES * PAGE) & ~1));
    case 2:
      return HIGH_AT + BigInt(random.below(ALIAS_PAGES * PAGE) & ~1);
    default:
      return BigInt(CODE_AT + offset);
  }
}

/** Data with 2 KiB to both sides; across pages, at the end of RAM, and where nothing is. */
function data(random: Prng, isMachine: boolean): bigint {
  const offset = random.below(DATA_PAGES * PAGE);
  const kind = random.below(isMachine ? 9 : 16);
  if (kind < 7) return BigInt(DATA_AT + (random.below(8) === 0 ? offset & ~4095 : offset));
  if (kind === 7) return BigInt(random.pick([RAM, DATA_AT - 4, 0x10000000]));
  if (kind === 8) return BigInt(CODE_AT + offset);
  if (kind < 11) return BigInt(GIANT_AT + (DATA_AT - RAM) + offset);
  if (kind < 15) return BigInt(ALIAS_AT + random.below(ALIAS_PAGES * PAGE));
  return HIGH_AT + BigInt(random.below(ALIAS_PAGES * PAGE));
}

function record(random: Prng): readonly bigint[] {
  const privilege = random.pick([0n, 0n, 0n, 1n, 1n, 3n]);
  const isMachine = privilege === 3n;
  const satp = root(random);
  const near = (at: number): bigint =>
    BigInt(isMachine || random.below(3) > 0 ? at : at - RAM + GIANT_AT);
  const exceptions = random.pick([0n, 0xb3ffn, random64(random) & 0xffffn]);
  const interrupts = random.pick([0n, 0x222n, random64(random) & 0x222n]);
  const masks = [random64(random) & 0xe6122n, maybe(random, 2n, 2) | maybe(random, 0x222n, 6)];
  return [
    status(random, privilege),
    satp,
    code(random, isMachine),
    exceptions,
    interrupts,
    MACHINE_INTERRUPTS | (random64(random) & 0x222n),
    random.pick([0x1f1fn, 0x1f1fn, 0x1f19n, 0x1f1bn, 0x1f18n, 0x1f00n]),
    data(random, isMachine),
    data(random, isMachine),
    near(CODE_AT + 1024 + codeOffset(random)),
    near(WORDS_AT + PATCH_BYTES),
    ...masks,
    root(random),
    near(entryOf(random)),
    code(random, isMachine),
    code(random, isMachine),
  ];
}

function records(random: Prng): Uint8Array {
  const view = new DataView(new ArrayBuffer(RECORDS * RECORD_BYTES));
  for (let n = 0; n < RECORDS; n++)
    record(random).forEach((word, at) => view.setBigUint64(n * RECORD_BYTES + 8 * at, word, true));
  return new Uint8Array(view.buffer);
}

/** Numbers and floats. */
function words(random: Prng): Uint8Array {
  const view = new DataView(new ArrayBuffer(WORDS_BYTES));
  for (let at = 0; at < WORDS_BYTES; at += 8) {
    const kind = random.below(3);
    const value = kind === 0 ? random64(random) : randomRegister(random, kind === 1 ? "s" : "d");
    view.setBigUint64(at, value, true);
  }
  return new Uint8Array(view.buffer);
}

export function randomProgram(name: string, steps: number): Program {
  const random = new Prng(`lockstep/${name}`);
  const codeBytes = new Uint8Array(CODE_PAGES * PAGE);
  fillWithCode(random.fork("code"), codeBytes);
  const tables = pageTables(random.fork("tables"));
  const constants = words(random.fork("words"));
  patchWords(random.fork("patches"), constants.subarray(0, PATCH_BYTES));
  const segments = [
    { address: RAM, bytes: handlers() },
    { address: RECORDS_AT, bytes: records(random.fork("records")) },
    { address: PRISTINE_AT, bytes: tables },
    { address: TABLES_AT, bytes: tables },
    { address: WORDS_AT, bytes: constants },
    { address: DATA_AT, bytes: words(random.fork("data")) },
    { address: CODE_AT, bytes: codeBytes },
  ];
  return { name, segments, happenings: happenings(random.fork("happenings"), steps) };
}
