// A capture of a whole run opens in tshark: no malformed frame, no bad checksum.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/worlds.ts";

it("tshark finds nothing wrong in the frames of failover", () => {
  const out = mkdtempSync(join(tmpdir(), "ftsim-pcap-"));
  execFileSync(process.execPath, [
    join(ROOT, "bin", "ftsim.js"),
    "run",
    "failover",
    "--seed",
    "42",
    "--pcap",
    "--out",
    out,
  ]);
  const file = join(out, "frames.pcapng");
  const options = [
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "ip.check_checksum:TRUE",
    "-o",
    "udp.check_checksum:TRUE",
  ];
  const tshark = (...args: readonly string[]): string =>
    execFileSync("tshark", ["-r", file, ...options, ...args], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  const frames = tshark("-T", "fields", "-e", "frame.number").trim().split("\n").length;
  expect(frames).toBeGreaterThan(5_000);
  const bad =
    '_ws.malformed || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad"';
  expect(tshark("-Y", bad)).toBe("");
  rmSync(out, { recursive: true, force: true });
});
