// The device tree's bytes, read back by a reader of its own: the format's frame, the board's devices,
// and that equal machines get equal trees.

import { describe, expect, it } from "vitest";
import { deviceTree } from "./device-tree.ts";

const BOARD = { ramBytes: 128 << 20, commandLine: "quiet", initrd: undefined };

interface Tree {
  readonly properties: Map<string, Uint8Array>;
  readonly children: Map<string, Tree>;
}

/** Devicetree Specification 0.4, chapter 5, as a recursive descent; anything odd throws. */
function parse(bytes: Uint8Array): Tree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => view.getUint32(at);
  const text = (at: number): string => {
    const end = bytes.indexOf(0, at);
    return new TextDecoder().decode(bytes.subarray(at, end));
  };
  expect([word(0), word(4), word(20), word(24)]).toEqual([0xd00dfeed, bytes.length, 17, 16]);
  const [strings, structureBytes] = [word(12), word(36)];
  let at = word(8);
  const end = at + structureBytes;
  const readNode = (): Tree => {
    const tree: Tree = { properties: new Map(), children: new Map() };
    for (;;) {
      const token = word(at);
      at += 4;
      if (token === 2) return tree;
      if (token === 3) {
        const [length, name] = [word(at), text(strings + word(at + 4))];
        tree.properties.set(name, bytes.slice(at + 8, at + 8 + length));
        at += 8 + Math.ceil(length / 4) * 4;
      } else if (token === 1) {
        const name = text(at);
        at += Math.ceil((name.length + 1) / 4) * 4;
        tree.children.set(name, readNode());
      } else throw new Error(`token ${token} at ${at - 4}`);
    }
  };
  expect(word(at)).toBe(1);
  at += 8;
  const root = readNode();
  expect([word(at), at + 4]).toEqual([9, end]);
  return root;
}

function at(tree: Tree, ...path: readonly string[]): Tree {
  return path.reduce((node, name) => node.children.get(name) as Tree, tree);
}

function cells(tree: Tree, property: string): readonly number[] {
  const bytes = tree.properties.get(property) as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index));
}

describe("the device tree", () => {
  it("names the board's devices where they are", () => {
    const root = parse(deviceTree(BOARD));
    expect([...at(root, "soc").children.keys()]).toEqual([
      "plic@c000000",
      "serial@10000000",
      "virtio_mmio@10001000",
      "virtio_mmio@10002000",
      "virtio_mmio@10003000",
    ]);
    expect(cells(at(root, "memory@80000000"), "reg")).toEqual([0, 0x80000000, 0, 128 << 20]);
    expect(cells(at(root, "soc", "virtio_mmio@10002000"), "interrupts")).toEqual([2]);
    expect(cells(at(root, "soc", "serial@10000000"), "interrupts")).toEqual([10]);
    expect(cells(at(root, "cpus"), "timebase-frequency")).toEqual([10_000_000]);
    const parent = cells(at(root, "soc", "plic@c000000"), "phandle");
    expect(cells(at(root, "soc", "serial@10000000"), "interrupt-parent")).toEqual(parent);
  });

  it("hands over the command line and the place of the first file system", () => {
    const initrd = { start: 0x86000000, end: 0x86001234 };
    const chosen = at(parse(deviceTree({ ...BOARD, initrd })), "chosen");
    const line = chosen.properties.get("bootargs");
    expect(new TextDecoder().decode(line)).toBe("quiet\0");
    expect(cells(chosen, "linux,initrd-start")).toEqual([0, 0x86000000]);
    expect(cells(chosen, "linux,initrd-end")).toEqual([0, 0x86001234]);
    expect(at(parse(deviceTree(BOARD)), "chosen").properties.has("linux,initrd-end")).toBe(false);
  });

  it("is the same for the same board, and has a seed for entropy", () => {
    expect(deviceTree(BOARD)).toEqual(deviceTree({ ...BOARD }));
    const seed = at(parse(deviceTree(BOARD)), "chosen").properties.get("rng-seed");
    expect(seed?.length).toBe(32);
  });
});
