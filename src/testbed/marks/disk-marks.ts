// Rare situations at the disk, as its server shows them: chapters 9 and 11 of the specification.

import { isInDoubt, type Handlers } from "./mark-book.ts";

const MANY_UNDER_WAY = 8;

export const DISK_MARKS: Handlers = {
  "disk-apply": (book, { node: name, disk, result }) => {
    const node = book.node(name);
    if (result === "fenced" && disk.op !== "read") book.mark("fenced-write-refused");
    if (result === "repeated") book.mark("retried-write-answered-and-not-applied");
    if (result === "torn") book.mark("write-is-torn");
    if (result === "error") book.mark("disk-command-fails");
    if (disk.op !== "write" || result !== "ok") return;
    if (node.isCrashed) book.mark("write-applied-after-its-host-died");
    else if (isInDoubt(node)) book.mark("write-applied-in-doubt");
    if (disk.ioId < book.state.newestApplied) book.mark("writes-applied-out-of-order");
  },
  "member-read": (book, { result }) => {
    if (result === "ok") book.mark("backup-reads-the-disk-itself");
    else if (result === "error") book.mark("backups-own-read-fails");
  },
  release: (book, { node, disk }) => {
    if (disk?.op === "write" && book.node(node).writesUnderWay.size === MANY_UNDER_WAY - 1)
      book.mark("eight-writes-under-way");
  },
};
