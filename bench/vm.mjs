// npm run bench:vm: the machine beside QEMU on the same binaries (bench/vm/*.elf): our interpreter, our
// JIT, QEMU's translator, and QEMU with exact instruction counts (-icount). The contestants take
// turns; medians of five. CPU time is that of the whole process, start and translation included, for
// all of them. A contestant whose guest prints something else has lost.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const GUESTS = process.argv[2] === undefined ? ["integer", "memory", "float"] : [process.argv[2]];
const RAM = "64M";

if (process.argv[2] === "--run") await runOne(process.argv[3], process.argv[4] === "jit");
else for (const guest of GUESTS) compare(guest);

function pathOf(guest) {
  return fileURLToPath(new URL(`vm/${guest}.elf`, import.meta.url));
}

function contestants(guest) {
  const self = fileURLToPath(import.meta.url);
  const qemu = ["qemu-system-riscv64", "-M", "virt", "-m", RAM, "-display", "none"];
  const front = ["-monitor", "none", "-serial", "stdio", "-bios", pathOf(guest)];
  return [
    { name: "interpreter", command: [process.execPath, self, "--run", guest, "interpreter"] },
    { name: "jit", command: [process.execPath, self, "--run", guest, "jit"] },
    { name: "qemu", command: [...qemu, ...front] },
    { name: "qemu -icount", command: [...qemu, "-icount", "shift=0", ...front] },
  ];
}

function compare(guest) {
  const all = contestants(guest).map((each) => ({ ...each, runs: [] }));
  console.log(`\n${guest}`);
  for (const { name, command } of all) console.log(`  ${name}: ${command.join(" ")}`);
  for (let round = 0; round < ROUNDS; round++)
    for (const each of all) each.runs.push(timed(each.command));
  const steps = Number(/steps (\d+)/.exec(all[1].runs[0].output)?.[1]);
  const answers = new Set(all.flatMap(({ runs }) => runs.map(({ output }) => output.slice(0, 16))));
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

async function runOne(guest, hasJit) {
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
    else if (exit.kind === "halt") break;
    else if (exit.kind !== "limit") throw new Error(`${guest}: ${exit.kind}`);
  }
  const { regions = 0 } = runtime.jitStatistics ?? {};
  console.log(`\nsteps ${machine.count}`);
  if (hasJit) console.log(`compile ${spent.toFixed(1)} ms, ${regions} regions, ${bytes} bytes`);
}
