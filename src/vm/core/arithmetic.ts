// What 64-bit WebAssembly has no instruction for: the upper half of a product, division without traps,
// and the AMO operators (unprivileged specification, chapters M and A).

/** Upper 64 bits of the unsigned product, by 32-bit halves. */
export function mulhu(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

export function mulh(a: u64, b: u64): u64 {
  let high = mulhu(a, b);
  if (<i64>a < 0) high -= b;
  if (<i64>b < 0) high -= a;
  return high;
}

export function mulhsu(a: u64, b: u64): u64 {
  const high = mulhu(a, b);
  return <i64>a < 0 ? high - b : high;
}

/** `f5` is bits 31..27 of the instruction: 0 add, 1 swap, 4 xor, 8 or, 12 and, 16/20/24/28 min/max. */
export function amo64(f5: u32, old: u64, operand: u64): u64 {
  switch (f5) {
    case 0: return old + operand;
    case 1: return operand;
    case 4: return old ^ operand;
    case 8: return old | operand;
    case 12: return old & operand;
    case 16: return <i64>old < <i64>operand ? old : operand;
    case 20: return <i64>old > <i64>operand ? old : operand;
    case 24: return old < operand ? old : operand;
    default: return old > operand ? old : operand;
  }
}

export function amo32(f5: u32, old: u32, operand: u32): u32 {
  switch (f5) {
    case 0: return old + operand;
    case 1: return operand;
    case 4: return old ^ operand;
    case 8: return old | operand;
    case 12: return old & operand;
    case 16: return <i32>old < <i32>operand ? old : operand;
    case 20: return <i32>old > <i32>operand ? old : operand;
    case 24: return old < operand ? old : operand;
    default: return old > operand ? old : operand;
  }
}

export function div64(a: u64, b: u64): u64 {
  if (b == 0) return u64.MAX_VALUE;
  if (b == u64.MAX_VALUE) return 0 - a;
  return <u64>(<i64>a / <i64>b);
}
export function rem64(a: u64, b: u64): u64 {
  if (b == 0) return a;
  if (b == u64.MAX_VALUE) return 0;
  return <u64>(<i64>a % <i64>b);
}
export function div32(a: i32, b: i32): u64 {
  if (b == 0) return u64.MAX_VALUE;
  if (b == -1) return <u64>(<i64>(<i32>(0 - a)));
  return <u64>(<i64>(a / b));
}
export function rem32(a: i32, b: i32): u64 {
  if (b == 0) return <u64>(<i64>a);
  if (b == -1) return 0;
  return <u64>(<i64>(a % b));
}
