// npm run conformance [-- --tier NAME]: runs the riscv-tests in the folder that FTSIM_RISCV_TESTS names
// (ELF files called rv64ui-p-add and the like) and prints passed and failed per family. A program says
// how it went by a store to its symbol `tohost`: 1 passed, n failed in test n >> 1. They are somebody
// else's and not in this repository: without the variable nothing runs, and that is what is said.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../dist/cli/engine.js";
import { parseElf } from "../dist/vm/elf.js";

const RAM_BASE = 0x80000000;
const RAM_BYTES = 64 * 1_048_576;
const MOST_STEPS = 50_000_000;
const NAME = /^(rv64(?:ui|um|ua|uf|ud|uc|mi|si))-([pv])-[\w-]+$/;
/** How steps are executed: what the runtime is told. */
const TIERS = {
  interpreter: { jit: false },
  compiled: { jit: { threshold: 1, seed: 0 } },
  both: {},
};

const option = process.argv.indexOf("--tier");
const tier = option < 0 ? "both" : process.argv[option + 1];
const folder = process.env["FTSIM_RISCV_TESTS"];
if (!Object.hasOwn(TIERS, tier ?? "")) {
  console.error(
    `conformance: no tier "${tier}", expected one of: ${Object.keys(TIERS).join(", ")}`,
  );
  process.exitCode = 64;
} else if (folder === undefined) {
  console.log("conformance: 0 programs ran: FTSIM_RISCV_TESTS names no folder of riscv-tests");
} else {
  main(folder);
}

function main(path) {
  const names = readdirSync(path).filter((name) => NAME.test(name));
  const families = new Map();
  let failed = 0;
  for (const name of names.sort()) {
    const [, family, environment] = NAME.exec(name);
    const key = `${family}-${environment}`;
    const row = families.get(key) ?? { passed: 0, failed: 0 };
    families.set(key, row);
    const problem = run(readFileSync(join(path, name)));
    if (problem === undefined) row.passed += 1;
    else {
      row.failed += 1;
      failed += 1;
      console.log(`${name}: ${problem}`);
    }
  }
  for (const [key, row] of families)
    console.log(`${key.padEnd(10)} ${row.passed} passed, ${row.failed} failed`);
  console.log(`conformance, ${tier}: ${names.length - failed} passed, ${failed} failed`);
  if (failed > 0 || names.length === 0) process.exitCode = 1;
}

/** Undefined when it passed. */
function run(elf) {
  const parsed = parseElf(elf, RAM_BASE, RAM_BYTES);
  if (!parsed.ok) return parsed.error;
  const tohost = parsed.value.symbols.get("tohost");
  if (tohost === undefined) return "no symbol tohost";
  const machine = createRuntime(TIERS[tier]).createMachine({
    ramBytes: RAM_BYTES,
    mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
    diskSectors: 0,
    rules: { bounceBuffers: true },
    tohost: tohost.address,
  });
  const loaded = machine.loadElf(elf);
  if (!loaded.ok) return loaded.error;
  return toItsEnd(machine);
}

function toItsEnd(machine) {
  let text = "";
  for (;;) {
    const exit = machine.run(MOST_STEPS);
    if (exit.kind === "request") machine.answerTime(Math.floor(machine.count / 10));
    else if (exit.kind === "output")
      text += exit.outputs.map(({ bytes }) => String.fromCharCode(...bytes)).join("");
    else if (exit.kind !== "deadline") return explain(exit, machine, text);
  }
}

function explain(exit, machine, text) {
  const said = text === "" ? "" : `; it printed ${JSON.stringify(text.slice(0, 200))}`;
  if (exit.kind !== "halt") return `${exit.kind} at pc 0x${machine.pc.toString(16)}${said}`;
  const { reason } = exit;
  if (reason.kind !== "tohost") return `${reason.detail ?? reason.kind}${said}`;
  return reason.value === 1n ? undefined : `failed in test ${reason.value >> 1n}${said}`;
}
