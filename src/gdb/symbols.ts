// Where an address lies in a program: the symbol before it, and how far behind that.

import type { ElfSymbol } from "../vm/elf.ts";

/** "put+0x1c"; "" where no symbol covers it. */
export function placeOf(symbols: ReadonlyMap<string, ElfSymbol>, address: bigint): string {
  let best: { readonly name: string; readonly symbol: ElfSymbol } | undefined;
  for (const [name, symbol] of symbols) {
    const offset = address - BigInt(symbol.address);
    // Assembler labels have no size: they reach to the next symbol.
    const isWithin = offset >= 0n && (symbol.size === 0 || offset < BigInt(symbol.size));
    if (!isWithin) continue;
    const isNearer = best === undefined || symbol.address > best.symbol.address;
    if (isNearer) best = { name, symbol };
  }
  if (best === undefined) return "";
  const offset = address - BigInt(best.symbol.address);
  return offset === 0n ? best.name : `${best.name}+0x${offset.toString(16)}`;
}
