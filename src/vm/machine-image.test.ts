// A machine through bytes: it goes on identically in another runtime, equal machines make equal
// images, and a damaged, cut or foreign image is one line.

import { expect, it } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { busyProgram } from "../../test/support/vm/busy-program.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import type { Machine } from "./machine.ts";
import { decodeMachine, encodeMachine } from "./machine-image.ts";

function running(): Machine {
  const machine = machineWith(busyProgram());
  machine.run(5_000);
  machine.writeMemory(RAM + 0x3ff000, Uint8Array.of(1, 2, 3));
  machine.writeMemory(RAM + 0x500000, new Uint8Array(100));
  return machine;
}

function problemOf(bytes: Uint8Array, config = CONFIG): string {
  const decoded = decodeMachine(newRuntime().createMachine(config), bytes);
  return decoded.ok ? "accepted" : decoded.error;
}

it("goes on identically in another runtime, and makes the same image there", () => {
  const machine = running();
  const image = encodeMachine(machine);
  const decoded = decodeMachine(newRuntime().createMachine(CONFIG), image);
  if (!decoded.ok) throw new Error(decoded.error);
  const copy = decoded.value;
  expect(encodeMachine(copy)).toEqual(image);
  for (const limit of [5_001, 7_000, 20_000]) {
    expect(copy.run(limit)).toEqual(machine.run(limit));
    expect(copy.stateHash()).toBe(machine.stateHash());
  }
});

it("has no page in it that is only zeros", () => {
  const machine = running();
  const pages = machine.writtenPages();
  expect(pages).toContain(0x3ff);
  expect(pages).not.toContain(0x500);
  expect([...pages]).toEqual([...pages].sort((a, b) => a - b));
});

it("is refused in one line when it is not what was written", () => {
  const image = encodeMachine(running());
  expect(problemOf(image)).toBe("accepted");
  expect(problemOf(new Uint8Array(0))).toMatch(/^machine image: cut short/);
  for (const length of [3, 5, 9, 100, image.length >> 1, image.length - 1])
    expect(problemOf(image.slice(0, length))).toMatch(/^machine image: .*cut short/);
  const changed = (at: number): Uint8Array => {
    const copy = image.slice();
    copy[at] = (copy[at] as number) ^ 1;
    return copy;
  };
  expect(problemOf(changed(0))).toMatch(/wrong magic/);
  expect(problemOf(changed(4))).toMatch(/version 0, expected 1/);
  expect(problemOf(changed(image.length - 1))).toMatch(/damaged: state/);
  expect(problemOf(concatBytes([image, Uint8Array.of(0)]))).toMatch(/1 bytes too many/);
  expect(problemOf(image, { ...CONFIG, diskSectors: 8 })).toMatch(/another configuration/);
  expect(problemOf(image, { ...CONFIG, ramBytes: 4 << 20 })).toMatch(/another configuration/);
});
