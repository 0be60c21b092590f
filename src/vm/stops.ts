// Where a debugger wants the machine to stop, and how the core is told (core/seek.ts).

import { assert } from "../base/assert.ts";
import type { CoreHost } from "./core-host.ts";
import type { Exit } from "./exit.ts";
import * as layout from "./layout.ts";

export interface Watch {
  readonly address: bigint;
  /** At most 8 bytes, which do not cross a multiple of 8. */
  readonly length: number;
  readonly kind: WatchKind;
}

export type WatchKind = "read" | "write" | "access";

/** Virtual addresses: what they mean is decided at each step. */
export interface Stops {
  readonly breakpoints: readonly bigint[];
  readonly watches: readonly Watch[];
}

/** How a seek ended: as run() does, and what the last step hit. */
export interface Seek {
  readonly exit: Exit;
  readonly hit: StopHit | undefined;
}

export type StopHit =
  /** The machine stands before it. */
  | { readonly kind: "breakpoint" }
  /** The step just executed touched it. */
  | { readonly kind: "watch"; readonly watch: Watch };

const KINDS = {
  read: layout.WATCH_READ,
  write: layout.WATCH_WRITE,
  access: layout.WATCH_READ + layout.WATCH_WRITE,
};
const MOST_BYTES = 8;

export const BREAKPOINTS_MAX: number = layout.BREAKPOINTS_MAX;
export const WATCHES_MAX: number = layout.WATCHES_MAX;

export function armStops(host: CoreHost, { breakpoints, watches }: Stops): void {
  assert(breakpoints.length <= BREAKPOINTS_MAX, "too many breakpoints");
  assert(watches.length <= WATCHES_MAX, "too many watches");
  host.words[layout.BREAKPOINTS >> 2] = breakpoints.length;
  host.words[layout.WATCHES >> 2] = watches.length;
  for (const [index, address] of breakpoints.entries())
    setBig(host, layout.BREAKPOINTS_AT + 8 * index, address);
  for (const [index, { address, length, kind }] of watches.entries()) {
    const end = (address & 7n) + BigInt(length);
    assert(length > 0 && end <= BigInt(MOST_BYTES), "a watch that is too long");
    const at = layout.WATCHES_AT + layout.WATCH_BYTES * index;
    setBig(host, at + layout.WATCH_ADDRESS, address);
    host.words[(at + layout.WATCH_LENGTH) >> 2] = length;
    host.words[(at + layout.WATCH_KIND) >> 2] = KINDS[kind];
  }
  host.exports.armWatches();
}

export function hitOf(host: CoreHost, watches: readonly Watch[]): StopHit | undefined {
  const code = host.words[layout.HIT >> 2] as number;
  if (code === 0) return undefined;
  if (code === layout.HIT_BREAKPOINT) return { kind: "breakpoint" };
  const watch = watches[code - layout.HIT_WATCH];
  assert(watch !== undefined, "a watch that nobody set was hit");
  return { kind: "watch", watch };
}

function setBig(host: CoreHost, at: number, value: bigint): void {
  host.words[at >> 2] = Number(value & 0xffff_ffffn);
  host.words[(at >> 2) + 1] = Number(value >> 32n);
}
