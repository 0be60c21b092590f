// Archives in the "newc" format of cpio, which Linux unpacks as its first file system
// (Documentation/driver-api/early-userspace/buffer-format.rst). The bytes depend on names and
// contents only: entries are sorted, numbers are counted, times and owners are 0.

import { createHash } from "node:crypto";

export type CpioEntry =
  | { readonly kind: "directory" }
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly isExecutable: boolean }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "device"; readonly major: number; readonly minor: number };

const MAGIC = "070701";
const HEADER_BYTES = 110;
const TRAILER = "TRAILER!!!";
/** Archives end at a multiple of this, as cpio's own do. */
const BLOCK_BYTES = 512;
const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const PLAIN_FILE = 0o100644;
const LINK = 0o120777;
const CHARACTER_DEVICE = 0o020600;

/** `entries` by path without a leading slash; parents of a path are made where they are missing. */
export function writeCpio(entries: ReadonlyMap<string, CpioEntry>): Uint8Array {
  const all = withParents(entries);
  const parts: Buffer[] = [];
  let inode = 0;
  for (const path of [...all.keys()].sort(byBytes)) {
    inode += 1;
    parts.push(...record(path, all.get(path) as CpioEntry, inode));
  }
  parts.push(header(TRAILER, { inode: 0, mode: 0, links: 1, bytes: 0, major: 0, minor: 0 }));
  const archive = Buffer.concat(parts);
  const rest = archive.length % BLOCK_BYTES;
  return rest === 0 ? archive : Buffer.concat([archive, Buffer.alloc(BLOCK_BYTES - rest)]);
}

function withParents(entries: ReadonlyMap<string, CpioEntry>): Map<string, CpioEntry> {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) {
      const parent = names.slice(0, depth).join("/");
      if (!all.has(parent)) all.set(parent, { kind: "directory" });
    }
  }
  return all;
}

/** Not by locale: a parent is a prefix of its children and comes before them. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function record(path: string, entry: CpioEntry, inode: number): readonly Buffer[] {
  const plain = { inode, links: 1, bytes: 0, major: 0, minor: 0 };
  switch (entry.kind) {
    case "directory":
      return [header(path, { ...plain, mode: DIRECTORY, links: 2 })];
    case "device": {
      const { major, minor } = entry;
      return [header(path, { ...plain, mode: CHARACTER_DEVICE, major, minor })];
    }
    case "link": {
      const target = Buffer.from(entry.target);
      return [header(path, { ...plain, mode: LINK, bytes: target.length }), padded(target)];
    }
    case "file": {
      const mode = entry.isExecutable ? PROGRAM : PLAIN_FILE;
      const bytes = Buffer.from(entry.bytes);
      return [header(path, { ...plain, mode, bytes: bytes.length }), padded(bytes)];
    }
  }
}

interface Fields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly bytes: number;
  readonly major: number;
  readonly minor: number;
}

function header(path: string, fields: Fields): Buffer {
  const { inode, mode, links, bytes, major, minor } = fields;
  const name = Buffer.from(`${path}\0`);
  const [owner, group, time, deviceMajor, deviceMinor, checksum] = [0, 0, 0, 0, 0, 0];
  const file = [inode, mode, owner, group, links, time, bytes];
  const device = [deviceMajor, deviceMinor, major, minor, name.length, checksum];
  const text = [...file, ...device].map((number) => number.toString(16).padStart(8, "0")).join("");
  return padded(Buffer.concat([Buffer.from(MAGIC + text, "latin1"), name]));
}

/** Names and contents begin at multiples of four. */
function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}

/** The SHA-256 of a file as it lies in an archive; undefined where there is none of that name. */
export function digestInCpio(archive: Uint8Array, path: string): string | undefined {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    if (bytes.toString("latin1", at, at + MAGIC.length) !== MAGIC) return undefined;
    const size = numberAt(bytes, at, 6);
    const nameBytes = numberAt(bytes, at, 11);
    const name = bytes.toString("utf8", at + HEADER_BYTES, at + HEADER_BYTES + nameBytes - 1);
    const content = roundUp(at + HEADER_BYTES + nameBytes);
    if (name === path)
      return createHash("sha256")
        .update(bytes.subarray(content, content + size))
        .digest("hex");
    at = roundUp(content + size);
  }
  return undefined;
}

function numberAt(bytes: Buffer, header: number, index: number): number {
  const at = header + MAGIC.length + 8 * index;
  return Number.parseInt(bytes.toString("latin1", at, at + 8), 16);
}

function roundUp(at: number): number {
  return Math.ceil(at / 4) * 4;
}
