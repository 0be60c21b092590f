// A machine's CPU block, wherever it is: in the core while the machine is active, else in its own block.

import type { CoreHost, Tenant } from "./core-host.ts";
import { blockWord, type StateBlock } from "./snapshot.ts";

const TWO_POW_32 = 4294967296;

export class StateWords {
  readonly #host: CoreHost;
  readonly #owner: Tenant;
  readonly #block: StateBlock;

  constructor(host: CoreHost, owner: Tenant, block: StateBlock) {
    this.#host = host;
    this.#owner = owner;
    this.#block = block;
  }

  /** 32 bits at an address of layout.ts, unsigned. */
  word(address: number): number {
    if (this.#host.isActive(this.#owner)) return this.#host.words[address >> 2];
    return blockWord(this.#block, address);
  }

  /** 64 bits that are known to be a safe integer. */
  count(address: number): number {
    return this.word(address) + this.word(address + 4) * TWO_POW_32;
  }

  big(address: number): bigint {
    return BigInt(this.word(address)) | (BigInt(this.word(address + 4)) << 32n);
  }

  /** Only while the owner is active. */
  setBig(address: number, value: bigint): void {
    const words = this.#host.words;
    words[address >> 2] = Number(value & 0xffffffffn);
    words[(address >> 2) + 1] = Number(value >> 32n);
  }
}
