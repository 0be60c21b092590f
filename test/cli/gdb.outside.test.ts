// Goal: GDB itself can debug our guests: symbols, registers, memory, steps and watches forth and back,
// in a machine alone and across a failover. Method: gdb-multiarch in batch mode against the built
// command line. Needs `npm run build`; does not run without gdb-multiarch, and says so.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, SMALL } from "../support/worlds.ts";

const GDB = "gdb-multiarch";
const ELF = join(ROOT, "guests", "kv", "kv.elf");
const BIN = join(ROOT, "bin", "ftsim.js");
const SMALL_FLAGS = SMALL.flatMap((override) => ["--set", override]);
const SECONDS = 120_000;

const hasGdb = spawnSync(GDB, ["--version"]).status === 0;
if (!hasGdb) process.stderr.write("gdb: gdb-multiarch is not installed, 9 tests not run\n");

interface Stub {
  readonly ports: readonly number[];
  /** All that ftsim said, when it has ended. */
  readonly end: Promise<{ readonly status: number | null; readonly text: string }>;
  readonly child: ChildProcessWithoutNullStreams;
}

/** Starts ftsim and waits until it has told `count` ports. */
function listen(count: number, ...args: readonly string[]): Promise<Stub> {
  const child = spawn(process.execPath, [BIN, ...args]);
  return new Promise((done, fail) => {
    let text = "";
    const end = new Promise<{ status: number | null; text: string }>((ended) => {
      child.on("close", (status) => ended({ status, text }));
    });
    child.on("close", (status) => fail(new Error(`ended with ${status}: ${text}`)));
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
    });
    child.stderr.on("data", (part: Buffer) => {
      text += part.toString();
      const ports = [...text.matchAll(/target remote 127\.0\.0\.1:(\d+): /g)].map(([, port]) =>
        Number(port),
      );
      if (ports.length === count) done({ ports, end, child });
    });
  });
}

/** What GDB says to these commands, line by line. */
function gdb(port: number, commands: readonly string[]): Promise<readonly string[]> {
  const script = [
    "set pagination off",
    "set confirm off",
    "set style enabled off",
    `target remote 127.0.0.1:${port}`,
    ...commands,
  ].flatMap((command) => ["-ex", command]);
  // One pipe for both streams: two would be read in an order of their own.
  const quiet = [GDB, "-q", "-nx", "-batch", ...script, ELF];
  const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", ...quiet]);
  let text = "";
  child.stdout.on("data", (part: Buffer) => {
    text += part.toString();
  });
  return new Promise((done) => {
    child.on("close", () => done(text.split("\n").filter((line) => line !== "")));
  });
}

