// npm run bench:vm: the machine beside QEMU on the same binaries (bench/vm/*.elf): our interpreter, our
// JIT, QEMU's translator, and QEMU with exact instruction counts (-icount). The contestants take
// turns; medians of five. CPU time is that of the whole process, start and translation included, for
// all of them. A contestant whose guest prints something else has lost. The fourth guest is Debian's
// kernel, from power-on to /init (boot.mjs).

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const BOOT = "boot";
const ALL = ["integer", "memory", "float", BOOT];
const GUESTS = process.argv[2] === undefined ? ALL : [process.argv[2]];

if (process.argv[2] === "--run") {
  const [guest, tier, folder] = process.argv.slice(3);
  await runOne(guest, tier === "jit", folder);
} else for (const guest of GUESTS) await measure(guest);

async function measure(guest) {
  if (guest !== BOOT)
    return compare(guest, contestants(guest, qemuProgram(guest), []), (output) =>
      output.slice(0, 16),
    );
  const { bootFolder, qemuBoot, WORD } = await import("./boot.mjs");
  const files = await bootFolder();
  if (files === undefined) {
    console.log(`\n${BOOT}: not run, no kernel in the cache (npm run guests:debian)`);
    process.exitCode = 1;
    return;
  }
  const wordOf = (output) => (output.includes(WORD.trim()) ? WORD.trim() : output);
  try {
    compare(guest, contestants(guest, qemuBoot(files.folder), [files.folder]), wordOf);
  } finally {
    files.remove();
  }
}

function pathOf(guest) {
  return fileURLToPath(new URL(`vm/${guest}.elf`, import.meta.url));
}

/** `program`: QEMU's arguments for the guest; `more`: ours. */
function contestants(guest, program, more) {
  const self = [process.execPath, fileURLToPath(import.meta.url), "--run", guest];
  const qemu = ["qemu-system-riscv64", "-M", "virt", "-display", "none", "-monitor", "none"];
  return [
    { name: "interpreter", command: [...self, "interpreter", ...more] },
    { name: "jit", command: [...self, "jit", ...more] },
    { name: "qemu", command: [...qemu, ...program] },
    { name: "qemu -icount", command: [...qemu, "-icount", "shift=0", ...program] },
  ];
}

function qemuProgram(guest) {
  return ["-m", "64M", "-serial", "stdio", "-bios", pathOf(guest)];
}

/** `resultOf`: what of a contestant's output must be that of all others. */
function compare(guest, listed, resultOf) {
  const all = listed.map((each) => ({ ...each, runs: [] }));
  console.log(`\n${guest}`);
  for (const { name, command } of all) console.log(`  ${name}: ${command.join(" ")}`);
  for (let round = 0; round < ROUNDS; round++)
    for (const each of all) each.runs.push(timed(each.command));
  const steps = Number(/steps (\d+)/.exec(all[1].runs[0].output)?.[1]);
  const answers = new Set(all.flatMap(({ runs }) => runs.map(({ output }) => resultOf(output))));
  if (answers.size !== 1) throw new Error(`${guest}: different results ${[...answers].join(" ")}`);
  console.log(`  ${steps} steps, result ${[...answers][0]}, medians of ${ROUNDS} runs`);
  const cpu = (name) => median(all.find((each) => each.name === name).runs.map((run) => run.cpu));
  for (const { name, runs } of all) {
    const wall = median(runs.map((run) => run.wall));
    const rate = (seconds) => (steps / seconds / 1e6).toFixed(0).padStart(5);
    const figures = `wall ${wall.toFixed(2)} s ${rate(wall)} M/s   CPU ${cpu(name).toFixed(2)} s ${rate(cpu(name))} M/s`;
    const note = /compile .*/.exec(runs.at(-1).output)?.[0] ?? "";
    console.log(`  ${name.padEnd(14)}${figures}   ${note}`);
  }
  const ratio = (other) => (cpu(other) / cpu("jit")).toFixed(2);
  console.log(
    `  jit, by CPU: ${ratio("interpreter")} x interpreter, ${ratio("qemu")} x qemu, ${ratio("qemu -icount")} x qemu -icount`,
  );
}

/** Children's CPU time is known of this process only as a sum: the difference is this child's. */
function timed([file, ...args]) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@"';
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script, "bash", file, ...args], {
    encoding: "latin1",
    timeout: 300_000,
  });
  if (status !== 0) throw new Error(`${file}: exit ${status}\n${stderr}`);
  const [wall, user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { output: stdout, wall, cpu: user + system };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function runOne(guest, hasJit, folder) {
  const { VmRuntime } = await import("../dist/vm/runtime.js");
  const core = new WebAssembly.Module(
    readFileSync(new URL("../dist/vm/core.wasm", import.meta.url)),
  );
  let spent = 0;
  let bytes = 0;
  const module = {
    instantiate: (env) => new WebAssembly.Instance(core, { env }).exports,
    compile: (code, env) => {
      const started = performance.now();
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env });
      spent += performance.now() - started;
      bytes += code.length;
      return exports;
    },
  };
  const runtime = new VmRuntime(module, hasJit ? {} : { jit: false });
  const steps = guest === BOOT ? await runBoot(runtime, folder) : runProgram(runtime, guest);
  const { regions = 0 } = runtime.jitStatistics ?? {};
  console.log(`\nsteps ${steps}`);
  if (hasJit) console.log(`compile ${spent.toFixed(1)} ms, ${regions} regions, ${bytes} bytes`);
}

/** Loaded only where it is needed: whatever is loaded is in the time of a contestant. */
async function runBoot(runtime, folder) {
  const { boot } = await import("./boot.mjs");
  return boot(runtime, folder);
}

function runProgram(runtime, guest) {
  const machine = runtime.createMachine({
    ramBytes: 64 * 1_048_576,
    mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
    diskSectors: 0,
    rules: { bounceBuffers: true },
  });
  const loaded = machine.loadElf(readFileSync(pathOf(guest)));
  if (!loaded.ok) throw new Error(loaded.error);
  for (;;) {
    const exit = machine.run(machine.count + 1_000_000_000);
    if (exit.kind === "output")
      for (const output of exit.outputs) process.stdout.write(Buffer.from(output.bytes));
    else if (exit.kind === "halt") return machine.count;
    else if (exit.kind !== "limit") throw new Error(`${guest}: ${exit.kind}`);
  }
}
