// The guests made of Debian's packages: the archives as cpio reads them, boots that are one boot, the
// way through a file, and Redis under the whole protocol, with its protections and without one. Needs
// the cache of `npm run guests:debian`; cpio is asked where it is installed.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readCached, readManifest } from "../../src/cli/debian/cache.ts";
import { openBootStore } from "../../src/cli/debian/boot-store.ts";
import { loadDebianGuests } from "../../src/cli/debian/guests.ts";
import { PROTECTIONS } from "../../src/testbed/variants/protections.ts";
import { type BootedGuest, bootGuest, type GuestImage } from "../../src/testbed/boot.ts";
import { decodeBoot, encodeBoot } from "../../src/testbed/boot-image.ts";
import { BootCache, type RunResult } from "../../src/testbed/run.ts";
import type { VmRuntime } from "../../src/vm/runtime.ts";
import { loadTestRuntime } from "../support/runtime.ts";
import { runOf, scenarioOf } from "../support/worlds.ts";

const manifest = readManifest();
const hasCpio = spawnSync("cpio", ["--version"]).error === undefined;
if (manifest === undefined)
  process.stderr.write("debian: no guests in the cache (npm run guests:debian), 7 tests not run\n");
else if (!hasCpio) process.stderr.write("debian: cpio is not installed, 1 test not run\n");

const SHORT = ["workload.for=900ms", "recovery=300ms", "faults.0.when.from=300ms"];
/** A boot takes seconds, and minutes where others compute as well. */
const PATIENCE = 900_000;
const OPTIONS = { diskSectors: 131_072, rules: { bounceBuffers: true } };

function guest(name: string): GuestImage {
  const found = loadDebianGuests().get(name);
  if (found === undefined) throw new Error(`no guest ${name}`);
  return found;
}

function booted(runtime: VmRuntime, name: string): BootedGuest {
  const result = bootGuest(runtime, guest(name), OPTIONS);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function hashOf({ machine }: BootedGuest): string {
  const copy = machine.createMachine();
  const hash = copy.stateHash();
  copy.release();
  return hash;
}

describe.skipIf(manifest === undefined || !hasCpio)("the archive", () => {
  it("is one that cpio reads: the same names, nothing left over", { timeout: PATIENCE }, () => {
    const file = manifest?.initramfs["redis.cpio"];
    const input = file && readCached(file);
    const { status, stdout } = spawnSync("cpio", ["-it", "--quiet"], { input });
    const names = stdout.toString().trimEnd().split("\n");
    expect(status).toBe(0);
    expect(names).toEqual(
      expect.arrayContaining(["init", "bin/busybox", "usr/bin/redis-server", "dev/console"]),
    );
    expect(names).toEqual([...names].sort());
  });
});

describe.skipIf(manifest === undefined)("a boot", () => {
  it("is the same twice, and the same after the way through a file", { timeout: PATIENCE }, () => {
    const runtime = loadTestRuntime();
    const [one, two] = [booted(runtime, "debian-redis"), booted(runtime, "debian-redis")];
    expect(one.console.endsWith("guest ready\r\n")).toBe(true);
    expect(one.console).toContain("Ready to accept connections tcp");
    expect([two.count, two.ticks, two.console]).toEqual([one.count, one.ticks, one.console]);
    const hash = hashOf(one);
    expect(hashOf(two)).toBe(hash);
    const image = encodeBoot(one);
    const other = loadTestRuntime();
    const decoded = decodeBoot(other, guest("debian-redis"), OPTIONS, image);
    if (!decoded.ok) throw new Error(decoded.error);
    expect(hashOf(decoded.value)).toBe(hash);
    expect(decoded.value.console).toBe(one.console);
    process.stdout.write(`debian: redis ready after ${one.count} steps, state ${hash}\n`);
  });

  it("of the web server ends at its ready mark too", { timeout: PATIENCE }, () => {
    const { console } = booted(loadTestRuntime(), "debian-httpd");
    expect(console.trimEnd().endsWith("guest ready")).toBe(true);
  });
});

describe.skipIf(manifest === undefined)("Redis under the protocol", () => {
  let engine: BootCache | undefined;
  const run = (seed: string, without?: string, name = "redis-failover"): RunResult => {
    engine ??= new BootCache(loadTestRuntime(), loadDebianGuests(), openBootStore());
    const change = PROTECTIONS.find(({ name }) => name === without)?.off;
    const scenario = scenarioOf(name, name === "redis-failover" ? SHORT : []);
    return runOf(engine, { scenario, seed, changes: change === undefined ? [] : [change] });
  };

  it("loses nothing when its host dies, and its backup stood at the same states", {
    timeout: PATIENCE,
  }, () => {
    const result = run("4");
    expect([result.verdict, result.struck]).toEqual(["valid", [1]]);
    const counts = new Map(result.results.map(({ checker, verdict }) => [checker, verdict]));
    for (const checker of ["output-commit", "same-execution", "linearizable", "byte-streams"])
      expect([checker, counts.get(checker)]).toEqual([checker, "valid"]);
  });

  it("is one run for one seed", { timeout: PATIENCE }, () => {
    expect(run("8").digest).toBe(run("8").digest);
  });

  it("issues its disk commands again when it dies with some in flight", {
    timeout: PATIENCE,
  }, () => {
    const result = run("42", undefined, "redis-disk-failover");
    expect([result.verdict, result.struck]).toEqual(["valid", [1]]);
    const counts = new Map(result.results.map(({ checker, verdict }) => [checker, verdict]));
    for (const checker of ["reissue", "disk-commit", "lost-write", "one-completion"])
      expect([checker, counts.get(checker)]).toEqual([checker, "valid"]);
  });

  it("is caught when its clock is not logged", { timeout: PATIENCE }, () => {
    expect(run("7", "logged-clock").verdict).toBe("invalid");
  });
});
