// The instructions of F and D as text; what the machine takes for illegal has none. The dynamic
// rounding mode is not written, nor is the 0 of a conversion that never rounds.

const REGISTERS: readonly string[] = (
  "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 " +
  "fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11"
).split(" ");

const FORMATS = ["s", "d"] as const;
const MODES = [",rne", ",rtz", ",rdn", ",rup", ",rmm", undefined, undefined, ""] as const;
const FUSED = ["fmadd", "fmsub", "fnmsub", "fnmadd"] as const;
const ARITHMETIC = ["fadd", "fsub", "fmul", "fdiv"] as const;
const SIGNS = ["fsgnj", "fsgnjn", "fsgnjx"] as const;
const EXTREMES = ["fmin", "fmax"] as const;
const COMPARISONS = ["fle", "flt", "feq"] as const;
const INTEGERS = ["w", "wu", "l", "lu"] as const;

/** The names of rd and rs1 as integer registers. */
export interface IntegerOperands {
  readonly d: string;
  readonly a: string;
}

interface Fields {
  readonly fd: string;
  readonly f1: string;
  readonly f2: string;
  readonly variant: number;
  /** Bits 24..20. */
  readonly selector: number;
  readonly format: "s" | "d";
  /** How the rounding mode is written; undefined when it is reserved. */
  readonly mode: string | undefined;
}

function register(index: number): string {
  return REGISTERS[index & 31] ?? "";
}

export function floatLoad(word: number, { a }: IntegerOperands): string | undefined {
  const name = transferName(word, "fl");
  return name && `${name} ${register(word >> 7)},${word >> 20}(${a})`;
}

export function floatStore(word: number, { a }: IntegerOperands): string | undefined {
  const name = transferName(word, "fs");
  const offset = ((word >> 25) << 5) | ((word >> 7) & 31);
  return name && `${name} ${register(word >> 20)},${offset}(${a})`;
}

function transferName(word: number, start: string): string | undefined {
  const size = (word >> 12) & 7;
  return size === 2 ? `${start}w` : size === 3 ? `${start}d` : undefined;
}

function fieldsOf(word: number): Fields | undefined {
  const format = FORMATS[(word >> 25) & 3];
  if (format === undefined) return undefined;
  const variant = (word >> 12) & 7;
  const names = {
    fd: register(word >> 7),
    f1: register(word >> 15),
    f2: register(word >> 20),
  };
  return { ...names, variant, selector: (word >> 20) & 31, format, mode: MODES[variant] };
}

export function floatFused(word: number): string | undefined {
  const fields = fieldsOf(word);
  if (fields?.mode === undefined) return undefined;
  const { fd, f1, f2, format, mode } = fields;
  const name = FUSED[(word >> 2) & 3];
  return `${name}.${format} ${fd},${f1},${f2},${register(word >> 27)}${mode}`;
}

export function floatOperation(word: number, integers: IntegerOperands): string | undefined {
  const fields = fieldsOf(word);
  if (fields === undefined) return undefined;
  const { fd, f1, f2, format, mode, variant, selector } = fields;
  const kind = word >>> 27;
  const three = `.${format} ${fd},${f1},${f2}`;
  if (kind < 4) return mode === undefined ? undefined : `${ARITHMETIC[kind]}${three}${mode}`;
  switch (kind) {
    case 4:
      return joined(SIGNS[variant], three);
    case 5:
      return joined(EXTREMES[variant], three);
    case 8:
      return betweenFormats(fields);
    case 11:
      return selector === 0 ? joined(`fsqrt.${format} ${fd},${f1}`, mode) : undefined;
    case 20:
      return joined(COMPARISONS[variant], `.${format} ${integers.d},${f1},${f2}`);
    case 24:
      return joined(convertName(INTEGERS[selector], format), ` ${integers.d},${f1}`, mode);
    case 26:
      return fromInteger(fields, integers);
    default:
      return selector === 0 ? moveOrClass(kind, fields, integers) : undefined;
  }
}

/** All parts, when all are there. */
function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join("");
}

function convertName(to: string | undefined, from: string | undefined): string | undefined {
  return joined("fcvt.", to, ".", from);
}

/** A conversion that never rounds still has a mode, as a rule 0. */
function exactMode({ variant, mode }: Fields): string | undefined {
  return variant === 0 ? "" : variant === 7 ? ",dyn" : mode;
}

function betweenFormats(fields: Fields): string | undefined {
  const { fd, f1, format, selector, mode } = fields;
  if (format === "s") return selector === 1 ? joined(`fcvt.s.d ${fd},${f1}`, mode) : undefined;
  return selector === 0 ? joined(`fcvt.d.s ${fd},${f1}`, exactMode(fields)) : undefined;
}

function fromInteger(fields: Fields, { a }: IntegerOperands): string | undefined {
  const { fd, format, selector, mode } = fields;
  const isExact = format === "d" && selector < 2;
  const name = convertName(format, INTEGERS[selector]);
  return joined(name, ` ${fd},${a}`, isExact ? exactMode(fields) : mode);
}

function moveOrClass(kind: number, fields: Fields, integers: IntegerOperands): string | undefined {
  const { fd, f1, format, variant } = fields;
  const size = format === "s" ? "w" : "d";
  if (kind === 30) return variant === 0 ? `fmv.${size}.x ${fd},${integers.a}` : undefined;
  if (kind !== 28 || variant > 1) return undefined;
  return variant === 0
    ? `fmv.x.${size} ${integers.d},${f1}`
    : `fclass.${format} ${integers.d},${f1}`;
}
