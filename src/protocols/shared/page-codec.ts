// Guest pages as bytes.

import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Page } from "../../ft/protocol.ts";

const PAGE_BYTES = 4_096;
/** Pages in one message: a quarter of a megabyte. */
const PAGES_IN_PART = 64;

export function writePages(out: ByteWriter, pages: readonly Page[]): void {
  out.u32(pages.length);
  for (const { index, bytes } of pages) out.u32(index).bytes(bytes);
}

export function readPages(input: ByteReader): readonly Page[] {
  const pages: Page[] = [];
  for (let left = input.u32(); left > 0; left--)
    pages.push({ index: input.u32(), bytes: input.bytes(PAGE_BYTES) });
  return pages;
}

/** Parts of so many pages as one message may carry. */
export function inParts(pages: readonly Page[]): readonly (readonly Page[])[] {
  const parts: (readonly Page[])[] = [];
  for (let at = 0; at < pages.length; at += PAGES_IN_PART)
    parts.push(pages.slice(at, at + PAGES_IN_PART));
  return parts;
}