function numbersOf(lines: readonly string[], pattern: RegExp): readonly number[] {
  return lines.flatMap((line) => {
    const [, number] = pattern.exec(line) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

describe.skipIf(!hasGdb)("GDB and a machine alone", { timeout: SECONDS }, () => {
  it("breaks at a symbol, reads registers and memory, steps, and goes back over all of it", async () => {
    const { ports, end } = await listen(1, "vm", "gdb", ELF);
    const said = await gdb(ports[0] ?? 0, [
      "break main",
      "continue",
      "monitor count",
      "info registers sp priv mcause ft0",
      "x/s &bss_end",
      "stepi",
      "x/i $pc",
      "break wal_poll",
      "continue",
      "monitor count",
      "reverse-stepi",
      "monitor count",
      "reverse-continue",
      "monitor count",
      "reverse-continue",
      "monitor count",
      "print $pc",
      "detach",
    ]);
    const text = said.join("\n");
    expect(text).toContain("in _start ()");
    expect(text).toMatch(/Breakpoint 1, 0x\w+ in main \(\)/);
    expect(text).toMatch(/sp +0x8011\w+/);
    expect(text).toMatch(/priv +0x3\tprv:3 \[Machine\]/);
    expect(text).toMatch(/ft0 +\{float = 0, double = 0\}/);
    expect(text).toMatch(/<crc32_prepare>:/);
    expect(text).toMatch(/Breakpoint 2, 0x\w+ in wal_poll \(\)/);
    expect(text).toContain("No more reverse-execution history.");
    expect(text).toMatch(/\$1 = .*0x80000000 <_start>/);
    const [main = 0, poll = 0, before, back, start] = numbersOf(said, /^(\d+)$/);
    expect(poll).toBeGreaterThan(main);
    expect([before, back, start]).toEqual([poll - 1, main, 0]);
    const { status, text: told } = await end;
    expect(status).toBe(0);
    expect(told).toMatch(/kv ready/);
    expect(told).toMatch(/gdb: detached at step 0, /);
  });

  it("is the machine that `vm boot` runs, to the state's hash", async () => {
    const steps = 300_000;
    const booted = spawnSync(
      process.execPath,
      [BIN, "vm", "boot", "--guest", "kv", "--quiet", "--limit", String(steps)],
      { encoding: "utf8" },
    );
    const [, hash = ""] = /state ([0-9a-f]{16})/.exec(booted.stdout) ?? [];
    const { ports } = await listen(1, "vm", "gdb", "--guest", "kv", "--quiet");
    const said = await gdb(ports[0] ?? 0, [`monitor goto ${steps}`, "monitor hash", "kill"]);
    expect(said.join("\n")).toContain(hash);
    expect(hash).not.toBe("");
  });

  it("stops where a variable is written, read, and written before that", async () => {
    const { ports } = await listen(1, "vm", "gdb", ELF, "--quiet");
    const said = await gdb(ports[0] ?? 0, [
      "watch *(int *)&idle_count",
      "continue",
      "continue",
      "monitor count",
      "reverse-continue",
      "monitor count",
      "delete",
      "rwatch *(int *)&idle_count",
      "continue",
      "detach",
    ]);
    const text = said.join("\n");
    const values = numbersOf(said, /^(?:Old|New) value = (\d+)$/);
    const [first, second] = [values.slice(0, 2), values.slice(2, 4)];
    expect(first[0]).toBe(0);
    expect(second[0]).toBe(first[1]);
    expect(values.slice(4)).toEqual(second.toReversed());
    expect(text).toMatch(/Hardware read watchpoint 2: .*\n+Value = /);
    const [forth = 0, back] = numbersOf(said, /^(\d+)$/);
    expect(back).toBe(forth - 1);
  });

  it("lets a person call a function of the guest", async () => {
    const { ports } = await listen(1, "vm", "gdb", ELF, "--quiet");
    const said = await gdb(ports[0] ?? 0, [
      "break loop_run",
      "continue",
      "print ((int (*)(const char *, const char *, long)) memcmp)(&checksum_add, &checksum_add, 8)",
      "set $t0 = 77",
      "print $t0",
      "detach",
    ]);
    expect(said.join("\n")).toMatch(/\$1 = 0\n\$2 = 77/);
  });
});

interface Transcript {
  readonly args: readonly string[];
  readonly commands: readonly string[];
  /** What is shown of the answers. */
  readonly shown: readonly string[];
}

/** The blocks of docs/debugging.md that begin with a command of ours. */
function transcripts(): readonly Transcript[] {
  const text = readFileSync(join(ROOT, "docs", "debugging.md"), "utf8");
  return [...text.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, block = ""]) => {
    const [first = "", ...lines] = block.trimEnd().split("\n");
    const commands = lines.flatMap((line) => (line.startsWith("(gdb) ") ? [line.slice(6)] : []));
    const shown = lines.filter((line) => !line.startsWith("(gdb) ") && !line.startsWith("$ "));
    return { args: first.split(" ").slice(3), commands, shown };
  });
}

/** Ports differ each time, and so do GDB's columns. */
function plain(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT").replaceAll(/[ \t]+/g, " ");
}

describe.skipIf(!hasGdb)("docs/debugging.md", { timeout: SECONDS }, () => {
  it("has transcripts", () => {
    expect(transcripts()).toHaveLength(2);
  });

  for (const { args, commands, shown } of transcripts())
    it(`says what happens: ftsim ${args.join(" ")}`, async () => {
      const { ports, end } = await listen(1, ...args);
      const told: string[] = [];
      const said = await gdb(
        ports[0] ?? 0,
        commands.filter((command) => !command.startsWith("target remote")),
      );
      told.push((await end).text, said.join("\n"));
      // GDB prints what monitor says elsewhere than the rest: the order of the two is not told.
      for (const line of shown) expect(plain(told.join("\n"))).toContain(plain(line));
    });
});

describe.skipIf(!hasGdb)("GDB and a pair", { timeout: SECONDS }, () => {
  it("goes back from the backup's own life into the primary's, and leaves the run as it was", async () => {
    const flags = ["run", "failover", "--seed", "5", "--no-report", "--quiet", ...SMALL_FLAGS];
    const plain = spawnSync(process.execPath, [BIN, ...flags], { encoding: "utf8" });
    expect(plain.stdout).toMatch(/^VALID failover seed 5 digest [0-9a-f]{16}\n$/);
    const { ports, end } = await listen(2, ...flags, "--gdb", "h1,h2", "--gdb-at", "900ms");
    const [primary = 0, backup = 0] = ports;
    const [first, second] = await Promise.all([
      gdb(primary, ["continue", "monitor where", "detach"]),
      gdb(backup, [
        "monitor where",
        "watch *(long *)&live_sectors",
        "reverse-continue",
        "monitor where",
        "delete",
        "monitor goto 250ms",
        "maintenance flush register-cache",
        "break store_apply",
        "continue",
        "monitor where",
        "set $t0 = 1",
        "detach",
      ]),
    ]);
    // The primary died and has no more history; the backup was asked about both sides of that.
    expect(first.join("\n")).toContain("No more reverse-execution history.");
    const died = numbersOf(first, /^step \d+, h1 at (\S+) s/)[0] ?? 0;
    const times = numbersOf(second, /^step \d+, h2 at (\S+) s/);
    expect(times).toHaveLength(4);
    expect(died).toBeGreaterThan(0.3);
    expect(times[0]).toBeGreaterThan(died + 0.2);
    expect(times[1]).toBeLessThan(times[0] ?? 0);
    expect(times[2]).toBeLessThan(died);
    expect(times[3]).toBeLessThan(died);
    expect(second.join("\n")).toMatch(
      /Hardware watchpoint 1: .*\n+Old value = \d+\nNew value = \d+\n/,
    );
    expect(second.join("\n")).toMatch(/Breakpoint 2, 0x\w+ in store_apply \(\)/);
    const { status, text } = await end;
    expect(status).toBe(0);
    expect(text.endsWith(plain.stdout)).toBe(true);
  });

  it("says so when a port is taken", async () => {
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        done(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const { status, stderr } = spawnSync(
      process.execPath,
      [BIN, "vm", "gdb", ELF, "--port", String(port)],
      { encoding: "utf8" },
    );
    server.close();
    expect(stderr).toBe(`ftsim: --port ${port}: port ${port} of 127.0.0.1: in use\n`);
    expect(status).toBe(64);
  });
});
