// Lists of pages of the active machine. That of dirty ones comes out of the core through its staging
// area, a batch at a time.

import type { MachineConfig } from "./config.ts";
import { type CoreHost, PoolExhausted } from "./core-host.ts";
import { PAGE_BYTES, STAGING, STAGING_BYTES } from "./layout.ts";

/** Guest pages of the active machine written since the last call, ascending; their marks are cleared. */
export function takeDirty(host: CoreHost, config: MachineConfig): readonly number[] {
  const pages: number[] = [];
  const total = config.ramBytes / PAGE_BYTES;
  const batch = STAGING_BYTES >> 2;
  for (let first = 0; first < total; first += batch) {
    const count = host.exports.takeDirty(first, Math.min(total, first + batch), STAGING);
    if (count < 0) throw new PoolExhausted(host.maxPages);
    const words = host.words;
    for (let i = 0; i < count; i++) pages.push(words[(STAGING >> 2) + i]);
  }
  return pages;
}

/** Guest pages of the active machine with anything but zeros in them, ascending. */
export function writtenPages(host: CoreHost, config: MachineConfig): readonly number[] {
  const pages: number[] = [];
  for (let page = 0; page < config.ramBytes / PAGE_BYTES; page++) {
    const at = (host.exports.pageForRead(page) >>> 0) >> 2;
    if (at === 0) continue;
    if (host.words.subarray(at, at + (PAGE_BYTES >> 2)).some((word) => word !== 0))
      pages.push(page);
  }
  return pages;
}
