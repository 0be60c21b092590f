// Archives for Linux: the bytes of a small one as the format has them, order and parents, and that a
// file is found again. The system's cpio is asked in test/guests/debian.outside.test.ts.

import { describe, expect, it } from "vitest";
import { sha256Of } from "./cache.ts";
import { type CpioEntry, digestInCpio, writeCpio } from "./cpio.ts";

const FILE: CpioEntry = { kind: "file", bytes: Buffer.from("hello"), isExecutable: true };

function namesIn(archive: Uint8Array): readonly string[] {
  const text = Buffer.from(archive).toString("latin1");
  return [...text.matchAll(/070701.{104}([^\0]+)\0/gs)].map(([, name]) => name as string);
}

describe("a cpio archive", () => {
  it("has the header of the newc format, name and content at multiples of four", () => {
    const archive = Buffer.from(writeCpio(new Map([["init", FILE]])));
    const numbers = ["1", "81ed", "0", "0", "1", "0", "5", "0", "0", "0", "0", "5", "0"];
    const header = `070701${numbers.map((number) => number.padStart(8, "0")).join("")}`;
    expect(archive.toString("latin1", 0, 110)).toBe(header);
    expect(archive.toString("latin1", 110, 124)).toBe("init\0\0hello\0\0\0");
    expect(archive.toString("latin1", 124, 130)).toBe("070701");
    expect(archive.length % 512).toBe(0);
  });

  it("has parents before children, whatever the order they were given in", () => {
    const one = writeCpio(
      new Map<string, CpioEntry>([
        ["usr/bin/x", FILE],
        ["dev/console", { kind: "device", major: 5, minor: 1 }],
        ["bin/sh", { kind: "link", target: "busybox" }],
      ]),
    );
    const other = writeCpio(
      new Map<string, CpioEntry>([
        ["bin/sh", { kind: "link", target: "busybox" }],
        ["dev/console", { kind: "device", major: 5, minor: 1 }],
        ["usr/bin/x", FILE],
      ]),
    );
    expect(Buffer.from(one).equals(other)).toBe(true);
    const names = ["bin", "bin/sh", "dev", "dev/console", "usr", "usr/bin", "usr/bin/x"];
    expect(namesIn(one)).toEqual([...names, "TRAILER!!!"]);
  });

  it("gives a file's digest back, and none for what is not there or is no archive", () => {
    const archive = writeCpio(new Map([["a/b", FILE]]));
    expect(digestInCpio(archive, "a/b")).toBe(sha256Of(Buffer.from("hello")));
    expect(digestInCpio(archive, "a/c")).toBeUndefined();
    expect(digestInCpio(Buffer.alloc(1_000), "a/b")).toBeUndefined();
  });
});
