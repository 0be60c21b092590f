// Gives one input to ftsim and says what it made of it. Right is: run to a verdict, or refused in one
// line with exit 64. Wrong is everything else: another exit code, a stack trace, two lines, silence,
// more than two seconds.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";
import { GuestBoot } from "../../src/testbed/boot.ts";
import type { VmRuntime } from "../../src/vm/runtime.ts";
import { ROOT } from "../support/worlds.ts";
import type { Input } from "./corpus.ts";

export interface Answer {
  readonly exit: number;
  readonly stderr: string;
  /** Of the processor: what else runs on the machine is nobody's fault. */
  readonly milliseconds: number;
}

export type Sentence = "accepted" | "rejected" | { readonly wrong: string };

export const MOST_MILLISECONDS = 2_000;
export const MOST_MEMORY = 512;
const BIN = join(ROOT, "bin", "ftsim.js");
const BINARY_PATIENCE = 60_000;
const USAGE = 64;
/** The guest needs a fifth of them. */
const BOOT_STEPS = 3_000_000;
/** As for runs: a verdict, whichever it is; 4: a reproduction that does not reproduce any more. */
const VERDICTS: readonly number[] = [0, 1, 2, 3, 4];

export function judge({ exit, stderr, milliseconds }: Answer): Sentence {
  if (milliseconds > MOST_MILLISECONDS) return { wrong: `took ${Math.round(milliseconds)} ms` };
  const lines = stderr.trimEnd().split("\n");
  if (/\n {4}at |^\w*Error:/m.test(stderr)) return { wrong: `a stack trace: ${lines[0] ?? ""}` };
  if (VERDICTS.includes(exit)) return "accepted";
  if (exit !== USAGE) return { wrong: `exit ${exit}: ${lines[0] ?? ""}` };
  if (lines.length !== 1) return { wrong: `${lines.length} lines: ${stderr.slice(0, 200)}` };
  if (!/^ftsim: \S/.test(stderr)) return { wrong: `not a sentence of ftsim's: ${lines[0] ?? ""}` };
  return "rejected";
}

export function writeFiles(input: Input, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of input.files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** In this process, whose folder it is already. */
export async function askHere(input: Input, runtime: VmRuntime): Promise<Answer> {
  const started = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  };
  if (input.kind === "elf") {
    const { exit, stderr } = bootElf(input.files.get("guest.elf") as Uint8Array, runtime);
    return { exit, stderr, milliseconds: spent() };
  }
  const said: string[] = [];
  const writeOut = process.stdout.write.bind(process.stdout);
  const writeError = process.stderr.write.bind(process.stderr);
  process.stdout.write = () => true;
  process.stderr.write = (text: string | Uint8Array) => {
    said.push(String(text));
    return true;
  };
  try {
    const exit = await main(input.words);
    return { exit, stderr: said.join(""), milliseconds: spent() };
  } catch (error) {
    const stderr = `${(error as Error).stack}`;
    return { exit: 70, stderr, milliseconds: spent() };
  } finally {
    process.stdout.write = writeOut;
    process.stderr.write = writeError;
  }
}

/** Tells on descriptor 3, when it ends, how much memory a process had, and how long it was busy. */
const MEASURED = `--import=data:text/javascript,${encodeURIComponent(
  `import{writeSync}from"node:fs";process.on("exit",()=>{const{maxRSS:m,userCPUTime:u,systemCPUTime:s}=process.resourceUsage();writeSync(3,JSON.stringify([m/1024,(u+s)/1000]))})`,
)}`;

/** In a process of its own: the real binary, from the input's folder. */
export function askBinary({ words }: Input, folder: string): Answer & { readonly memory: number } {
  const { status, stderr, output } = spawnSync(process.execPath, [BIN, ...words], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    timeout: BINARY_PATIENCE,
    env: { ...process.env, NODE_OPTIONS: MEASURED },
  });
  const [memory, milliseconds] = JSON.parse(output[3] || "[0, Infinity]") as [number, number];
  return { exit: status ?? 70, stderr, milliseconds, memory };
}

/** A guest that never says that it is ready is refused after so many steps. */
function bootElf(elf: Uint8Array, runtime: VmRuntime): Omit<Answer, "milliseconds"> {
  const guest = {
    name: "mutated",
    title: "mutated",
    program: { kind: "elf" as const, elf },
    ramBytes: 16 << 20,
    ready: "kv ready\n",
    port: 6379,
  };
  const options = { diskSectors: 131_072, rules: { bounceBuffers: true } };
  const started = GuestBoot.start(runtime, guest, options);
  if (!started.ok) return { exit: USAGE, stderr: `ftsim: ${started.error}\n` };
  const boot = started.value;
  boot.advance(BOOT_STEPS);
  const booted = boot.finish();
  if (!booted.ok) return { exit: USAGE, stderr: `ftsim: ${booted.error}\n` };
  booted.value.machine.release();
  return { exit: 0, stderr: "" };
}
