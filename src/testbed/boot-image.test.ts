// Boots as bytes: one that was put away and taken up is the boot itself, disk, console and all; what is
// cut or foreign is one line. And the cache of boots: it asks its store before it boots, keeps what it
// booted, and boots again where the store has rubbish.

import { expect, it } from "vitest";
import { ok } from "../base/result.ts";
import { imageOf } from "../../test/support/vm/kernel.ts";
import { assemble, ECALL, jal, li, WFI } from "../../test/support/vm/assembler.ts";
import { loadTestGuests } from "../../test/support/guests.ts";
import { loadTestRuntime } from "../../test/support/runtime.ts";
import { bootGuest, type BootedGuest, type GuestImage } from "./boot.ts";
import { bootKey, type BootStore, decodeBoot, encodeBoot } from "./boot-image.ts";
import { BootCache } from "./run.ts";

const OPTIONS = { diskSectors: 131_072, rules: { bounceBuffers: true } };

function booted(guest: GuestImage): BootedGuest {
  const result = bootGuest(loadTestRuntime(), guest, OPTIONS);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function kv(): GuestImage {
  return loadTestGuests().get("kv") as GuestImage;
}

it("gives a boot back as it was, in another runtime", () => {
  const runtime = loadTestRuntime();
  const first = bootGuest(runtime, kv(), OPTIONS);
  if (!first.ok) throw new Error(first.error);
  const image = encodeBoot(first.value);
  const other = loadTestRuntime();
  const decoded = decodeBoot(other, kv(), OPTIONS, image);
  if (!decoded.ok) throw new Error(decoded.error);
  const { machine: one, guest: _, ...rest } = first.value;
  const { machine: two, guest: __, ...restored } = decoded.value;
  expect(restored).toEqual(rest);
  expect(restored.blocks.size).toBeGreaterThan(0);
  expect(encodeBoot(decoded.value)).toEqual(image);
  expect(two.createMachine().stateHash()).toBe(one.createMachine().stateHash());
});

it("is refused in one line when it is cut, foreign, or of another configuration", () => {
  const runtime = loadTestRuntime();
  const first = bootGuest(runtime, kv(), OPTIONS);
  if (!first.ok) throw new Error(first.error);
  const image = encodeBoot(first.value);
  const problem = (bytes: Uint8Array, options = OPTIONS): string => {
    const decoded = decodeBoot(loadTestRuntime(), kv(), options, bytes);
    return decoded.ok ? "accepted" : decoded.error;
  };
  for (const length of [0, 5, 30, image.length - 1])
    expect(problem(image.slice(0, length))).toMatch(/^boot image: cut short/);
  expect(problem(new Uint8Array(100))).toBe("boot image: wrong magic at byte 0");
  expect(problem(image, { ...OPTIONS, diskSectors: 8 })).toMatch(/another configuration/);
});

it("says so when a guest waits for what will never come, instead of waiting with it", () => {
  const { guest } = kernelGuest();
  const stuck = bootGuest(loadTestRuntime(), { ...guest, ready: "never said" }, OPTIONS);
  expect(stuck.ok ? "booted" : stuck.error).toMatch(
    /it waits, and nothing is on its way to it: ok$/,
  );
});

/** A kernel that prints "ok" through its firmware and waits. */
function kernelGuest(): { readonly guest: GuestImage; readonly reads: () => number } {
  let reads = 0;
  const print = (letter: string) => [
    li(10, letter.charCodeAt(0)),
    li(16, 2),
    li(17, 0x4442434e),
    ECALL,
  ];
  const items = [print("o"), print("k"), "wait", WFI, jal(0, "wait")].flat();
  const kernel = imageOf(assemble(items));
  const read = () => {
    reads += 1;
    return ok({ kernel, initramfs: new Uint8Array(0), commandLine: "" });
  };
  const program = { kind: "linux", load: () => ok({ digest: "a kernel", read }) } as const;
  const guest = { name: "tiny", title: "", program, ramBytes: 8 << 20, ready: "ok", port: 1 };
  return { guest, reads: () => reads };
}

it("is kept in the store, asked for before a boot, and replaced when it is rubbish", () => {
  const { guest, reads } = kernelGuest();
  const files = new Map<string, Uint8Array>();
  const store: BootStore = {
    find: (key) => files.get(key),
    keep: (key, image) => files.set(key, image),
  };
  const boot = (): string => {
    const cache = new BootCache(loadTestRuntime(), new Map([["tiny", guest]]), store);
    const result = cache.boot("tiny", OPTIONS.diskSectors, OPTIONS.rules);
    if (!result.ok) throw new Error(result.error);
    return `${result.value.console} ${result.value.count}`;
  };
  const first = boot();
  expect([first.startsWith("ok "), reads(), files.size]).toEqual([true, 1, 1]);
  expect([boot(), reads()]).toEqual([first, 1]);
  const [key] = files.keys();
  expect(bootKey(guest, OPTIONS)).toEqual(ok(key));
  files.set(key as string, Uint8Array.of(1, 2, 3));
  expect([boot(), reads()]).toEqual([first, 2]);
  expect([boot(), reads()]).toEqual([first, 2]);
});

it("never asks the store for guests of the repository", () => {
  const store: BootStore = {
    find: () => {
      throw new Error("asked");
    },
    keep: () => {
      throw new Error("kept");
    },
  };
  const cache = new BootCache(loadTestRuntime(), new Map([["kv", kv()]]), store);
  const result = cache.boot("kv", OPTIONS.diskSectors, OPTIONS.rules);
  expect(result.ok && result.value.count).toBe(booted(kv()).count);
});
